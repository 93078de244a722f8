/* What was sent of whom: pages and single reads stored, absences counted. */
#include "run_call.h"

#include "base/assert.h"
#include "base/mem.h"

#include <stdlib.h>

#define PORTION 250 /* places of the list that one run_absent looks at */

static int check_batch(size_t count, const char *what, struct err *err)
{
	if (count <= RUN_BATCH_MAX)
		return 0;
	return err_set(err, ERR_LIMIT, "more than %d %s in one call",
		       RUN_BATCH_MAX, what);
}

/* --------------------------------------------------------------- digests */

static void on_digests(struct queue *q, const struct waiter *w,
		       const redisReply *r, const struct err *err)
{
	struct str digests[RUN_BATCH_MAX];
	struct err why = *err;
	size_t n;

	(void)q;
	reply_want(r, REDIS_REPLY_ARRAY, &why);
	n = why.kind ? 0 : reply_count(r);
	ASSERT(n <= ARRAY_LEN(digests));
	for (size_t i = 0; i < n; i++)
		digests[i] = reply_str(reply_at(r, i));
	w->cb.digests(digests, n, &why, w->arg);
}

int run_digests(struct queue *q, const struct run_place *p,
		const struct str *pids, size_t count, run_digests_fn *fn,
		void *arg, struct err *err)
{
	struct waiter w = { .fn = on_digests, .cb.digests = fn, .arg = arg };

	ASSERT(count > 0);
	if (run_check(q, p->connection, err) < 0 ||
	    check_batch(count, "people", err) < 0)
		return -1;
	queue_begin_call(q, FUNCTION_PREFIX "run_digests", 1, count);
	queue_add_key(q, p->shard, "seen:", p->connection);
	for (size_t i = 0; i < count; i++)
		resp_str(&q->out, pids[i]);
	return queue_send(q, &w, err);
}

/* ------------------------------------------------------------------ page */

static void add_stream(struct queue *q, unsigned shard,
		       enum queue_stream stream)
{
	char key[QUEUE_KEY_SIZE];

	resp_z(&q->out, queue_stream_key(key, shard, stream));
}

static void add_people(struct queue *q, const struct run_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		resp_str(&q->out, page->people[i].pid);
		resp_str(&q->out, (struct str){ page->people[i].digest,
						RUN_DIGEST_SIZE });
	}
}

static void add_list(struct queue *q, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		resp_str(&q->out, list[i]);
}

/* As run_page in functions.lua wants it. */
static void add_page(struct queue *q, const struct run_place *p,
		     const struct run_page *page)
{
	queue_add_key(q, p->shard, "run:", p->connection);
	queue_add_key(q, p->shard, "seen:", p->connection);
	add_stream(q, p->shard, QUEUE_CHANGES);
	add_stream(q, p->shard, QUEUE_LOOKUPS);
	run_add_fence(q, p);
	resp_int(&q->out, (int64_t)page->number);
	resp_int(&q->out, page->read_ms);
	resp_str(&q->out, page->progress);
	resp_int(&q->out, (int64_t)page->count);
	resp_int(&q->out, (int64_t)page->change_count);
	add_people(q, page);
	add_list(q, page->changes, page->change_count);
	add_list(q, page->lookups, page->lookup_count);
}

static void on_page(struct queue *q, const struct waiter *w,
		    const redisReply *r, const struct err *err)
{
	struct err why = *err;

	(void)q;
	reply_want(r, REDIS_REPLY_INTEGER, &why);
	w->cb.page(why.kind ? 0 : (uint64_t)reply_int(r), &why, w->arg);
}

int run_page(struct queue *q, const struct run_place *p,
	     const struct run_page *page, run_page_fn *fn, void *arg,
	     struct err *err)
{
	struct waiter w = { .fn = on_page, .cb.page = fn, .arg = arg };
	size_t args =
		6 + 2 * page->count + page->change_count + page->lookup_count;

	if (check_batch(page->count, "people", err) < 0 ||
	    check_batch(page->change_count, "changes", err) < 0 ||
	    check_batch(page->lookup_count, "lookups", err) < 0 ||
	    run_begin_call(q, p, FUNCTION_PREFIX "run_page", 5, args, err) < 0)
		return -1;
	add_page(q, p, page);
	return queue_send(q, &w, err);
}

/* ---------------------------------------------------------------- absent */

/* [cursor, [person, ...]] */
static void on_absent(struct queue *q, const struct waiter *w,
		      const redisReply *r, const struct err *err)
{
	const redisReply *list;
	struct err why = *err;
	struct str *pids;
	size_t n;

	(void)q;
	reply_want(r, REDIS_REPLY_ARRAY, &why);
	if (why.kind)
		r = NULL;
	list = reply_at(r, 1);
	n = reply_count(list);
	pids = mem_new_array(n + 1, sizeof(*pids));
	for (size_t i = 0; i < n; i++)
		pids[i] = reply_str(reply_at(list, i));
	w->cb.absent(pids, n, reply_str(reply_at(r, 0)), &why, w->arg);
	free(pids);
}

int run_absent(struct queue *q, const struct run_place *p, uint64_t number,
	       struct str cursor, run_absent_fn *fn, void *arg, struct err *err)
{
	struct waiter w = { .fn = on_absent, .cb.absent = fn, .arg = arg };

	if (run_begin_call(q, p, FUNCTION_PREFIX "run_absent", 2, 5, err) < 0)
		return -1;
	queue_add_key(q, p->shard, "seen:", p->connection);
	run_add_fence(q, p);
	resp_int(&q->out, (int64_t)number);
	resp_str(&q->out, cursor);
	resp_int(&q->out, PORTION);
	resp_int(&q->out, RUN_ABSENT_MAX);
	return queue_send(q, &w, err);
}

/* ---------------------------------------------------------- single reads */

int run_store_read(struct queue *q, const struct run_read *r, queue_done_fn *fn,
		   void *arg, struct err *err)
{
	struct waiter w = { .fn = queue_done, .cb.done = fn, .arg = arg };
	size_t digest_len = r->digest ? RUN_DIGEST_SIZE : 0;

	if (run_check(q, r->connection, err) < 0 ||
	    check_batch(r->id_count, "lookups", err) < 0)
		return -1;
	queue_begin_call(q, FUNCTION_PREFIX "store_read", 4, 5 + r->id_count);
	queue_add_key(q, r->shard, "seen:", r->connection);
	queue_add_key(q, r->shard, "run:", r->connection);
	add_stream(q, r->shard, QUEUE_CHANGES);
	add_stream(q, r->shard, QUEUE_LOOKUPS);
	resp_z(&q->out, queue_stream_group(QUEUE_LOOKUPS));
	resp_str(&q->out, r->change);
	resp_str(&q->out, r->pid);
	resp_str(&q->out, (struct str){ r->digest, digest_len });
	resp_int(&q->out, r->read_ms);
	add_list(q, r->ids, r->id_count);
	return queue_send(q, &w, err);
}
