#include "jobs.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "desk.h"
#include "inlet.h"

#include <stdlib.h>

#define READ_COUNT  32
#define CHORE_ARENA ((size_t)4 << 20) /* bytes that one job may need */

/* The jobs of one shard. */
struct mailbox {
	struct desk *desk;
	struct inlet *inlet;
	unsigned shard;
};

static bool has_room(void *arg)
{
	const struct mailbox *m = arg;

	return m->desk->chore_count + READ_COUNT <= JOBS_IN_HAND;
}

/* ----------------------------------------------------------------- chores */

static struct chore *chore_new(struct mailbox *m)
{
	struct chore *c = mem_new(sizeof(*c));

	c->desk = m->desk;
	c->shard = m->shard;
	arena_init(&c->arena, CHORE_ARENA);
	TAILQ_INSERT_TAIL(&m->desk->chores, c, link);
	m->desk->chore_count++;
	return c;
}

static void chore_free(struct chore *c)
{
	arena_release(&c->arena);
	free(c);
}

static void unlink_chore(struct chore *c)
{
	TAILQ_REMOVE(&c->desk->chores, c, link);
	c->desk->chore_count--;
}

static void replied_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_warn("an answer to the console was lost",
			 log_str("why", err->text));
}

static void reply(const struct chore *c, struct str text)
{
	struct err err = { 0 };

	if (job_reply_put(c->desk->queue, c->shard, c->job.id, text, replied_cb,
			  NULL, &err) < 0)
		replied_cb(&err, NULL);
}

static void answer(const struct chore *c, const struct job_reply *r)
{
	const struct job_reply too_long = {
		.err = { ERR_LIMIT, "the answer is too long to be shown" }
	};
	struct buf text;

	buf_init(&text, JOB_REPLY_MAX);
	job_reply_encode(r, &text);
	if (text.failed) {
		buf_clear(&text);
		job_reply_encode(&too_long, &text);
	}
	reply(c, buf_str(&text));
	buf_release(&text);
}

/* Its own functions may be on the stack: the sweep frees it. */
void chore_end(struct chore *c, const struct job_reply *r)
{
	if (job_is_asked(c->job.kind))
		answer(c, r);
	unlink_chore(c);
	TAILQ_INSERT_TAIL(&c->desk->chores_done, c, link);
	loop_post(c->desk->loop, &c->desk->sweep);
}

void chore_fail(struct chore *c, const struct err *err)
{
	struct job_reply r = { .err = *err };

	chore_end(c, &r);
}

void chore_done(struct chore *c, struct str result)
{
	struct job_reply r = { .result = result };

	chore_end(c, &r);
}

/* ---------------------------------------------------------------- entries */

static void acked_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_debug("a job was not acknowledged",
			  log_str("why", err->text));
}

static void ack(const struct mailbox *m, const struct queue_entry *e)
{
	struct queue_reader r = inlet_reader(m->inlet);
	struct err err = { 0 };

	if (queue_ack(m->desk->queue, &r, &e->id, 1, acked_cb, NULL, &err) < 0)
		acked_cb(&err, NULL);
}

/* Nobody waits any more, or another fetcher ended while it was at it. */
static bool is_over(const struct job *j, const struct queue_entry *e)
{
	if (j->until_ms && j->until_ms <= clock_wall_ms())
		return true;
	return job_is_asked(j->kind) && e->deliveries > 1;
}

static void start(struct chore *c)
{
	const struct chore_kind *k = &chore_kinds[c->job.kind];
	const struct err cannot = {
		ERR_CONFIG, "this fetcher cannot do that: it is of another "
			    "version than the console"
	};

	if (job_is_asked(c->job.kind))
		reply(c, (struct str){ 0 });
	if (k->start)
		k->start(c);
	else
		chore_fail(c, &cannot);
}

static void drop(struct chore *c)
{
	unlink_chore(c);
	chore_free(c);
}

static void take_cb(const struct queue_entry *e, void *arg)
{
	struct mailbox *m = arg;
	struct chore *c = chore_new(m);
	struct err err = { 0 };

	ack(m, e);
	if (job_decode(&c->job, &c->arena, e->event, &err) < 0) {
		log_warn("a job is not understood", log_bytes("entry", e->id),
			 log_str("why", err.text));
		drop(c);
	} else if (is_over(&c->job, e)) {
		drop(c);
	} else {
		start(c);
	}
}

/* ------------------------------------------------------------------- life */

static const struct inlet_ops ops = {
	.stream = QUEUE_JOBS,
	.count = READ_COUNT,
	.has_room = has_room,
	.take = take_cb,
};

static int open_mailbox(struct mailbox *m, struct desk *d, unsigned shard,
			struct err *err)
{
	*m = (struct mailbox){ .desk = d, .shard = shard };
	return inlet_new(&m->inlet, d, shard, &ops, m, err);
}

int jobs_start(struct desk *d, struct err *err)
{
	size_t shards = d->settings->shards;

	d->mailboxes = mem_new_array(shards, sizeof(struct mailbox));
	for (size_t i = 0; i < shards; i++) {
		if (open_mailbox(&d->mailboxes[i], d, (unsigned)i, err) < 0)
			return -1;
		d->mailbox_count++;
	}
	return 0;
}

void jobs_resume(struct desk *d)
{
	for (size_t i = 0; i < d->mailbox_count; i++)
		inlet_resume(d->mailboxes[i].inlet);
}

bool jobs_idle(const struct desk *d)
{
	return TAILQ_EMPTY(&d->chores);
}

void jobs_stop(struct desk *d)
{
	for (size_t i = 0; i < d->mailbox_count; i++)
		inlet_free(&d->mailboxes[i].inlet);
	free(d->mailboxes);
	d->mailboxes = NULL;
	d->mailbox_count = 0;
}

static void free_list(struct chore_list *list)
{
	struct chore *c;

	while ((c = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, c, link);
		chore_free(c);
	}
}

void jobs_sweep(struct desk *d)
{
	free_list(&d->chores_done);
}

void jobs_release(struct desk *d)
{
	struct chore *c;

	TAILQ_FOREACH (c, &d->chores, link)
		if (chore_kinds[c->job.kind].cancel)
			chore_kinds[c->job.kind].cancel(c);
	free_list(&d->chores);
	free_list(&d->chores_done);
	d->chore_count = 0;
}
