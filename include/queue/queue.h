/*
 * The queue: Redis streams, spoken to asynchronously on the loop. Only this
 * module knows hiredis. Commands given in one turn of the loop leave in one
 * write. Nothing here blocks; every command has exactly one callback, also
 * when the connection breaks (ERR_UNCERTAIN) or is not there (ERR_TEMP).
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

enum {
	QUEUE_ONCE_ID_MAX = 512, /* bytes */
	QUEUE_ITEMS_MAX = 4096,	 /* events of one delivery */
	QUEUE_BATCH_MAX = 4096,	 /* entries of one read or claim */
	QUEUE_NAME_MAX = 127,	 /* bytes of a group's or consumer's name */
	QUEUE_ID_MAX = 41	 /* bytes of an entry's id: "ms-number" */
};

/* What a reply of Redis is worth after a power failure. */
enum queue_durability {
	QUEUE_MEMORY,	/* no append-only file: minutes may be lost */
	QUEUE_EVERYSEC, /* a second or two may be lost */
	QUEUE_ALWAYS,	/* on disk before the reply */
	QUEUE_DURABILITY_COUNT
};

const char *queue_durability_name(enum queue_durability d);
bool queue_durability_find(struct str name, enum queue_durability *out);

struct queue_config {
	/*
	 * "unix:/path[?user=U&password=P&db=N]" or
	 * "redis://[[U]:P@]host[:port][/N]", with %XX for odd bytes in U and
	 * P. A host that is a name is looked up, which blocks: give an address
	 * where look-ups are slow.
	 */
	const char *url;
	enum queue_durability least; /* below this the queue is never ready */
	int64_t command_ms;	     /* a reply is due by then; 0: 5 s */
	size_t max_waiting; /* commands without a reply yet; 0: 16,384 */
	size_t max_bytes;   /* of those commands; 0: 64 MiB */
	/*
	 * Called as a task of the loop when ready became true or false. May be
	 * NULL.
	 */
	void (*changed)(struct queue *q, void *arg);
	void *arg;
};

/*
 * Starts to connect and keeps connecting, with back-off, until freed. On each
 * connect it authenticates, reads how durable Redis is, and loads the
 * functions of src/queue/functions.lua. ERR_CONFIG for a url it does not know.
 * cfg and its strings may go away after the call.
 */
int queue_new(struct queue **out, struct loop *loop,
	      const struct queue_config *cfg, struct err *err) MUST_CHECK;

/*
 * Callbacks waiting get ERR_UNCERTAIN, from within this call. Not from within
 * a callback of this queue: post a task.
 */
void queue_free(struct queue **q);

bool queue_is_ready(const struct queue *q);
enum queue_durability queue_durability(const struct queue *q);

/* Why it is not ready, in words for an operator; empty when it is. */
const char *queue_trouble(const struct queue *q);

/* Commands sent and not answered yet. */
size_t queue_waiting(const struct queue *q);

/*
 * Entries that were delivered, never acknowledged, and are gone from their
 * stream, as found by queue_claim. Each was lost: somebody trimmed or deleted
 * by hand. Also logged as a warning.
 */
uint64_t queue_vanished(const struct queue *q);

/* ------------------------------------------------------------ producers */

enum queue_stream {
	QUEUE_CHANGES, /* {hrisd:s}:changes, group provisioners */
	QUEUE_LOOKUPS, /* {hrisd:s}:lookups, group fetchers */
	QUEUE_JOBS,    /* {hrisd:s}:jobs, group fetchers */
	QUEUE_DEAD,    /* {hrisd:s}:dead, no group */
	QUEUE_STREAM_COUNT
};

struct queue_item {
	enum queue_stream stream;
	struct str event; /* JSON; the one field of the entry */
};

enum queue_accepted { QUEUE_NEW, QUEUE_DUPLICATE };

struct queue_accept {
	unsigned shard;
	struct str once_id; /* names the delivery, at most QUEUE_ONCE_ID_MAX
			       bytes; empty: duplicates are not looked for */
	int64_t once_ms;    /* how long the id is remembered; at least 76 h */
	const struct queue_item *items;
	size_t count; /* 0 is fine: only the id is taken */

	/*
	 * When sync runs read this connection too: what they know of these
	 * persons is told in the same function (queue/run.h). NULL: nothing
	 * reads it, and that costs nothing.
	 */
	const struct str *persons; /* per item: whose state it brings; ptr
				      NULL: nobody's */
	struct str connection;
	int64_t received_ms; /* wall clock */
};

/* err.kind ERR_NONE: stored, how tells whether now or before. */
typedef void queue_accept_fn(enum queue_accepted how, const struct err *err,
			     void *arg);

/*
 * Take the id and append all items, or none, in one atomic function. When fn
 * gets ERR_NONE, Redis has answered at its durability level. ERR_CONFIG: a
 * person must act (rights, or a key that is not ours); as with ERR_TEMP,
 * nothing was written.
 *
 * This and every call below: -1 when the queue is not ready or too many wait
 * (ERR_TEMP), or when the input passes a limit (ERR_LIMIT); then fn is not
 * called. Else fn is called exactly once, later, from the loop. What is given
 * is copied; what fn is given is borrowed for its call.
 */
