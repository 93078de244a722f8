/*
 * One text through a record reader, whole and cut at every byte: whatever the
 * cuts, the records, what surrounds them and the failure are the same.
 */
#ifndef TESTS_UNIT_RECORD_CHECK_H
#define TESTS_UNIT_RECORD_CHECK_H

#include "check.h"

#include "base/buf.h"
#include "record/reader.h"

#include <stdlib.h>

#define RECORD_CHECK_MAX ((size_t)16 << 20)

struct record_result {
	int failed;
	struct err err;
	size_t count;
	struct buf records; /* a line each */
	struct buf rest;
};

static inline int record_collect(struct str json, void *arg, struct err *err)
{
	struct record_result *got = arg;

	(void)err;
	buf_add_str(&got->records, json);
	buf_add_char(&got->records, '\n');
	return 0;
}

static inline void record_result_release(struct record_result *got)
{
	buf_release(&got->records);
	buf_release(&got->rest);
}

/* Fed from memory of its exact size, so that a byte too many is seen. */
static inline int record_feed_part(struct record_reader *r, struct str part,
				   struct err *err)
{
	char *copy = malloc(part.len ? part.len : 1);
	int result;

	assert_non_null(copy);
	if (part.len)
		memcpy(copy, part.ptr, part.len);
	result = record_reader_feed(r, (struct str){ copy, part.len }, err);
	free(copy);
	return result;
}

/* In pieces of size bytes, the first of them of first bytes. */
static inline void record_run(const struct record_shape *shape, struct str text,
			      size_t first, size_t size,
			      struct record_result *got)
{
	struct record_reader *r;
	struct str rest = { 0 };
	size_t len = first;

	*got = (struct record_result){ .count = 0 };
	buf_init(&got->records, RECORD_CHECK_MAX);
	buf_init(&got->rest, RECORD_CHECK_MAX);
	if (record_reader_new(&r, shape, record_collect, got, &got->err) < 0) {
		got->failed = -1;
		return;
	}
	for (size_t at = 0; at < text.len && !got->failed; at += len) {
		len = at ? size : first;
		if (len > text.len - at)
			len = text.len - at;
		got->failed = record_feed_part(
			r, (struct str){ text.ptr + at, len }, &got->err);
	}
	if (!got->failed)
		got->failed = record_reader_end(r, &rest, &got->err);
	buf_add_str(&got->rest, rest);
	got->count = record_reader_count(r);
	if (got->failed) { /* it takes nothing more */
		assert_int_equal(record_reader_feed(r, STR("[]"), NULL), -1);
		assert_int_equal(record_reader_end(r, NULL, NULL), -1);
	}
	record_reader_free(&r);
	assert_null(r);
}

static inline void record_same(const struct record_result *a,
			       const struct record_result *b, const char *what,
			       size_t cut)
{
	if (a->failed != b->failed || a->err.kind != b->err.kind)
		fail_msg("%s, cut at %zu: %s instead of %s", what, cut,
			 b->failed ? b->err.text : "success",
			 a->failed ? a->err.text : "success");
	if (a->failed)
		return;
	if (!str_eq(buf_str(&a->records), buf_str(&b->records)))
		fail_msg("%s, cut at %zu: records\n%sinstead of\n%s", what, cut,
			 buf_z(&b->records), buf_z(&a->records));
	if (!str_eq(buf_str(&a->rest), buf_str(&b->rest)))
		fail_msg("%s, cut at %zu: around it %s", what, cut,
			 buf_z(&b->rest));
	assert_int_equal(a->count, b->count);
}

/* Whole into *got, and the same however it is cut. */
static inline void record_check(const struct record_shape *shape,
				struct str text, const char *what,
				struct record_result *got)
{
	struct record_result other;

	record_run(shape, text, text.len, text.len, got);
	record_run(shape, text, 1, 1, &other);
	record_same(got, &other, what, 1);
	record_result_release(&other);
	for (size_t cut = 1; cut < text.len; cut++) {
		record_run(shape, text, cut, text.len, &other);
		record_same(got, &other, what, cut);
		record_result_release(&other);
	}
}

/* Rows of a table: what is taken, and what is refused. */
struct record_row {
	const char *items;
	struct str text;
	const char *records; /* a line each */
	const char *rest;
};

/* ERR_INVALID, or ERR_NOT_FOUND where it says "no list of records". */
struct record_bad {
	const char *items;
	struct str text;
	const char *says; /* a part of the error */
};

#define RECORD_TEXT(literal)                    \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}

static inline void record_check_row(const struct record_shape *base,
				    const struct record_row *row)
{
	struct record_shape shape = *base;
	struct record_result got;

	shape.items = str_of(row->items);
	record_check(&shape, row->text, row->text.ptr, &got);
	if (got.failed)
		fail_msg("%s: %s", row->text.ptr, got.err.text);
	assert_string_equal(buf_z(&got.records), row->records);
	assert_string_equal(buf_z(&got.rest), row->rest);
	record_result_release(&got);
}

static inline void record_check_bad(const struct record_shape *base,
				    const struct record_bad *row)
{
	struct record_shape shape = *base;
	struct record_result got;

	shape.items = str_of(row->items);
	record_check(&shape, row->text, row->text.ptr, &got);
	if (!got.failed)
		fail_msg("%s: was taken", row->text.ptr);
	if (strstr(row->says, "no list of records"))
		assert_int_equal(got.err.kind, ERR_NOT_FOUND);
	else
		assert_int_equal(got.err.kind, ERR_INVALID);
	if (!strstr(got.err.text, row->says))
		fail_msg("%s: %s", row->text.ptr, got.err.text);
	record_result_release(&got);
}

#endif
