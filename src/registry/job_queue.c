/* Jobs and their replies in Redis. */
#include "base/assert.h"
#include "base/mem.h"
#include "registry/job.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_SIZE   96	/* of "{hrisd:1023}:reply:" and an id */
#define LOOKUP_MAX 4096 /* bytes of a lookup as JSON */

/* What a caller wants to hear, from what the queue tells. */
struct posting {
	queue_done_fn *fn;
	void *arg;
};

static void done_cb(const struct queue_value *v, const struct err *err,
		    void *arg)
{
	struct posting *p = arg;

	(void)v;
	if (p->fn)
		p->fn(err, p->arg);
	free(p);
}

static int command(struct queue *q, const struct str *words, size_t count,
		   queue_done_fn *fn, void *arg, struct err *err)
{
	struct posting *p = mem_new(sizeof(*p));

	*p = (struct posting){ fn, arg };
	if (queue_command(q, words, count, done_cb, p, err) == 0)
		return 0;
	free(p);
	return -1;
}

static struct str key_of(char out[static KEY_SIZE], unsigned shard,
			 const char *kind, const char *id)
{
	int len = snprintf(out, KEY_SIZE, "{hrisd:%u}:%s%s", shard, kind, id);

	ASSERT(len > 0 && len < KEY_SIZE);
	return (struct str){ out, (size_t)len };
}

/*
 * One plain command, so that the console needs no right but +xadd. text is
 * released.
 */
static int append(struct queue *q, struct str key, struct buf *text,
		  queue_done_fn *fn, void *arg, struct err *err)
{
	const struct str words[] = { STR("XADD"), key, STR("*"), STR("event"),
				     buf_str(text) };
	int result = buf_check(text, "what is asked for", err);

	if (result == 0)
		result = command(q, words, ARRAY_LEN(words), fn, arg, err);
	buf_release(text);
	return result;
}

int job_post(struct queue *q, unsigned shard, const struct job *j,
	     queue_done_fn *fn, void *arg, struct err *err)
{
	char key[KEY_SIZE];
	struct buf text;

	buf_init(&text, JOB_TEXT_MAX);
	job_encode(j, &text);
	return append(q, key_of(key, shard, "jobs", ""), &text, fn, arg, err);
}

int job_post_lookup(struct queue *q, unsigned shard, const struct lookup *l,
		    queue_done_fn *fn, void *arg, struct err *err)
{
	char key[KEY_SIZE];
	struct buf text;

	buf_init(&text, LOOKUP_MAX);
	lookup_encode(l, &text);
	return append(q, key_of(key, shard, "lookups", ""), &text, fn, arg,
		      err);
}

int job_reply_put(struct queue *q, unsigned shard, const char *job,
		  struct str text, queue_done_fn *fn, void *arg,
		  struct err *err)
{
	char key[KEY_SIZE], seconds[STR_NUMBER_SIZE];
	const struct str words[] = { STR("SET"),
				     key_of(key, shard, "reply:", job), text,
				     STR("EX"),
				     str_of_u64(JOB_REPLY_S, seconds) };

	return command(q, words, ARRAY_LEN(words), fn, arg, err);
}

int job_reply_take(struct queue *q, unsigned shard, const char *job,
		   queue_value_fn *fn, void *arg, struct err *err)
{
	char key[KEY_SIZE];
	const struct str words[] = { STR("GETDEL"),
				     key_of(key, shard, "reply:", job) };

	return queue_command(q, words, ARRAY_LEN(words), fn, arg, err);
}
