/*
 * The console's side of routing. A run asks Redis for the newest generation
 * that it has, and writes what the database has above it, a page at a time, in
 * the order of generations: so there is never a gap below the newest.
 */
#include "registry/routing.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "routing_keys.h"
#include "routing_route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TICK_MS = 3000, /* between two runs that nobody asked for */
	SOON_MS = 50,	/* until the first that went well */
	PAGE = 64,	/* routes of one command */
	PAGE_TEXT_MAX = PAGE * (ROUTE_TEXT_MAX + 64),
	LIST_MAX = 8 << 20, /* bytes of a page's connections */
	ROUTE_MAX = 2 << 20 /* and of one's credentials */
};

struct waiting {
	queue_done_fn *fn;
	void *arg;
	STAILQ_ENTRY(waiting) link;
};

STAILQ_HEAD(waiting_list, waiting);

struct route_publisher {
	struct loop *loop;
	struct queue *q;
	struct db *db;
	struct loop_timer timer;
	struct loop_task start;
	struct waiting_list next; /* for the next run */
	struct waiting_list now;  /* for the one under way */
	size_t waiting;		  /* in both */
	bool running;
	bool again;   /* asked for while running */
	bool good;    /* a run went well */
	bool failing; /* said already */
	int64_t last; /* generation that the page under way ends with */
	size_t refs;  /* one for the owner, one per command under way */
	bool closed;
};

static void unref(struct route_publisher *p)
{
	if (--p->refs == 0)
		free(p);
}

static void answer(struct route_publisher *p, struct waiting_list *list,
		   const struct err *err)
{
	struct waiting *w;

	while ((w = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, link);
		p->waiting--;
		w->fn(err, w->arg);
		free(w);
	}
}

static void say(struct route_publisher *p, const struct err *err)
{
	bool failing = err->kind != ERR_NONE && queue_is_ready(p->q);

	if (failing && !p->failing)
		log_warn("connections are not published to receivers",
			 log_str("why", err->text));
	p->failing = failing;
}

static void end_run(struct route_publisher *p, const struct err *err)
{
	p->running = false;
	p->good = p->good || err->kind == ERR_NONE;
	say(p, err);
	loop_timer_set(&p->timer, p->good ? TICK_MS : SOON_MS);
	if (p->again)
		loop_post(p->loop, &p->start);
	p->again = false;
	answer(p, &p->now, err);
}

/* -------------------------------------------------------------- one page */

struct page {
	struct str args[3 * PAGE];
	size_t count; /* of args */
	char numbers[PAGE][24];
	struct buf text; /* of all routes, one after the other */
	struct arena list, route;
};

/* The route as text at the end of pg->text. */
static int write_route(struct route_publisher *p, struct page *pg,
		       const struct connection *c, struct err *err)
{
	size_t start = pg->text.len;
	struct route r;

	arena_clear(&pg->route);
	if (route_of(p->db, c, clock_wall_ms(), &pg->route, &r, err) < 0)
		return -1;
	route_encode(&r, &pg->text);
	if (!pg->text.failed && pg->text.len - start <= ROUTE_TEXT_MAX)
		return 0;
	buf_truncate(&pg->text, start);
	pg->text.failed = false;
	return err_set(err, ERR_LIMIT, "its route is larger than %d bytes",
		       ROUTE_TEXT_MAX);
}

/* One that cannot be written must not keep back those after it. */
static void add_route(struct route_publisher *p, struct page *pg,
		      const struct connection *c)
{
	char *number = pg->numbers[pg->count / 3];
	size_t start = pg->text.len;
	struct err err = { 0 };
	int len;

	if (write_route(p, pg, c, &err) < 0) {
		log_error("a connection cannot be published",
			  log_str("connection", c->id),
			  log_str("why", err.text));
		return;
	}
	len = snprintf(number, sizeof(pg->numbers[0]), "%" PRId64,
		       c->generation);
	pg->args[pg->count++] = str_of(c->id);
	pg->args[pg->count++] = (struct str){ number, (size_t)len };
	/* The text may still move: for now only how long it is. */
	pg->args[pg->count++] = (struct str){ NULL, pg->text.len - start };
}

static void place_texts(struct page *pg)
{
	const char *at = pg->text.data;

	for (size_t i = 2; i < pg->count; i += 3) {
		pg->args[i].ptr = at;
		at += pg->args[i].len;
	}
}

/* Until there is something to write, or nothing above p->last. */
static int fill_page(struct route_publisher *p, struct page *pg,
		     struct err *err)
{
	struct connection *list;
	size_t count;

	do {
		arena_clear(&pg->list);
		if (registry_list_changed(p->db, p->last, PAGE, &pg->list,
					  &list, &count, err) < 0)
			return -1;
		for (size_t i = 0; i < count; i++) {
			add_route(p, pg, &list[i]);
			p->last = list[i].generation;
		}
	} while (count && !pg->count);
	place_texts(pg);
	return 0;
}

static void on_written(const struct queue_value *v, const struct err *err,
		       void *arg);

static int send_page(struct route_publisher *p, const struct page *pg,
		     struct err *err)
{
	const struct str keys[] = { ROUTES_KEY, CHANGED_KEY };