int queue_accept(struct queue *q, const struct queue_accept *a,
		 queue_accept_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* ------------------------------------------------------------ consumers */

struct queue_entry {
	struct str id;	     /* "1526919030474-55", at most QUEUE_ID_MAX */
	struct str event;    /* ptr NULL when there is no such field */
	uint64_t deliveries; /* 1 the first time */
};

typedef void queue_entries_fn(const struct queue_entry *entries, size_t count,
			      const struct err *err, void *arg);

struct queue_reader {
	unsigned shard;
	enum queue_stream stream;
	const char *group;
	const char *consumer; /* unique per process that may run at once */
};

/*
 * New entries for this consumer: up to count (at most QUEUE_BATCH_MAX),
 * waiting block_ms for the first; 0 does not wait. None in time: count 0. The
 * group is made (from the stream's start) when it is not there. Blocking
 * occupies the connection: a consumer uses a queue of its own for reading.
 */
int queue_read(struct queue *q, const struct queue_reader *r, size_t count,
	       int64_t block_ms, queue_entries_fn *fn, void *arg,
	       struct err *err) MUST_CHECK;

/*
 * Entries that some consumer took and did not acknowledge for idle_ms: they
 * become ours, with how often they were delivered, this time included. Each
 * call looks at a part of what is pending (ten times count) and the next goes
 * on there, so that count 0 does not mean that there are no others.
 */
int queue_claim(struct queue *q, const struct queue_reader *r, size_t count,
		int64_t idle_ms, queue_entries_fn *fn, void *arg,
		struct err *err) MUST_CHECK;

/* The simple end of a command. */
typedef void queue_done_fn(const struct err *err, void *arg);

/* Acknowledge; ids are copied. */
int queue_ack(struct queue *q, const struct queue_reader *r,
	      const struct str *ids, size_t count, queue_done_fn *fn, void *arg,
	      struct err *err) MUST_CHECK;

/*
 * A claim counts as a delivery, whether or not anything was done with the
 * entry. Who keeps entries waiting says here how often they were begun: that
 * is what the next claim counts on from. Only for what is pending and ours.
 */
int queue_count_as(struct queue *q, const struct queue_reader *r, struct str id,
		   uint64_t deliveries, queue_done_fn *fn, void *arg,
		   struct err *err) MUST_CHECK;

/*
 * Move one entry to the shard's dead letters and acknowledge it, atomically;
 * one that is not pending (any more) is left alone, so repeating is harmless.
 * The dead letter has the fields event, stream ("changes"), reason (for
 * people), deliveries and id (the entry's first one).
 */
int queue_bury(struct queue *q, const struct queue_reader *r,
	       const struct queue_entry *entry, const char *reason,
	       queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

/*
 * Trim a stream below what every group has acknowledged (XTRIM MINID), never
 * by length. Without the group that reads the stream (see enum queue_stream)
 * nothing is trimmed.
 */
int queue_trim(struct queue *q, unsigned shard, enum queue_stream stream,
	       queue_done_fn *fn, void *arg, struct err *err) MUST_CHECK;

struct queue_lag {
	int64_t length;	   /* entries in the stream */
	int64_t pending;   /* delivered, not acknowledged */
	int64_t behind;	   /* not delivered yet; after deletions by hand: at
			      most this many */
	int64_t oldest_ms; /* age of the oldest not acknowledged; 0: none */
};

typedef void queue_lag_fn(const struct queue_lag *lag, const struct err *err,
			  void *arg);
int queue_lag(struct queue *q, unsigned shard, enum queue_stream stream,
	      const char *group, queue_lag_fn *fn, void *arg,
	      struct err *err) MUST_CHECK;

/* -------------------------------------------------------- plain commands */

struct queue_value; /* a reply: nil, integer, bytes, or list; NULL is nil */

bool queue_value_is_nil(const struct queue_value *v);
int64_t queue_value_int(const struct queue_value *v); /* 0 when it is not */
struct str queue_value_str(const struct queue_value *v);
size_t queue_value_count(const struct queue_value *v);
const struct queue_value *queue_value_at(const struct queue_value *v, size_t i);

typedef void queue_value_fn(const struct queue_value *v, const struct err *err,
			    void *arg);

/* Any command, its words as bytes: nothing is interpreted. */
int queue_command(struct queue *q, const struct str *words, size_t count,
		  queue_value_fn *fn, void *arg, struct err *err) MUST_CHECK;

/*
 * One of the functions of src/queue/functions.lua, by its name there; what it
 * wants and gives stands above it.
 */
int queue_call(struct queue *q, const char *function, const struct str *keys,
	       size_t key_count, const struct str *args, size_t arg_count,
	       queue_value_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif
