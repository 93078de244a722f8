/*
 * Reading and claiming. Both end in a list of entries, and both find out that
 * their group is gone in the same way: then it is made and they try again.
 */
#include "core.h"
#include "group.h"
#include "reply.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

/* One read or claim, until its callback was called. */
struct reading {
	struct group *group;
	struct queue_reader reader; /* with the names below */
	char group_name[QUEUE_NAME_MAX + 1];
	char consumer[QUEUE_NAME_MAX + 1];
	bool claim;
	bool remade; /* the group, by us: only once */
	size_t count;
	int64_t ms; /* to block, or idle */
	queue_entries_fn *fn;
	void *arg;
};

static void finish(struct reading *rd, const struct queue_entry *entries,
		   size_t count, const struct err *err)
{
	queue_entries_fn *fn = rd->fn;
	void *arg = rd->arg;

	free(rd);
	fn(entries, count, err, arg);
}

static struct str event_of(const redisReply *fields)
{
	for (size_t i = 0; i + 1 < reply_count(fields); i += 2)
		if (str_is(reply_str(reply_at(fields, i)), "event"))
			return reply_str(reply_at(fields, i + 1));
	return (struct str){ 0 };
}

static struct queue_entry *room_for(struct queue *q, size_t count)
{
	if (count > q->entries_cap) {
		free(q->entries);
		q->entries = mem_new_array(count, sizeof(*q->entries));
		q->entries_cap = count;
	}
	return q->entries;
}

/* [[key, [[id, fields], ...]]], or nil when the time was over. */
static size_t entries_read(struct queue *q, const redisReply *r)
{
	const redisReply *list = reply_at(reply_at(r, 0), 1);
	size_t n = reply_count(list);
	struct queue_entry *out = room_for(q, n);

	for (size_t i = 0; i < n; i++) {
		const redisReply *entry = list->element[i];

		out[i] = (struct queue_entry){
			.id = reply_str(reply_at(entry, 0)),
			.event = event_of(reply_at(entry, 1)),
			.deliveries = 1,
		};
	}
	return n;
}

/*
 * Entries that were pending and are not in the stream any more: something
 * other than queue_trim removed them before they were applied.
 */
static void report_vanished(struct queue *q, const struct group *g,
			    const redisReply *ids)
{
	size_t n = reply_count(ids);

	if (n == 0)
		return;
	q->vanished += n;
	log_warn("entries were removed from a stream before they were applied",
		 log_str("group", g->name), log_int("count", (int64_t)n),
		 log_bytes("first", reply_str(reply_at(ids, 0))));
}

static void keep_cursor(struct group *g, struct str cursor)
{
	if (cursor.len == 0 || cursor.len >= sizeof(g->cursor))
		cursor = STR("0-0");
	memcpy(g->cursor, cursor.ptr, cursor.len);
	g->cursor[cursor.len] = '\0';
}

/* [cursor, vanished ids, [[id, deliveries, fields], ...]] */
static size_t entries_claimed(struct queue *q, struct group *g,
			      const redisReply *r)
{
	const redisReply *list = reply_at(r, 2);
	size_t n = reply_count(list);
	struct queue_entry *out = room_for(q, n);

	keep_cursor(g, reply_str(reply_at(r, 0)));
	report_vanished(q, g, reply_at(r, 1));
	for (size_t i = 0; i < n; i++) {
		const redisReply *entry = list->element[i];

		out[i] = (struct queue_entry){
			.id = reply_str(reply_at(entry, 0)),
			.event = event_of(reply_at(entry, 2)),
			.deliveries = (uint64_t)reply_int(reply_at(entry, 1)),
		};
	}
	return n;
}

/* Callers keep ids and send them back: a broken one must not get that far. */
static void check_ids(const struct queue_entry *entries, size_t n,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!entries[i].id.len || entries[i].id.len > QUEUE_ID_MAX)
			err_fill(err, ERR_BUG,
				 "Redis gave an entry without a proper id");
}

static int send_reading(struct queue *q, struct reading *rd, struct err *err);

static void on_group_made(struct queue *q, const struct waiter *w,
			  const redisReply *r, const struct err *err)
{
	struct reading *rd = w->arg;
	struct err why = *err;

	/* Another consumer may have been faster. */
	if (r && r->type == REDIS_REPLY_ERROR &&
	    str_starts((struct str){ r->str, r->len }, STR("BUSYGROUP")))
		why = (struct err){ 0 };
	if (why.kind || send_reading(q, rd, &why) < 0)
		finish(rd, NULL, 0, &why);
}

/* From the stream's start: what was not trimmed may not have been applied. */
static int make_group(struct queue *q, struct reading *rd, struct err *err)
{
	struct waiter w = { .fn = on_group_made, .arg = rd };
	char key[QUEUE_KEY_SIZE];

	if (rd->group->known)
		log_warn("a consumer group is gone from Redis and is made "
			 "anew: what is in the stream comes again",
			 log_str("group", rd->group->name));
	rd->remade = true;
	queue_begin(q, 6);
	resp_z(&q->out, "XGROUP");
	resp_z(&q->out, "CREATE");
	resp_z(&q->out,
	       queue_stream_key(key, rd->reader.shard, rd->reader.stream));
	resp_z(&q->out, rd->reader.group);
	resp_z(&q->out, "0");
	resp_z(&q->out, "MKSTREAM");
	return queue_send(q, &w, err);
}

