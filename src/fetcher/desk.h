/*
 * The desk: what the parts of the fetcher share.
 *
 * One person: notices come in (intake.c), become errands, one per person
 * (errand.c, look.c), which stand in their connection's line (source.c), read
 * the person (call.c) and give Redis the outcome (store.c). Put-off ones wait
 * in Redis (later.c).
 *
 * Everybody: the board (board.c) gives runs their turns (runner.c, walk.c); a
 * run reads pages (page.c), whose people are collected and stored (sheaf.c)
 * and proven to be all (proof.c).
 *
 * Both: calls wait for their turn (ask.c) and are made (wire.c) with tokens
 * (tokens.c); names (names.c) and details (details.c) make records whole.
 *
 * For admins: jobs (jobs.c, job_kinds.c).
 */
#ifndef FETCHER_DESK_H
#define FETCHER_DESK_H

#include "base/buf.h"
#include "base/map.h"
#include "base/settings.h"
#include "board.h"
#include "change/change.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "details.h"
#include "http/client.h"
#include "jobs.h"
#include "look.h"
#include "loop/loop.h"
#include "names.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "queue/queue.h"
#include "source.h"
#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define DESK_MAX_NOTICES  2048	/* in hand; more stay in the stream */
#define DESK_MAX_ERRANDS  512	/* of one connection; more go to later */
#define DESK_MAX_CALLS	  4	/* at once, of one connection */
#define DESK_MAX_ENTRY_ID 64	/* bytes, with the NUL */
#define DESK_REST_MS	  1000	/* between tries to write to Redis */
#define DESK_MAX_WAIT_MS  60000 /* of a person noticed again and again */
#define DESK_HOLD_MS	  30000 /* a longer delay is spent in later */

#define ERRAND_MAX_NOTICES 256
#define ERRAND_MAX_CHANGE  65536 /* bytes of JSON */

#define DESK_GROUP "fetchers"

struct desk;

/* An entry of the stream `lookups` that is not acknowledged yet. */
struct notice {
	char key[16 + DESK_MAX_ENTRY_ID]; /* "shard id", in desk->notices */
	struct str id;			  /* within key */
	uint64_t deliveries;		  /* this one included */
	STAILQ_ENTRY(notice) link;
};

STAILQ_HEAD(notice_list, notice);

/* One person to read, for all notices that came within the window. */
struct errand {
	struct look look;
	struct desk *desk;
	struct source *source;
	char *texts;	/* holds key and lookup */
	struct str key; /* connection and pid; in desk->waiting while waiting */
	struct lookup lookup; /* of the first notice; its texts are ours */
	struct history history;
	unsigned shard;
	struct notice_list notices;
	size_t notice_count;
	int64_t first_ms;     /* monotonic: when the first notice came */
	int64_t due_ms;	      /* monotonic: when to read */
	struct waiter waiter; /* in its source's line */
	bool open;	      /* in desk->waiting: takes further notices */
	bool surplus;	      /* its connection has too many already */
	bool early;	      /* the HRIS needs long before it shows the save */
	struct loop_timer timer; /* due, and rests */
	struct names_want want;	 /* while it waits for names */
	bool named;		 /* these came, or did not: */
	struct names *names;
	enum finding names_finding;
	int64_t names_asked_ms;
	struct err names_err;
	struct read_tables *tables; /* over names; for this person alone */
	struct wire wire;	    /* the call */
	struct arena answer;	    /* what it gave, while details come */
	struct detail_row row;
	struct details details;
	char digest[PERSON_DIGEST_SIZE]; /* of VERDICT_CHANGE, as is change */
	struct buf change;		 /* VERDICT_CHANGE: its JSON */
	bool calling; /* a place of its source's budget is its own */
	bool begun;   /* its deliveries are counted: see count.c */
	TAILQ_ENTRY(errand) in_desk;
};

TAILQ_HEAD(errand_list, errand);

struct intake;	/* the notices of one shard */
struct mailbox; /* the jobs of one shard */

struct desk {
	struct loop *loop;
	const struct settings *settings;
	const struct keyring *keys;
	struct manifest_set *manifests;
	struct db *db;
	struct http_client *client;
	enum queue_durability least;
	struct queue *queue; /* all but blocking reads */
	struct intake **intakes;
	size_t intake_count;
	struct map sources; /* by connection id */
	struct map quotas;  /* by credential: see quota.h */
	size_t names_bytes; /* that names.c keeps, of all sources */
	struct map waiting; /* errands that take notices, by key */
	struct map notices; /* by key */
	struct errand_list errands;
	struct errand_list done; /* freed at the end of the turn */
	struct mailbox *mailboxes;
	size_t mailbox_count;
	struct chore_list chores;
	struct chore_list chores_done; /* freed at the end of the turn */
	size_t chore_count;
	struct board *board;
	struct loop_task sweep; /* posted when something ended */
	char consumer[128];
	bool draining;
};

void desk_init(struct desk *d, struct loop *loop, const struct settings *s,
	       const struct keyring *keys);

/* The time a silent fetcher's notices are taken over after. */
int64_t desk_claim_ms(const struct desk *d);

/* Nothing is on its way: a fetcher that drains can go. */
bool desk_idle(const struct desk *d);

/* ---------------------------------------------------------------- errand */

/*
 * A notice came. entry is borrowed; what is already in hand is ignored. l is
 * borrowed too.
 */
void errand_take(struct desk *d, unsigned shard, const struct lookup *l,
		 const struct history *h, const struct queue_entry *entry);

/* Is this entry in hand already? */
bool errand_has(const struct desk *d, unsigned shard, struct str entry_id);

/* Its place of the budget is free for others; harmless without one. */
void errand_end_call(struct errand *e);

/*
 * A fetcher that ends takes along what waits in it: that must not make dead
 * letters of the innocent. So a notice that was claimed counts as delivered
 * once its person is read, and not while it waits.
 */
void errand_count_begun(struct errand *e);

/* Claimed, and only waits: also what was in hand all the time. */
void notice_count_waiting(const struct desk *d, unsigned shard,
			  const struct queue_entry *entry);

/* What is left of the delay that its HRIS needs after the last notice. */
int64_t errand_delay_ms(const struct errand *e);

/* Nothing is on its way to or from the HRIS or Redis. */
bool errand_all_idle(const struct desk *d);

/*
 * Draining: what only waits goes to later, due at once, so that the next
 * fetcher need not wait until it may claim it.
 */
void errand_hand_back(struct desk *d);

void errand_init(struct desk *d);
void errand_sweep(struct desk *d); /* free those that are done */
void errand_release(struct desk *d);

/* ------------------------------------------------------------------ gate */

/* True: do not call now; *out says what instead. */
bool gate_forbids(struct errand *e, struct verdict *out);

/* Of its source: one errand more, one less. */
void gate_join(struct errand *e);
void gate_leave(struct errand *e);

/* ------------------------------------------------------------ call, store */

/* Starts the call, or sets e->look.verdict and gives false. */
bool call_start(struct errand *e);

/* As look_ops.store. */
bool store_verdict(struct errand *e);

/* ---------------------------------------------------------------- intake */

/* Connects a reader of its own: a blocking read occupies a connection. */
int intake_new(struct intake **out, struct desk *d, unsigned shard,
	       struct err *err) MUST_CHECK;
void intake_free(struct intake **in); /* not from a callback of a queue */

/* There may be room or a Redis again: go on reading. */
void intake_resume(struct desk *d);

#endif
