/*
 * Records out of any bytes. However the text is cut, the outcome is the same;
 * of XML and CSV each record and what surrounds them is valid JSON; of a JSON
 * document that json_parse takes, the records are the list's values, one by
 * one. The first byte of the input chooses the shape, the second the pieces.
 *
 *	make CC=clang fuzz, or see the head of fuzz_json.c
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "record/reader.h"
#include "json/json.h"
#include "json/write.h"

#include <stdlib.h>

#define MEMORY	 ((size_t)64 << 20)
#define TEXT_MAX ((size_t)8 << 20)
#define HEAD	 2

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct record_shape shapes[] = {
	{ .format = RECORD_JSON, .items = { "", 0 } },
	{ .format = RECORD_JSON, .items = { "/d", 2 } },
	{ .format = RECORD_JSON, .items = { "/a/1/d", 6 } },
	{ .format = RECORD_JSON, .items = { "", 0 }, .keyed = true },
	{ .format = RECORD_JSON, .items = { "/d", 2 }, .keyed = true },
	{ .format = RECORD_XML, .items = { "/r/e", 4 } },
	{ .format = RECORD_XML, .items = { "/r/l/m/e", 8 } },
	{ .format = RECORD_CSV },
	{ .format = RECORD_CSV, .encoding = RECORD_UTF16 },
	{ .format = RECORD_CSV, .encoding = RECORD_WINDOWS_1252 },
	{ .format = RECORD_CSV, .encoding = RECORD_LATIN1, .delimiter = ';' },
};

static const struct json_limits limits = { TEXT_MAX, 1000, 1 << 20 };

struct outcome {
	const struct record_shape *shape;
	struct buf records; /* each with a NUL behind it */
	struct buf rest;
	size_t count;
	int failed;
	struct err err;
};

/* Valid JSON, or too large for json_parse. */
static void check_json(struct str text)
{
	const struct json *v;
	struct err err = { 0 };
	struct arena a;

	arena_init(&a, MEMORY);
	ASSERT(json_parse(&v, &a, text, &limits, &err) == 0 ||
	       err.kind == ERR_LIMIT);
	arena_release(&a);
}

static int take(struct str json, void *arg, struct err *err)
{
	struct outcome *o = arg;

	(void)err;
	ASSERT(json.len && json.len <= RECORD_MAX_BYTES);
	ASSERT(!memchr(json.ptr, '\0', json.len) ||
	       o->shape->format == RECORD_JSON);
	if (o->shape->format != RECORD_JSON)
		check_json(json);
	buf_add_str(&o->records, json);
	buf_add_char(&o->records, '\0');
	o->count++;
	return 0;
}

/* From memory of the exact size, which is gone when the call returns. */
static int feed(struct record_reader *r, const unsigned char *data, size_t len,
		struct err *err)
{
	char *copy = malloc(len ? len : 1);
	int result;

	ASSERT(copy);
	memcpy(copy, data, len);
	result = record_reader_feed(r, (struct str){ copy, len }, err);
	free(copy);
	return result;
}

static void run(struct outcome *o, const struct record_shape *shape,
		const unsigned char *data, size_t size, size_t piece)
{
	struct record_reader *r;
	struct str rest = { 0 };

	*o = (struct outcome){ .shape = shape };
	buf_init(&o->records, TEXT_MAX);
	buf_init(&o->rest, TEXT_MAX);
	ASSERT(record_reader_new(&r, shape, take, o, NULL) == 0);
	for (size_t at = 0; at < size && !o->failed; at += piece)
		o->failed =
			feed(r, data + at,
			     size - at < piece ? size - at : piece, &o->err);
	if (!o->failed)
		o->failed = record_reader_end(r, &rest, &o->err);
	ASSERT(!o->failed == !o->err.kind);
	ASSERT(record_reader_count(r) == o->count);
	buf_add_str(&o->rest, rest);
	if (rest.len && shape->format != RECORD_JSON)
		check_json(rest);
	record_reader_free(&r);
}

static void release(struct outcome *o)
{
	buf_release(&o->records);
	buf_release(&o->rest);
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
	ASSERT(a->failed == b->failed && a->err.kind == b->err.kind);
	if (a->failed)
		return;
	ASSERT(str_eq(buf_str(&a->records), buf_str(&b->records)));
	ASSERT(str_eq(buf_str(&a->rest), buf_str(&b->rest)));
}

static void write_value(struct buf *out, const struct json *v)
{
	struct json_writer w;

	buf_clear(out);
	json_writer_init(&w, out);
	json_add_value(&w, NULL, v);
}

/* The text of a record means this value of the list. */
static void check_value(struct str text, const struct json *v, struct arena *a)
{
	const struct json *record;
	struct buf want, got;

	buf_init(&want, TEXT_MAX);
	buf_init(&got, TEXT_MAX);
	ASSERT(json_parse(&record, a, text, &limits, NULL) == 0);
	write_value(&want, v);
	write_value(&got, record);
	ASSERT(str_eq(buf_str(&want), buf_str(&got)));
	buf_release(&want);
	buf_release(&got);
}

static void check_list(const struct outcome *o, const struct json *list,
		       struct arena *a)
{
	struct str left = buf_str(&o->records), text;

	ASSERT(!o->failed && o->count == json_size(list));
	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		ASSERT(str_cut(&left, '\0', &text));
		check_value(text, v, a);
	}
}

/* What json_parse makes of the whole, where it takes it. */
static void check_against_tree(const struct outcome *o,
			       const unsigned char *data, size_t size)
{
	const struct json_limits shallow = { TEXT_MAX, 30, 1 << 20 };
	const struct json_path *path;
	const struct json *root, *list;
	struct arena a;

	arena_init(&a, MEMORY);
	if (json_parse(&root, &a, (struct str){ (const char *)data, size },
		       &shallow, NULL) == 0) {
		ASSERT(json_path_compile(&path, &a, o->shape->items, NULL) ==
		       0);
		list = json_path_find(path, root);
		if (!list)
			ASSERT(o->err.kind == ERR_NOT_FOUND);
		else if (json_is(list, JSON_NULL) ||
			 (o->shape->keyed && json_is(list, JSON_ARRAY) &&
			  !json_first(list)))
			ASSERT(!o->failed && o->count == 0);
		else if (!json_is(list,
				  o->shape->keyed ? JSON_OBJECT : JSON_ARRAY))
			ASSERT(o->err.kind == ERR_INVALID);
		else if (!o->shape->keyed)
			check_list(o, list, &a);
		else
			ASSERT(!o->failed && o->count == json_size(list));
	}
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct record_shape *shape;
	struct outcome whole, cut;

	if (size < HEAD)
		return 0;
	shape = &shapes[data[0] % ARRAY_LEN(shapes)];
	run(&whole, shape, data + HEAD, size - HEAD, size);
	run(&cut, shape, data + HEAD, size - HEAD, data[1] % 16 + 1u);
	check_same(&whole, &cut);
	if (shape->format == RECORD_JSON)
		check_against_tree(&whole, data + HEAD, size - HEAD);
	release(&whole);
	release(&cut);
	return 0;
}
