/*
 * One request and its answer. Handlers fill in the answer and return; faults,
 * latency and sending are the same for all.
 */
#ifndef SANDBOX_EXCHANGE_H
#define SANDBOX_EXCHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "fault.h"
#include "http/router.h"
#include "http/server.h"
#include "limit.h"
#include "loop/loop.h"
#include "page.h"
#include "query.h"
#include "token.h"
#include "view.h"
#include "json/write.h"

#include <sys/queue.h>

struct sandbox;
struct exchange;

#define EXCHANGE_HEADERS 8

struct endpoint { /* what a route leads to */
	void (*run)(struct exchange *x);
	bool open;		   /* sees to who is calling by itself */
	const struct limit *limit; /* NULL: the API's */
};

/* Targets of routes. */
#define RUN(fn)                  \
	&(const struct endpoint) \
	{                        \
		.run = (fn)      \
	}
#define RUN_OPEN(fn)                      \
	&(const struct endpoint)          \
	{                                 \
		.run = (fn), .open = true \
	}
#define RUN_LIMITED(fn, l)                \
	&(const struct endpoint)          \
	{                                 \
		.run = (fn), .limit = (l) \
	}

/* Why an API says no; each vendor has its own words for it. */
enum refusal {
	REFUSE_INVALID,
	REFUSE_AUTH,
	REFUSE_FORBIDDEN,
	REFUSE_NOT_FOUND,
	REFUSE_METHOD,
	REFUSE_THROTTLED,
	REFUSE_BROKEN,
	REFUSE_LOCKED, /* after too many wrong credentials */
	REFUSAL_COUNT
};

struct refusal_row {
	int status;
	const char *type;	    /* NULL: no body */
	const char *body;	    /* "%s" stands for the detail */
	const char *message_header; /* NULL: none */
};

#define LOCK_AFTER 20	  /* wrong credentials within a lock's time */
#define LOCK_MS	   300000 /* how long everybody is locked out */

struct api {
	enum vendor vendor; /* VENDOR_COUNT: the control API */
	const struct http_route *routes;
	/* By enum refusal. One without a status: it never refuses so. */
	const struct refusal_row *refusals;
	/* True when the request's credential is good. */
	bool (*is_authorized)(struct exchange *x);
	const struct token_source *tokens; /* NULL: it hands out none */
	const struct limit *limit;	   /* of all its calls; NULL: none */
	/* Instead of a body from refusals; NULL: there is no need. */
	void (*write_refusal)(struct exchange *x, enum refusal why,
			      const char *detail);
};

struct api_state {
	struct fault_set fault;
	uint64_t drawn;
	uint64_t requests;
	uint64_t refused;		/* with 4xx or 5xx */
	struct limit_window windows[2]; /* the API's, and one call's */
	struct token_state token;
	struct page_mark page_mark;
	struct total_mark total_mark;
	int64_t wrong_since_ms; /* the first of the wrong credentials */
	unsigned wrong;		/* credentials since then */
};

struct exchange {
	struct sandbox *sandbox;
	struct http_request *req;
	const struct api *api;
	struct str params[HTTP_ROUTE_PARAMS];
	struct fault_set fault; /* what hits this request */
	struct view view;
	struct query query;
	struct arena arena;
	struct json_writer json; /* into body */
	/* the answer */
	int status;
	const char *type; /* NULL: no body */
	struct buf body;
	/* Appends to body; false: that was the last of it. NULL: body is all */
	bool (*more)(struct exchange *x);
	void *more_arg; /* more's own */
	size_t sent;	/* bytes of what more gave */
	struct http_header headers[EXCHANGE_HEADERS];
	size_t header_count;
	/* while the answer is held back */
	struct loop_timer timer;
	TAILQ_ENTRY(exchange) link;
};

/* Handles req; exactly one answer follows, maybe later. */
void exchange_begin(struct sandbox *sb, struct http_request *req);

/* Drop an answer that is held back: the server is going away. */
void exchange_abandon(struct exchange *x);

/* Answer no. detail may be NULL; it is for the body or a header. */
void exchange_refuse(struct exchange *x, enum refusal why, const char *detail);

/* The body of an answer that says no, as the row has it. */
void exchange_write_refusal(struct exchange *x, const struct refusal_row *r,
			    const char *detail);

/* value is copied. */
void exchange_header(struct exchange *x, const char *name, const char *value);

/*
 * The answer goes on: more is called again and again, until it is over or the
 * caller has gone. Before that, body may hold a beginning.
 */
void exchange_stream(struct exchange *x, bool (*more)(struct exchange *x),
		     void *arg);

/* NULL for the control API. */
struct api_state *exchange_state(struct exchange *x);

const char *exchange_credential(struct exchange *x, enum credential c);

/* "http://127.0.0.1:9090/as/personio", by which it was called. */
void exchange_base(struct exchange *x, enum vendor v, struct buf *out);

/* Who the first parameter of the path names. False: refused as not found. */
bool exchange_person(struct exchange *x, struct employee *out);

/* The request's body as JSON; on failure the answer is a refusal already. */
int exchange_json(struct exchange *x, const struct json **out) MUST_CHECK;

/* "user:password" of Basic, or what follows "Bearer "; ptr NULL: none. */
struct str exchange_basic(struct exchange *x);
struct str exchange_bearer(struct exchange *x);

/* Is the bearer's token c, or one that was given out for the company? */
bool exchange_has_token(struct exchange *x, enum credential c);

/* Whoever made the token. False: refused as not found. */
bool exchange_owner(struct exchange *x, struct employee *out);

const struct api *api_of_vendor(enum vendor v);

/* The APIs; each stands in the file of its name. */
extern const struct api bamboohr_api;
extern const struct api hibob_api;
extern const struct api rippling_api;
extern const struct api workday_api;
extern const struct api personio_api;
extern const struct api gusto_api;
extern const struct api deel_api;
extern const struct api merge_api;
extern const struct api workos_api;
extern const struct api factorial_api;
extern const struct api humaans_api;
extern const struct api namely_api;
extern const struct api csv_api;
extern const struct api control_api;

#endif
