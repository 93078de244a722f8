#include "canonical.h"

#include "base/buf.h"
#include "json/write.h"

#include <stdlib.h>

struct rewriter {
	struct json_writer w;
	struct arena *arena;
	bool full; /* the arena is */
};

static int by_key(const void *a, const void *b)
{
	struct str x = json_key(*(const struct json *const *)a);
	struct str y = json_key(*(const struct json *const *)b);
	int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);

	return order ? order : (x.len > y.len) - (x.len < y.len);
}

static void write_value(struct rewriter *r, const char *key,
			const struct json *v);

static void write_members(struct rewriter *r, const struct json *object)
{
	size_t count = json_size(object), i = 0;
	const struct json **list =
		arena_alloc(r->arena, (count + 1) * sizeof(*list));
	const struct json *m;

	if (!list) {
		r->full = true;
		return;
	}
	for (m = json_first(object); m; m = json_next(m))
		list[i++] = m;
	if (count)
		qsort(list, count, sizeof(*list), by_key);
	for (i = 0; i < count; i++) {
		struct str key = arena_dup(r->arena, json_key(list[i]));

		if (key.ptr)
			write_value(r, key.ptr, list[i]);
		else
			r->full = true;
	}
}

static void write_object(struct rewriter *r, const char *key,
			 const struct json *v)
{
	json_open_object(&r->w, key);
	write_members(r, v);
	json_close(&r->w);
}

static void write_array(struct rewriter *r, const char *key,
			const struct json *v)
{
	json_open_array(&r->w, key);
	for (v = json_first(v); v; v = json_next(v))
		write_value(r, NULL, v);
	json_close(&r->w);
}

static void write_value(struct rewriter *r, const char *key,
			const struct json *v)
{
	switch (json_type(v)) {
	case JSON_NULL:
		json_add_null(&r->w, key);
		return;
	case JSON_BOOL:
		json_add_bool(&r->w, key, json_true(v));
		return;
	case JSON_NUMBER:
		json_add_raw(&r->w, key, json_number(v));
		return;
	case JSON_STRING:
		json_add_string(&r->w, key, json_string(v));
		return;
	case JSON_ARRAY:
		write_array(r, key, v);
		return;
	case JSON_OBJECT:
		write_object(r, key, v);
	}
}

int json_canonical(const struct json *v, struct arena *a, struct str *out,
		   struct err *err)
{
	struct rewriter r = { .arena = a };
	struct buf text;
	struct str copy;
	int res;

	buf_init(&text, a->max);
	json_writer_init(&r.w, &text);
	write_value(&r, NULL, v);
	copy = text.failed || r.full ? str_none()
				     : arena_dup(a, buf_str(&text));
	res = copy.ptr ? 0 : arena_full(a, err);
	buf_release(&text);
	if (res == 0)
		*out = copy;
	return res;
}
