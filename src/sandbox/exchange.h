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
#include "loop/loop.h"
#include "query.h"
#include "view.h"
#include "json/write.h"

#include <sys/queue.h>

struct sandbox;
struct exchange;

#define EXCHANGE_HEADERS 6

struct endpoint { /* what a route leads to */
	void (*run)(struct exchange *x);
};

/* Why an API says no; each vendor has its own words for it. */
enum refusal {
	REFUSE_INVALID,
	REFUSE_AUTH,
	REFUSE_FORBIDDEN,
	REFUSE_NOT_FOUND,
	REFUSE_METHOD,
	REFUSE_THROTTLED,
	REFUSE_BROKEN,
	REFUSAL_COUNT
};

struct refusal_row {
	int status;
	const char *type;	    /* NULL: no body */
	const char *body;	    /* "%s" stands for the detail */
	const char *message_header; /* NULL: none */
};

struct api {
	const char *name;
	const char *prefix; /* of the paths that are its own */
	const struct http_route *routes;
	const struct refusal_row *refusals; /* by enum refusal */
	/* True when the request's credential is good. */
	bool (*is_authorized)(struct exchange *x);
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

/* value is copied. */
void exchange_header(struct exchange *x, const char *name, const char *value);

/* The request's body as JSON; on failure the answer is a refusal already. */
int exchange_json(struct exchange *x, const struct json **out) MUST_CHECK;

/* "user:password" of Basic, or what follows "Bearer "; ptr NULL: none. */
struct str exchange_basic(struct exchange *x);
struct str exchange_bearer(struct exchange *x);

/* The apis: bamboohr_api.c, hibob_api.c, rippling_api.c, control.c. */
extern const struct api bamboohr_api;
extern const struct api hibob_api;
extern const struct api rippling_api;
extern const struct api control_api;

#endif
