/*
 * The desk: what the parts of the fetcher share. Notices come in (intake.c),
 * become errands, one per person (errand.c), which stand in their connection's
 * line (source.c), read the person (call.c) and give Redis the outcome
 * (store.c). Put-off ones wait in Redis (later.c).
 */
#ifndef FETCHER_DESK_H
#define FETCHER_DESK_H

#include "base/buf.h"
#include "base/map.h"
#include "base/settings.h"
#include "change/change.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "http/client.h"
#include "jobs.h"
#include "look.h"
#include "loop/loop.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "queue/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define DESK_MAX_NOTICES    2048   /* in hand; more stay in the stream */
#define DESK_MAX_ERRANDS    512	   /* of one connection; more go to later */
#define DESK_MAX_CALLS	    4	   /* at once, of one connection */
#define DESK_MAX_ENTRY_ID   64	   /* bytes, with the NUL */
#define DESK_REST_MS	    1000   /* between tries to write to Redis */
#define DESK_MAX_WAIT_MS    60000  /* of a person noticed again and again */
#define DESK_HOLD_MS	    30000  /* a longer delay is spent in later */
#define DESK_SOURCE_MS	    5000   /* a connection is read again after */
#define DESK_SOURCE_IDLE_MS 600000 /* … and forgotten after */
#define DESK_PROBE_MS \
	21600000 /* a refused connection is asked once more after 6 h */

#define ERRAND_MAX_NOTICES 256
#define ERRAND_MAX_CHANGE  65536 /* bytes of JSON */

#define DESK_GROUP "fetchers"

struct desk;
struct source;

/* An entry of the stream `lookups` that is not acknowledged yet. */
struct notice {
	char key[16 + DESK_MAX_ENTRY_ID]; /* "shard id", in desk->notices */
	struct str id;			  /* within key */
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
	int64_t first_ms; /* monotonic: when the first notice came */
	int64_t due_ms;	  /* monotonic: when to read */
	bool in_line;	  /* of its source */
	bool open;	  /* in desk->waiting: takes further notices */
	bool surplus;	  /* its connection has too many already */
	bool early;	  /* the HRIS needs long before it shows the save */
	struct loop_timer timer; /* due, and rests */
	struct http_call *call;
	int64_t sent_ms;   /* wall clock, just before the call (R4) */
	struct buf change; /* VERDICT_CHANGE: its JSON */
	TAILQ_ENTRY(errand) in_desk;
	TAILQ_ENTRY(errand) line;
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
	struct map waiting; /* errands that take notices, by key */
	struct map notices; /* by key */
	struct errand_list errands;
	struct errand_list done; /* freed at the end of the turn */
	struct mailbox *mailboxes;
	size_t mailbox_count;
	struct chore_list chores;
	struct chore_list chores_done; /* freed at the end of the turn */
	size_t chore_count;
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
		 const struct history *h, struct str entry_id);

/* Is this entry in hand already? */
bool errand_has(const struct desk *d, unsigned shard, struct str entry_id);

/* What is left of the delay that its HRIS needs after the last notice. */
int64_t errand_delay_ms(const struct errand *e);

/* Its turn has come: called by the source, which took it out of its line. */
void errand_turn(struct errand *e);

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

/* ---------------------------------------------------------------- source */

/* Never NULL. What is known of it may be up to DESK_SOURCE_MS old. */
struct source *source_find(struct desk *d, struct str connection);

/* True: do not call now; *out says what instead. */
bool source_forbids(struct source *s, const struct errand *e,
		    struct verdict *out);

/* A call ended so: stop, pause or free the connection as the verdict says. */
void source_heed(struct source *s, const struct verdict *v);

/* One log line per reason; detail may be NULL. */
void source_complain(struct source *s, const char *reason, const char *detail);

void source_join(struct source *s, struct errand *e);	 /* one more errand */
void source_leave(struct source *s, struct errand *e);	 /* one less */
void source_queue(struct source *s, struct errand *e);	 /* into its line */
void source_unqueue(struct source *s, struct errand *e); /* if it is there */
void source_call_began(struct source *s);
void source_call_ended(struct source *s); /* the next one's turn */

/* Milliseconds that its HRIS needs before a save can be read. */
int64_t source_delay_ms(const struct source *s);

/* For a source that does not forbid. */
const struct manifest *source_manifest(const struct source *s);
struct fetch_context source_context(const struct source *s);
struct str source_organization(const struct source *s);

/* Forget those that nobody asked for in a while. */
void source_sweep(struct desk *d);

/* Other manifests are in force: each connection is read anew before a call. */
void source_reload(struct desk *d);
void source_release(struct desk *d);

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
