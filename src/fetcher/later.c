#include "later.h"

#include "base/assert.h"
#include "base/mem.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_SIZE    64
#define NUMBER_SIZE 24
#define PUT_ARGS    4 /* before the entries' ids */

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

/* -------------------------------------------------------------- functions */

/* What both functions begin with. */
struct words {
	char texts[3][KEY_SIZE];
	struct str keys[3];
	char number[NUMBER_SIZE];
};

static struct str print_number(char out[static NUMBER_SIZE], int64_t n)
{
	int len = snprintf(out, NUMBER_SIZE, "%lld", (long long)n);

	return (struct str){ out, (size_t)len };
}

static void print_keys(struct words *w, unsigned shard)
{
	static const char *const names[] = { "later", "later:event",
					     "lookups" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int len = snprintf(w->texts[i], KEY_SIZE, "{hrisd:%u}:%s",
				   shard, names[i]);

		ASSERT(len > 0 && len < KEY_SIZE);
		w->keys[i] = (struct str){ w->texts[i], (size_t)len };
	}
}

int later_put(struct queue *q, const struct later_put *p, queue_value_fn *fn,
	      void *arg, struct err *err)
{
	size_t count = PUT_ARGS + p->id_count;
	struct str *args = mem_new_array(count, sizeof(*args));
	struct words w;
	int result;

	print_keys(&w, p->shard);
	args[0] = print_number(w.number, p->due_ms);
	args[1] = p->person;
	args[2] = p->event;
	args[3] = str_of(p->group);
	for (size_t i = 0; i < p->id_count; i++)
		args[PUT_ARGS + i] = p->ids[i];
	result = queue_call(q, "defer", w.keys, ARRAY_LEN(w.keys), args, count,
			    fn, arg, err);
	free(args);
	return result;
}

int later_return(struct queue *q, unsigned shard, int64_t now_ms,
		 queue_value_fn *fn, void *arg, struct err *err)
{
	char batch[NUMBER_SIZE];
	struct str args[2];
	struct words w;

	print_keys(&w, shard);
	args[0] = print_number(w.number, now_ms);
	args[1] = print_number(batch, LATER_BATCH);
	return queue_call(q, "resume", w.keys, ARRAY_LEN(w.keys), args,
			  ARRAY_LEN(args), fn, arg, err);
}
