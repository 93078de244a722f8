/*
 * Sends webhooks: who has subscribed, what waits, what is under way, what is
 * to be tried again, and what was sent. Two deliveries that tell one
 * subscriber of one person are never under way at once, so that order holds.
 */
#ifndef SANDBOX_SENDER_H
#define SANDBOX_SENDER_H

#include "fault.h"
#include "loop/loop.h"
#include "webhook.h"
#include "json/json.h"

#include <sys/queue.h>

#define SUBSCRIPTIONS_MAX 32
#define QUEUE_MAX	  50000 /* deliveries that wait; more are dropped */
#define IN_FLIGHT_MAX	  256
#define LOG_MAX		  131072 /* attempts remembered */

struct http_client;
struct sender;

struct subscription {
	unsigned id;
	char name[WEBHOOK_NAME_MAX];
	struct webhook_target target;
	char *shown; /* BambooHR: members to show again, as JSON; or NULL */
	int64_t created_ms;
	int64_t last_sent_ms; /* 0: never */
	bool stopped;	      /* the vendor gave up on it */
	bool pending;	      /* until the subscriber has confirmed it */
	bool removed;	      /* waits for what is under way */
	unsigned under_way;
	uint64_t accepted; /* answered 2xx */
	uint64_t failed;   /* given up */
	TAILQ_ENTRY(subscription) link;
};

struct sender_config {
	struct loop *loop;
	struct http_client *client;
	struct company *company;
	const char *targets;
	/* There is room again: whoever makes events may go on. */
	void (*room)(void *arg);
	void *arg;
};

struct sender *sender_new(const struct sender_config *cfg);

/* Before the client is freed. */
void sender_free(struct sender **s);

/*
 * spec is copied; an empty secret is filled in with one of the seed's.
 * ERR_INVALID for a URL that is not http(s) or a bad secret; ERR_FORBIDDEN
 * for a host that --target does not name; ERR_LIMIT when there are too many.
 * It is sent what the vendor sends first: HiBob its "Ping test".
 */
int sender_subscribe(struct sender *s, const struct subscription *spec,
		     struct subscription **out, struct err *err) MUST_CHECK;

/* Give sub the URL, name and wants of spec; its secret stays. Errors as above.
 */
int sender_change(struct sender *s, struct subscription *sub,
		  const struct subscription *spec, struct err *err) MUST_CHECK;
/* A subscription was stopped, confirmed or so: it has to be kept anew. */
void sender_changed(struct sender *s);

/* What the vendor sends a new subscriber first, if anything, once more. */
void sender_hello(struct sender *s, struct subscription *sub);

struct subscription *sender_find(struct sender *s, unsigned id);
struct subscription *sender_first(struct sender *s);
struct subscription *sender_next(struct subscription *sub);
void sender_unsubscribe(struct sender *s, struct subscription *sub);

/* Queue what h leads to, for every subscriber. seq: see journal.h. */
void sender_tell(struct sender *s, const struct happening *h, uint32_t seq);

/* Tell one subscriber (NULL: all) that h->who is there. */
void sender_announce(struct sender *s, struct subscription *sub,
		     const struct happening *h);

/* Deliveries waiting for their first try, and under way. */
size_t sender_backlog(const struct sender *s);

struct sender_settings {
	int64_t in_flight; /* 1 to IN_FLIGHT_MAX */
	int64_t minute_ms; /* how long a minute of the vendors' retries is */
	struct fault_set fault;
	uint64_t drawn;
};

struct sender_settings *sender_settings(struct sender *s);

struct sender_counts {
	uint64_t queued;    /* ever */
	uint64_t attempts;  /* calls that ended */
	uint64_t accepted;  /* deliveries answered 2xx */
	uint64_t failed;    /* deliveries given up */
	uint64_t dropped;   /* the queue was full */
	uint64_t lost;	    /* on demand */
	uint64_t waiting;   /* now */
	uint64_t in_flight; /* now */
};

void sender_count(const struct sender *s, struct sender_counts *out);

/* --- for keeping it over a restart; see snapshot.h --- */

/* What ids and times are made from: must never go back. */
struct sender_marks {
	unsigned last_subscription;
	uint64_t last_delivery;
	uint64_t last_order;
	int64_t last_us; /* that a body was given */
};

struct sender_marks *sender_marks(struct sender *s);

/* Counts what would have to be kept anew. */
uint64_t sender_revision(const struct sender *s);

struct delivery;
typedef void delivery_fn(const struct delivery *d, void *arg);

/* Every delivery that is not done, in no order. */
void sender_each(const struct sender *s, delivery_fn *fn, void *arg);

/* As sender_subscribe, with id, secret and counts as they were, no hello. */
int sender_put_back(struct sender *s, const struct subscription *spec,
		    struct err *err) MUST_CHECK;

/*
 * One delivery as it was: spec->key, id, order, version, attempt and flags;
 * due_ms counts from now. A subscription or an event that is not there:
 * ERR_INVALID.
 */
int sender_queue_back(struct sender *s, const struct delivery *spec,
		      struct str event, struct str body,
		      struct err *err) MUST_CHECK;

/* One attempt, as the log remembers it. */
struct log_entry {
	uint64_t seq;
	int64_t at_ms; /* real time */
	uint64_t delivery;
	const char *event;
	uint32_t n; /* the person; EMPLOYEE_NONE: none */
	unsigned subscription;
	enum vendor vendor;
	int64_t version; /* of the person */
	int status;	 /* 0: no answer */
	unsigned attempt;
	bool bad_signature, stale, duplicate, reordered, lost;
	unsigned char digest[SHA256_SIZE]; /* of the body */
};

/* The first entry later than seq; NULL: none. Borrowed until the next call. */
const struct log_entry *sender_log_after(const struct sender *s, uint64_t seq);

#endif
