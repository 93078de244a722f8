/*
 * JSON: values that are not walked into, which go to the record or to what
 * surrounds the records; and a reader's life.
 */
#include "json_reader.h"

#include "base/assert.h"
#include "base/mem.h"

#include <stdlib.h>

#define PATH_MEMORY  65536
#define BOM_LEN	     3
#define KEYED_VALUE  ",\"value\":"
#define ESCAPED_MOST 6 /* bytes that a key's byte may be written as */

static int refuse_scan(struct json_reader *j, const unsigned char *at,
		       struct err *err)
{
	(void)json_refuse(j, at, j->scan.wrong, err);
	if (j->scan.too_deep)
		return err_set(err, ERR_LIMIT,
			       "record %zu is nested deeper than %d levels",
			       j->base.count + 1, RECORD_MAX_DEPTH);
	return -1;
}

static bool is_same_key(struct str text, struct str key)
{
	const struct json *v;
	struct arena a;
	bool same;

	if (!memchr(text.ptr, '\\', text.len))
		return str_eq((struct str){ text.ptr + 1, text.len - 2 }, key);
	if (text.len > key.len * ESCAPED_MOST + 2)
		return false;
	arena_init(&a, PATH_MEMORY);
	same = json_parse(&v, &a, text, NULL, NULL) == 0 &&
	       str_eq(json_string(v), key);
	arena_release(&a);
	return same;
}

/* ------------------------------------------------- what is not walked into */

static int check_room(const struct json_reader *j, struct err *err)
{
	if (j->record.failed)
		return err_set(err, ERR_LIMIT,
			       "record %zu is larger than %zu bytes",
			       j->base.count + 1, RECORD_MAX_BYTES);
	return buf_check(&j->rest, "what stands around the records", err);
}

/* From where json_scan started to its end: to the record or around it. */
static void take_span(struct json_reader *j, const unsigned char *at,
		      const unsigned char *end)
{
	buf_add(json_is_inside(j) ? &j->record : &j->rest, at,
		(size_t)(end - at));
}

static int end_record(struct json_reader *j, const unsigned char *at,
		      const unsigned char *end, struct err *err)
{
	/* Most stand whole in what was fed, and are handed on from there. */
	if (!j->record.len)
		return record_emit(
			&j->base,
			(struct str){ (const char *)at, (size_t)(end - at) },
			err);
	take_span(j, at, end);
	if (j->keyed)
		buf_add_char(&j->record, '}');
	if (check_room(j, err) < 0 ||
	    record_emit(&j->base, buf_str(&j->record), err) < 0)
		return -1;
	buf_clear(&j->record);
	return 0;
}

/* null; and PHP writes an object without members as an empty array. */
static bool is_nothing(const struct json_reader *j, struct str text)
{
	if (str_is(text, "null"))
		return true;
	if (!j->keyed || text.len < 2 || text.ptr[0] != '[')
		return false;
	return !str_trim((struct str){ text.ptr + 1, text.len - 2 }).len;
}

static int end_value(struct json_reader *j, const unsigned char *at,
		     const unsigned char *end, struct err *err)
{
	struct str text;

	j->state = j->depth ? WANT_NEXT : AT_END;
	if (json_is_inside(j))
		return end_record(j, at, end, err);
	take_span(j, at, end);
	if (!j->is_items)
		return check_room(j, err);
	text = (struct str){ j->rest.data + j->value_at,
			     j->rest.len - j->value_at };
	if (!is_nothing(j, text))
		return json_refuse(j, at,
				   j->keyed ? "the records are not in an object"
					    : "the records are not in an array",
				   err);
	j->is_items = false;
	j->found = true;
	return 0;
}

static int in_value(struct json_reader *j, const unsigned char **at,
		    const unsigned char *end, struct err *err)
{
	const unsigned char *first = *at;

	*at = json_scan(&j->scan, first, end);
	if (j->scan.wrong)
		return refuse_scan(j, *at, err);
	if (j->scan.done)
		return end_value(j, first, *at, err);
	take_span(j, first, *at);
	return check_room(j, err);
}

static int in_key(struct json_reader *j, const unsigned char **at,
		  const unsigned char *end, struct err *err)
{
	const unsigned char *first = *at;

	*at = json_scan(&j->scan, first, end);
	take_span(j, first, *at);
	if (check_room(j, err) < 0)
		return -1;
	if (!j->scan.done)
		return 0;
	j->state = WANT_COLON;
	if (json_is_inside(j))
		buf_add_str(&j->record, STR(KEYED_VALUE));
	else
		j->is_on_path =
			is_same_key((struct str){ j->rest.data + j->key_at,
						  j->rest.len - j->key_at },
				    json_path_key(j->items, j->depth - 1));
	return 0;
}

/* ----------------------------------------------------------------- feeding */

static const unsigned char *skip_bom(struct json_reader *j,
				     const unsigned char *at,
				     const unsigned char *end)
{
	static const unsigned char bom[BOM_LEN] = { 0xef, 0xbb, 0xbf };

	while (j->bom < BOM_LEN && at < end && *at == bom[j->bom]) {
		j->bom++;
		at++;
	}
	if (at < end && j->bom == 0)
		j->bom = BOM_LEN;
	return at;
}

static int json_feed(struct record_reader *r, struct str bytes, struct err *err)
{
	struct json_reader *j = CONTAINER_OF(r, struct json_reader, base);
	const unsigned char *at = (const unsigned char *)bytes.ptr;
	const unsigned char *end = at + bytes.len;
	int result = 0;

	j->first = at;
	at = skip_bom(j, at, end);
	if (at < end && j->bom < BOM_LEN)
		return json_refuse(j, at, "a value is expected", err);
	while (at < end && result == 0) {
		if (j->state == IN_VALUE)
			result = in_value(j, &at, end, err);
		else if (j->state == IN_KEY)
			result = in_key(j, &at, end, err);
		else
			result = json_walk(j, &at, err);
	}
	return result < 0 ? -1 : check_room(j, err);
}

static int json_end(struct record_reader *r, struct str *rest, struct err *err)
{
	static const unsigned char nothing[1];
	struct json_reader *j = CONTAINER_OF(r, struct json_reader, base);

	j->first = nothing;
	/* A number or word at the root is ended by the end alone. */
	if (j->state == IN_VALUE && j->scan.scalar && !j->depth &&
	    end_value(j, nothing, nothing, err) < 0)
		return -1;
	if (j->state != AT_END)
		return err_set(err, ERR_INVALID,
			       "byte %llu: the JSON text ends too early",
			       (unsigned long long)r->offset);
	*rest = buf_str(&j->rest);
	return j->found ? 0 : record_no_place(err);
}

static void json_free(struct record_reader *r)
{
	struct json_reader *j = CONTAINER_OF(r, struct json_reader, base);

	arena_release(&j->arena);
	buf_release(&j->record);
	buf_release(&j->rest);
	free(j);
}

static int json_open(struct record_reader **out,
		     const struct record_shape *shape, struct err *err)
{
	struct json_reader *j = mem_new(sizeof(*j));

	j->keyed = shape->keyed;
	arena_init(&j->arena, PATH_MEMORY);
	buf_init(&j->record, RECORD_MAX_BYTES);
	buf_init(&j->rest, RECORD_MAX_REST);
	if (json_path_compile(&j->items, &j->arena, shape->items, err) < 0) {
		json_free(&j->base);
		return -1;
	}
	*out = &j->base;
	return 0;
}

const struct record_ops record_json = {
	.open = json_open,
	.feed = json_feed,
	.end = json_end,
	.free = json_free,
};
