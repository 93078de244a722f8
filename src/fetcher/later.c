#include "later.h"

#include "base/assert.h"
#include "base/mem.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_SIZE    64
#define NUMBER_SIZE 24
#define PUT_WORDS   10 /* before the entries' ids */

/*
 * keys: due times, events, stream. argv: due, person, event, group, ids.
 * The event is written first: a due time without an event loses a lookup, an
 * event without a due time does no harm.
 */
static const char put_script[] =
	"redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[3]) "
	"redis.call('ZADD', KEYS[1], 'LT', ARGV[1], ARGV[2]) "
	"for i = 5, #ARGV do redis.call('XACK', KEYS[3], ARGV[4], ARGV[i]) end "
	"return 1";

/* keys: the same. argv: now, how many at most. */
static const char return_script[] =
	"local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', "
	"'LIMIT', 0, ARGV[2]) "
	"for _, person in ipairs(due) do "
	"local event = redis.call('HGET', KEYS[2], person) "
	"if event then redis.call('XADD', KEYS[3], '*', 'event', event) end "
	"redis.call('ZREM', KEYS[1], person) "
	"redis.call('HDEL', KEYS[2], person) "
	"end "
	"return #due";

/* ------------------------------------------------------------------ codec */

void later_encode(const struct lookup *l, const struct history *h,
		  struct buf *out)
{
	lookup_encode(l, out);
	if (out->failed || (!h->tries && !h->missing_ms))
		return;
	/* Reopen the object: what others do not know they pass over. */
	ASSERT(out->len && out->data[out->len - 1] == '}');
	buf_truncate(out, out->len - 1);
	buf_addf(out, ",\"tries\":%u,\"missing_ms\":%lld}", h->tries,
		 (long long)h->missing_ms);
}

int later_decode(struct lookup *l, struct history *h, struct arena *a,
		 struct str text, struct err *err)
{
	const struct json *root;
	int64_t tries = 0, missing_ms = 0;

	if (lookup_decode(l, a, text, err) < 0 ||
	    json_parse(&root, a, text, NULL, err) < 0)
		return -1;
	(void)json_int(json_get(root, "tries"), &tries);
	(void)json_int(json_get(root, "missing_ms"), &missing_ms);
	if (tries < 0 || tries > 1000 || missing_ms < 0)
		return err_set(err, ERR_INVALID,
			       "lookup: tries or missing_ms out of range");
	*h = (struct history){ (unsigned)tries, missing_ms };
	return 0;
}

/* ---------------------------------------------------------------- scripts */

/* The words that both scripts begin with. */
struct words {
	char keys[3][KEY_SIZE];
	char number[NUMBER_SIZE];
};

static struct str print_key(char *out, unsigned shard, const char *what)
{
	int len = snprintf(out, KEY_SIZE, "{hrisd:%u}:%s", shard, what);

	ASSERT(len > 0 && len < KEY_SIZE);
	return (struct str){ out, (size_t)len };
}

static void begin(struct words *w, unsigned shard, const char *script,
		  int64_t number, struct str *words)
{
	int len = snprintf(w->number, sizeof(w->number), "%lld",
			   (long long)number);

	words[0] = STR("EVAL");
	words[1] = str_of(script);
	words[2] = STR("3");
	words[3] = print_key(w->keys[0], shard, "later");
	words[4] = print_key(w->keys[1], shard, "later:event");
	words[5] = print_key(w->keys[2], shard, "lookups");
	words[6] = (struct str){ w->number, (size_t)len };
}

int later_put(struct queue *q, const struct later_put *p, queue_value_fn *fn,
	      void *arg, struct err *err)
{
	size_t count = PUT_WORDS + p->id_count;
	struct str *words = mem_new_array(count, sizeof(*words));
	struct words w;
	int result;

	begin(&w, p->shard, put_script, p->due_ms, words);
	words[7] = p->person;
	words[8] = p->event;
	words[9] = str_of(p->group);
	for (size_t i = 0; i < p->id_count; i++)
		words[PUT_WORDS + i] = p->ids[i];
	result = queue_command(q, words, count, fn, arg, err);
	free(words);
	return result;
}

int later_return(struct queue *q, unsigned shard, int64_t now_ms,
		 queue_value_fn *fn, void *arg, struct err *err)
{
	char batch[NUMBER_SIZE];
	struct str words[8];
	struct words w;

	(void)snprintf(batch, sizeof(batch), "%d", LATER_BATCH);
	begin(&w, shard, return_script, now_ms, words);
	words[7] = str_of(batch);
	return queue_command(q, words, ARRAY_LEN(words), fn, arg, err);
}