static void on_entries(struct queue *q, const struct waiter *w,
		       const redisReply *r, const struct err *err)
{
	struct reading *rd = w->arg;
	struct err why = *err;
	size_t n = 0;

	if (r && r->type == REDIS_REPLY_ERROR && !rd->remade &&
	    reply_is_no_group((struct str){ r->str, r->len })) {
		if (make_group(q, rd, &why) < 0)
			finish(rd, NULL, 0, &why);
		return;
	}
	if (!why.kind) {
		rd->group->known = true;
		n = rd->claim ? entries_claimed(q, rd->group, r)
			      : entries_read(q, r);
		check_ids(q->entries, n, &why);
	}
	finish(rd, q->entries, why.kind ? 0 : n, &why);
}

static void write_read(struct queue *q, const struct reading *rd,
		       const char *key)
{
	struct buf *b = &q->out;

	/* BLOCK 0 would wait for ever. */
	queue_begin(q, rd->ms > 0 ? 11 : 9);
	resp_z(b, "XREADGROUP");
	resp_z(b, "GROUP");
	resp_z(b, rd->reader.group);
	resp_z(b, rd->reader.consumer);
	resp_z(b, "COUNT");
	resp_int(b, (int64_t)rd->count);
	if (rd->ms > 0) {
		resp_z(b, "BLOCK");
		resp_int(b, rd->ms);
	}
	resp_z(b, "STREAMS");
	resp_z(b, key);
	resp_z(b, ">");
}

static void write_claim(struct queue *q, const struct reading *rd,
			const char *key)
{
	struct buf *b = &q->out;

	queue_begin_call(q, FUNCTION_PREFIX "claim", 1, 5);
	resp_z(b, key);
	resp_z(b, rd->reader.group);
	resp_z(b, rd->reader.consumer);
	resp_int(b, rd->ms);
	resp_z(b, rd->group->cursor);
	resp_int(b, (int64_t)rd->count);
}

static int send_reading(struct queue *q, struct reading *rd, struct err *err)
{
	struct waiter w = { .fn = on_entries, .arg = rd };
	char key[QUEUE_KEY_SIZE];

	queue_stream_key(key, rd->reader.shard, rd->reader.stream);
	if (rd->claim) {
		write_claim(q, rd, key);
		return queue_send(q, &w, err);
	}
	write_read(q, rd, key);
	return queue_send_blocking(q, &w, rd->ms > 0 ? rd->ms : 0, err);
}

static int copy_name(char out[static QUEUE_NAME_MAX + 1], const char *name,
		     struct err *err)
{
	size_t len = strlen(name);

	if (len == 0 || len > QUEUE_NAME_MAX)
		return err_set(err, ERR_LIMIT,
			       "a group's or consumer's name has 1 to %d bytes",
			       QUEUE_NAME_MAX);
	memcpy(out, name, len + 1);
	return 0;
}

static int start(struct queue *q, const struct queue_reader *r,
		 const struct reading *wanted, struct err *err)
{
	struct reading *rd = mem_new(sizeof(*rd));

	*rd = *wanted;
	rd->reader = (struct queue_reader){
		.shard = r->shard,
		.stream = r->stream,
		.group = rd->group_name,
		.consumer = rd->consumer,
	};
	if (rd->count > QUEUE_BATCH_MAX)
		rd->count = QUEUE_BATCH_MAX;
	if (queue_check_ready(q, err) < 0 ||
	    copy_name(rd->group_name, r->group, err) < 0 ||
	    copy_name(rd->consumer, r->consumer, err) < 0 ||
	    group_of(q, r, &rd->group, err) < 0 ||
	    send_reading(q, rd, err) < 0) {
		free(rd);
		return -1;
	}
	return 0;
}

int queue_read(struct queue *q, const struct queue_reader *r, size_t count,
	       int64_t block_ms, queue_entries_fn *fn, void *arg,
	       struct err *err)
{
	struct reading rd = {
		.count = count, .ms = block_ms, .fn = fn, .arg = arg
	};

	ASSERT(count > 0);
	return start(q, r, &rd, err);
}

int queue_claim(struct queue *q, const struct queue_reader *r, size_t count,
		int64_t idle_ms, queue_entries_fn *fn, void *arg,
		struct err *err)
{
	struct reading rd = { .claim = true,
			      .count = count,
			      .ms = idle_ms,
			      .fn = fn,
			      .arg = arg };

	ASSERT(count > 0);
	return start(q, r, &rd, err);
}

int queue_ack(struct queue *q, const struct queue_reader *r,
	      const struct str *ids, size_t count, queue_done_fn *fn, void *arg,
	      struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };
	char key[QUEUE_KEY_SIZE];

	ASSERT(count > 0);
	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin(q, 3 + count);
	resp_z(&q->out, "XACK");
	resp_z(&q->out, queue_stream_key(key, r->shard, r->stream));
	resp_z(&q->out, r->group);
	for (size_t i = 0; i < count; i++)
		resp_str(&q->out, ids[i]);
	return queue_send(q, &w, err);
}

int queue_count_as(struct queue *q, const struct queue_reader *r, struct str id,
		   uint64_t deliveries, queue_done_fn *fn, void *arg,
		   struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };
	char key[QUEUE_KEY_SIZE];

	if (queue_check_ready(q, err) < 0)
		return -1;
	queue_begin(q, 9);
	resp_z(&q->out, "XCLAIM");
	resp_z(&q->out, queue_stream_key(key, r->shard, r->stream));
	resp_z(&q->out, r->group);
	resp_z(&q->out, r->consumer);
	resp_int(&q->out, 0);
	resp_str(&q->out, id);
	resp_z(&q->out, "RETRYCOUNT");
	resp_int(&q->out, (int64_t)deliveries);
	resp_z(&q->out, "JUSTID");
	return queue_send(q, &w, err);
}