	if (queue_call(p->q, "put_routes", keys, ARRAY_LEN(keys), pg->args,
		       pg->count, on_written, p, err) < 0)
		return -1;
	p->refs++;
	return 0;
}

static void publish_page(struct route_publisher *p)
{
	struct page *pg = mem_new(sizeof(*pg));
	struct err err = { 0 };
	bool sent = false;

	buf_init(&pg->text, PAGE_TEXT_MAX);
	arena_init(&pg->list, LIST_MAX);
	arena_init(&pg->route, ROUTE_MAX);
	if (fill_page(p, pg, &err) == 0 && pg->count)
		sent = send_page(p, pg, &err) == 0;
	buf_release(&pg->text);
	arena_release(&pg->list);
	arena_release(&pg->route);
	free(pg);
	if (!sent)
		end_run(p, &err);
}

static void on_written(const struct queue_value *v, const struct err *err,
		       void *arg)
{
	struct route_publisher *p = arg;

	(void)v;
	if (p->closed)
		;
	else if (err->kind)
		end_run(p, err);
	else
		publish_page(p);
	unref(p);
}

/* --------------------------------------------------------------- one run */

/* The generation of the last change that was committed. */
static int newest_in_db(struct db *db, int64_t *out, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;

	if (db_prepare(db, &s, "SELECT value FROM generation WHERE id = 1",
		       err) < 0 ||
	    db_step(s, &step, err) < 0)
		return -1;
	*out = step == DB_ROW ? db_int(s, 0) : 0;
	db_reset(s);
	return 0;
}

static void on_emptied(const struct queue_value *v, const struct err *err,
		       void *arg)
{
	struct route_publisher *p = arg;

	p->last = 0;
	on_written(v, err, p);
}

/* Redis knows of changes that this database never made. */
static int empty_redis(struct route_publisher *p, struct err *err)
{
	const struct str words[] = { STR("DEL"), ROUTES_KEY, CHANGED_KEY };

	log_warn("routes in Redis are of another database and are written "
		 "anew");
	if (queue_command(p->q, words, ARRAY_LEN(words), on_emptied, p, err) <
	    0)
		return -1;
	p->refs++;
	return 0;
}

/* reply: [id, generation] of the newest; empty when there is none. */
static void catch_up(struct route_publisher *p, const struct queue_value *v)
{
	struct err err = { 0 };
	int64_t newest;

	p->last = 0;
	(void)str_to_i64(queue_value_str(queue_value_at(v, 1)), &p->last);
	if (newest_in_db(p->db, &newest, &err) < 0 ||
	    (p->last > newest && empty_redis(p, &err) < 0))
		end_run(p, &err);
	else if (p->last <= newest)
		publish_page(p);
}

static void on_newest(const struct queue_value *v, const struct err *err,
		      void *arg)
{
	struct route_publisher *p = arg;

	if (p->closed)
		;
	else if (err->kind)
		end_run(p, err);
	else
		catch_up(p, v);
	unref(p);
}

static void start_run(void *arg)
{
	const struct str words[] = { STR("ZREVRANGE"), CHANGED_KEY, STR("0"),
				     STR("0"), STR("WITHSCORES") };
	struct route_publisher *p = arg;
	struct err err = { 0 };

	p->again = p->running;
	if (p->running)
		return;
	p->running = true;
	STAILQ_CONCAT(&p->now, &p->next);
	p->refs++;
	if (queue_command(p->q, words, ARRAY_LEN(words), on_newest, p, &err) <
	    0) {
		end_run(p, &err);
		unref(p);
	}
}

struct route_publisher *route_publisher_new(struct loop *loop, struct queue *q,
					    struct db *db)
{
	struct route_publisher *p = mem_new(sizeof(*p));

	p->loop = loop;
	p->q = q;
	p->db = db;
	p->refs = 1;
	STAILQ_INIT(&p->next);
	STAILQ_INIT(&p->now);
	loop_task_init(&p->start, start_run, p);
	loop_timer_init(&p->timer, loop, start_run, p);
	loop_timer_set(&p->timer, 0);
	return p;
}

void route_publisher_free(struct route_publisher **pp)
{
	struct route_publisher *p = *pp;
	struct err err = { 0 };

	if (!p)
		return;
	*pp = NULL;
	p->closed = true;
	loop_task_cancel(p->loop, &p->start);
	loop_timer_release(&p->timer);
	err_fill(&err, ERR_UNCERTAIN, "the console is closing");
	answer(p, &p->now, &err);
	answer(p, &p->next, &err);
	unref(p);
}

void route_publish(struct route_publisher *p, queue_done_fn *fn, void *arg)
{
	struct err full = { 0 };
	struct waiting *w;

	loop_post(p->loop, &p->start);
	if (!fn)
		return;
	if (p->waiting >= ROUTE_PUBLISH_WAITING_MAX) {
		err_fill(&full, ERR_TEMP, "%d calls wait to be published",
			 ROUTE_PUBLISH_WAITING_MAX);
		fn(&full, arg);
		return;
	}
	w = mem_new(sizeof(*w));
	*w = (struct waiting){ .fn = fn, .arg = arg };
	STAILQ_INSERT_TAIL(&p->next, w, link);
	p->waiting++;
}
