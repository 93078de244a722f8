/* Jobs and their replies in Redis. */
#include "base/assert.h"
#include "base/mem.h"
#include "registry/job.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_SIZE 96 /* of "{hrisd:1023}:reply:" and an id */

/* What a caller wants to hear, from what the queue tells. */
struct posting {
	queue_done_fn *fn;
	void *arg;
};

static struct posting *posting_new(queue_done_fn *fn, void *arg)
{
	struct posting *p = mem_new(sizeof(*p));

	p->fn = fn;
	p->arg = arg;
	return p;
}

static void posting_end(struct posting *p, const struct err *err)
{
	if (p->fn)
		p->fn(err, p->arg);
	free(p);
}

static void posted_cb(enum queue_accepted how, const struct err *err, void *arg)
{
	(void)how;
	posting_end(arg, err);
}

int job_post(struct queue *q, unsigned shard, const struct job *j,
	     queue_done_fn *fn, void *arg, struct err *err)
{
	struct queue_item item = { .stream = QUEUE_JOBS };
	struct queue_accept a = { .shard = shard, .items = &item, .count = 1 };
	struct posting *p = posting_new(fn, arg);
	struct buf text;
	int result;

	buf_init(&text, JOB_TEXT_MAX);
	job_encode(j, &text);
	item.event = buf_str(&text);
	result = buf_check(&text, "a job", err);
	if (result == 0)
		result = queue_accept(q, &a, posted_cb, p, err);
	if (result < 0)
		free(p);
	buf_release(&text);
	return result;
}

static struct str reply_key(char out[static KEY_SIZE], unsigned shard,
			    const char *job)
{
	int len = snprintf(out, KEY_SIZE, "{hrisd:%u}:reply:%s", shard, job);

	ASSERT(len > 0 && len < KEY_SIZE);
	return (struct str){ out, (size_t)len };
}

static void put_cb(const struct queue_value *v, const struct err *err,
		   void *arg)
{
	(void)v;
	posting_end(arg, err);
}

int job_reply_put(struct queue *q, unsigned shard, const char *job,
		  struct str text, queue_done_fn *fn, void *arg,
		  struct err *err)
{
	char key[KEY_SIZE], seconds[STR_NUMBER_SIZE];
	const struct str words[] = { STR("SET"), reply_key(key, shard, job),
				     text, STR("EX"),
				     str_of_u64(JOB_REPLY_S, seconds) };
	struct posting *p = posting_new(fn, arg);

	if (queue_command(q, words, ARRAY_LEN(words), put_cb, p, err) == 0)
		return 0;
	free(p);
	return -1;
}

int job_reply_take(struct queue *q, unsigned shard, const char *job,
		   queue_value_fn *fn, void *arg, struct err *err)
{
	char key[KEY_SIZE];
	const struct str words[] = { STR("GETDEL"),
				     reply_key(key, shard, job) };

	return queue_command(q, words, ARRAY_LEN(words), fn, arg, err);
}
