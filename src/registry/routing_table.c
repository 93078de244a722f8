/* The receiver's side of routing: read all, then what changed. */
#include "registry/routing.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "routing_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	POLL_MS = 500,	    /* between two questions */
	SOON_MS = 50,	    /* while nothing was read yet */
	PAGE = 256,	    /* routes of one reply */
	ARENA_MAX = 1 << 20 /* for one route, decoded */
};

struct route_table {
	struct loop *loop;
	struct queue *q;
	struct route_table_ops ops;
	struct loop_timer timer;
	struct arena arena;
	int64_t seen;	 /* the highest generation read */
	int64_t page_to; /* what seen is after the page that was asked for */
	bool whole;	 /* since the last start from 0, all was read */
	size_t refs;	 /* one for the owner, one per command under way */
	bool closed;
};

/* One route_table_ask. */
struct asking {
	struct route_table *t;
	queue_done_fn *fn;
	void *arg;
};

static void unref(struct route_table *t)
{
	if (--t->refs)
		return;
	arena_release(&t->arena);
	free(t);
}

static void again_in(struct route_table *t, int64_t ms)
{
	if (!t->closed)
		loop_timer_set(&t->timer, ms);
}

/* A command that the timer's next turn repeats when it cannot be given. */
static void command(struct route_table *t, const struct str *words,
		    size_t count, queue_value_fn *fn)
{
	if (t->closed)
		return;
	if (queue_command(t->q, words, count, fn, t, NULL) < 0)
		again_in(t, t->whole ? POLL_MS : SOON_MS);
	else
		t->refs++;
}

/* text as Redis has it; ptr NULL: it has none. */
static void report(struct route_table *t, struct str text)
{
	struct err err = { 0 };
	struct route r;

	if (t->closed || !text.ptr)
		return;
	arena_clear(&t->arena);
	if (route_decode(&r, &t->arena, text, &err) < 0)
		log_warn("a route in Redis cannot be read",
			 log_str("why", err.text));
	else
		t->ops.changed(&r, t->ops.arg);
}

static void ask_page(struct route_table *t);

/* The routes of a page; one may be gone since, or be newer: both is fine. */
static void on_routes(const struct queue_value *v, const struct err *err,
		      void *arg)
{
	struct route_table *t = arg;

	if (!err->kind) {
		for (size_t i = 0; i < queue_value_count(v); i++)
			report(t, queue_value_str(queue_value_at(v, i)));
		t->seen = t->page_to;
		ask_page(t);
	} else {
		again_in(t, POLL_MS);
	}
	unref(t);
}

static void page_is_empty(struct route_table *t)
{
	bool first = !t->whole;

	t->whole = true;
	again_in(t, POLL_MS);
	if (first && !t->closed)
		t->ops.loaded(t->ops.arg);
}

/* [id, generation, id, generation, ...] */
static void on_page(const struct queue_value *v, const struct err *err,
		    void *arg)
{
	struct route_table *t = arg;
	struct str words[2 + PAGE] = { STR("HMGET"), ROUTES_KEY };
	size_t n = queue_value_count(v) / 2;

	if (n > PAGE)
		n = PAGE;
	if (t->closed || err->kind) {
		again_in(t, POLL_MS);
	} else if (n == 0) {
		page_is_empty(t);
	} else {
		for (size_t i = 0; i < n; i++)
			words[2 + i] =
				queue_value_str(queue_value_at(v, 2 * i));
		if (str_to_i64(queue_value_str(queue_value_at(v, 2 * n - 1)),
			       &t->page_to))
			command(t, words, 2 + n, on_routes);
		else
			again_in(t, POLL_MS);
	}
	unref(t);
}

static void ask_page(struct route_table *t)
{
	char from[32], count[16];
	int from_len = snprintf(from, sizeof(from), "(%" PRId64, t->seen);
	int count_len = snprintf(count, sizeof(count), "%d", PAGE);
	const struct str words[] = {
		STR("ZRANGEBYSCORE"),
		CHANGED_KEY,
		{ from, (size_t)from_len },
		STR("+inf"),
		STR("WITHSCORES"),
		STR("LIMIT"),
		STR("0"),
		{ count, (size_t)count_len },
	};

	command(t, words, ARRAY_LEN(words), on_page);
}

/* [id, generation] of the newest; empty when there is none. */
static void on_newest(const struct queue_value *v, const struct err *err,
		      void *arg)
{
	struct route_table *t = arg;
	int64_t newest = 0;

	if (!t->closed && !err->kind) {
		(void)str_to_i64(queue_value_str(queue_value_at(v, 1)),
				 &newest);
		if (newest < t->seen) {
			log_warn("routes in Redis went back and are read anew");
			t->seen = 0;
			t->whole = false;
		}
		if (newest > t->seen || !t->whole)
			ask_page(t);
		else
			again_in(t, POLL_MS);
	} else {
		again_in(t, t->whole ? POLL_MS : SOON_MS);
	}
	unref(t);
}

static void poll_cb(void *arg)
{
	const struct str words[] = { STR("ZREVRANGE"), CHANGED_KEY, STR("0"),
				     STR("0"), STR("WITHSCORES") };

	command(arg, words, ARRAY_LEN(words), on_newest);
}

struct route_table *route_table_new(struct loop *loop, struct queue *q,
				    const struct route_table_ops *ops)
{
	struct route_table *t = mem_new(sizeof(*t));

	t->loop = loop;
	t->q = q;
	t->ops = *ops;
	t->refs = 1;
	arena_init(&t->arena, ARENA_MAX);
	loop_timer_init(&t->timer, loop, poll_cb, t);
	again_in(t, 0);
	return t;
}

/* Commands under way still come back to it: the last one frees it. */
void route_table_free(struct route_table **tp)
{
	struct route_table *t = *tp;

	if (!t)
		return;
	*tp = NULL;
	t->closed = true;
	loop_timer_release(&t->timer);
	unref(t);
}

static void on_asked(const struct queue_value *v, const struct err *err,
		     void *arg)
{
	struct asking asking = *(struct asking *)arg;
	struct str text = queue_value_str(v);

	free(arg);
	report(asking.t, text);
	asking.fn(err, asking.arg);
	unref(asking.t);
}

int route_table_ask(struct route_table *t, struct str connection,
		    queue_done_fn *fn, void *arg, struct err *err)
{
	const struct str words[] = { STR("HGET"), ROUTES_KEY, connection };
	struct asking *asking = mem_new(sizeof(*asking));

	*asking = (struct asking){ .t = t, .fn = fn, .arg = arg };
	if (queue_command(t->q, words, ARRAY_LEN(words), on_asked, asking,
			  err) < 0) {
		free(asking);
		return -1;
	}
	t->refs++;
	return 0;
}
