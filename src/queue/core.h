/* The inside of a queue, for the files that speak its commands. */
#ifndef QUEUE_CORE_H
#define QUEUE_CORE_H

#include "base/buf.h"
#include "base/map.h"
#include "conn.h"
#include "functions.h"
#include "queue/queue.h"
#include "resp.h"

#include <hiredis/hiredis.h>

enum {
	QUEUE_KEY_SIZE = 48,	      /* of a stream's key */
	QUEUE_COMMAND_MAX = 16 << 20, /* bytes */
	QUEUE_GROUPS_MAX = 4096	      /* groups that one process reads */
};

struct queue {
	struct conn conn;
	struct queue_url url;
	enum queue_durability least;
	void (*changed)(struct queue *q, void *arg);
	void *arg;

	size_t step;	 /* of the bring-up, see bringup.c */
	bool guessed;	 /* the durability is from INFO */
	struct err load; /* why FUNCTION LOAD failed, if it did */
	bool ready;
	bool announced; /* ready, as last told to changed */
	enum queue_durability durability;
	char trouble[240];
	struct loop_task announce;

	struct buf out;	   /* the command being written */
	struct map groups; /* see group.h */
	uint64_t vanished;

	struct queue_entry *entries; /* of the reply being delivered */
	size_t entries_cap;
};

/* ------------------------------------------------------------- bringup.c */

/* Connected: log in, check, load; then ready. */
void bringup_start(struct queue *q);

/* queue.c: the last step is done. */
void queue_brought_up(struct queue *q);

/* ------------------------------------------------------------ writing */

/*
 * Begin a command of count words, to be added to q->out by resp_*. Then send
 * it; also what did not fit is reported there.
 */
void queue_begin(struct queue *q, size_t words);
int queue_send(struct queue *q, const struct waiter *w,
	       struct err *err) MUST_CHECK;

/* As queue_send, for a command that Redis may answer block_ms later. */
int queue_send_blocking(struct queue *q, const struct waiter *w,
			int64_t block_ms, struct err *err) MUST_CHECK;

/* -1 with ERR_TEMP and the trouble when it is not ready. */
int queue_check_ready(const struct queue *q, struct err *err) MUST_CHECK;

/* FCALL of one of our functions with this many keys and arguments to come. */
void queue_begin_call(struct queue *q, const char *function, size_t keys,
		      size_t args);

/* ---------------------------------------------------------------- keys */

/* "{hrisd:3}:", without a NUL: room for 25 bytes more is left. */
size_t queue_key_start(char out[static QUEUE_KEY_SIZE], unsigned shard);

/* "{hrisd:3}:changes"; returns out. */
const char *queue_stream_key(char out[static QUEUE_KEY_SIZE], unsigned shard,
			     enum queue_stream stream);
const char *queue_stream_name(enum queue_stream stream);

/* Add "{hrisd:3}:seen:<connection>" to the command; kind is "seen:". */
void queue_add_key(struct queue *q, unsigned shard, const char *kind,
		   struct str connection);

/* The group that reads the stream; NULL for one that nobody reads. */
const char *queue_stream_group(enum queue_stream stream);

/* ------------------------------------------------------------- replies */

/* Fill err (ERR_BUG) unless r is of this hiredis type; keeps an older err. */
void reply_want(const redisReply *r, int type, struct err *err);

/* Element i of an array; NULL when there is none. */
const redisReply *reply_at(const redisReply *r, size_t i);
size_t reply_count(const redisReply *r); /* 0 when it is not an array */

/* 0 when it is not an integer. */
int64_t reply_int(const redisReply *r);

/* A string reply's bytes; ptr NULL for anything else. */
struct str reply_str(const redisReply *r);

/* The waiter_fn of commands that end in a queue_done_fn. */
waiter_fn queue_done;

#endif
