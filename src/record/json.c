/*
 * JSON: from the root down to the list of records each level is walked, byte
 * by byte; every other value is skipped over by json_scan, into the record or
 * into what surrounds the records.
 */
#include "format.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/mem.h"
#include "json_scan.h"
#include "json/json.h"

#include <stdlib.h>

#define PATH_MEMORY  65536
#define BOM_LEN	     3
#define KEYED_KEY    "{\"key\":"
#define KEYED_VALUE  ",\"value\":"
#define ESCAPED_MOST 6 /* bytes that a key's byte may be written as */

enum state {
	WANT_VALUE,
	WANT_KEY,
	IN_KEY,
	WANT_COLON,
	IN_VALUE,
	WANT_NEXT, /* a comma, or the end of the level */
	AT_END,	   /* after the document */
	STATE_COUNT
};

struct level {
	bool is_object;
	uint64_t index; /* of an array's value */
};

struct json_reader {
	struct record_reader base;
	struct arena arena; /* of items */
	const struct json_path *items;
	bool keyed;
	bool found;	 /* items */
	unsigned bom;	 /* bytes seen of a byte order mark, or all of it */
	bool fresh;	 /* the level has just been opened: it may end */
	bool is_items;	 /* the value under way stands where items should */
	bool is_on_path; /* the key just read is the path's next */
	enum state state;
	struct level levels[JSON_PATH_MAX + 1]; /* walked, and open */
	size_t depth;
	struct json_scan scan;
	const unsigned char *first; /* of this feed */
	size_t key_at;		    /* in rest */
	size_t value_at;	    /* in rest */
	struct buf record;	    /* as much as earlier feeds had of it */
	struct buf rest;
};

/* ------------------------------------------------------------------ errors */

static int refuse(struct json_reader *j, const unsigned char *at,
		  const char *what, struct err *err)
{
	return err_set(err, ERR_INVALID, "byte %llu: %s",
		       (unsigned long long)j->base.offset +
			       (unsigned long long)(at - j->first),
		       what);
}

static int refuse_scan(struct json_reader *j, const unsigned char *at,
		       struct err *err)
{
	(void)refuse(j, at, j->scan.wrong, err);
	if (j->scan.too_deep)
		return err_set(err, ERR_LIMIT,
			       "record %zu is nested deeper than %d levels",
			       j->base.count + 1, RECORD_MAX_DEPTH);
	return -1;
}

/* -------------------------------------------------------------- the places */

/* At a record, its key, or what separates records. */
static bool is_inside(const struct json_reader *j)
{
	return j->depth == json_path_size(j->items) + 1;
}

static struct level *level_of(struct json_reader *j)
{
	return &j->levels[j->depth - 1];
}

/* The parts of the path down to the open level have matched: else it is not
 * walked. Does the value about to start match the next? */
static bool is_next_part(struct json_reader *j)
{
	char digits[STR_NUMBER_SIZE];

	if (j->depth == 0 || level_of(j)->is_object)
		return j->depth == 0 || j->is_on_path;
	return str_eq(str_of_u64(level_of(j)->index, digits),
		      json_path_key(j->items, j->depth - 1));
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

static void keep(struct json_reader *j, unsigned char c)
{
	if (!is_inside(j))
		buf_add_char(&j->rest, (char)c);
}

/* ------------------------------------------------------------------ values */

static void open_level(struct json_reader *j, unsigned char c)
{
	ASSERT(j->depth < ARRAY_LEN(j->levels));
	keep(j, c);
	j->levels[j->depth++] = (struct level){ .is_object = c == '{' };
	j->fresh = true;
	j->state = c == '{' ? WANT_KEY : WANT_VALUE;
}

static void close_level(struct json_reader *j, unsigned char c)
{
	j->depth--;
	keep(j, c);
	j->state = j->depth ? WANT_NEXT : AT_END;
}

static void start_value(struct json_reader *j, unsigned char c)
{
	json_scan_start(&j->scan, c, RECORD_MAX_DEPTH - (unsigned)j->depth);
	j->value_at = j->rest.len;
	j->state = IN_VALUE;
}

static int start_items(struct json_reader *j, const unsigned char *at,
		       struct err *err)
{
	if (j->found)
		return refuse(j, at, "the list of records is there twice", err);
	if (*at == (j->keyed ? '{' : '[')) {
		j->found = true;
		open_level(j, *at);
		return 1;
	}
	if (*at != 'n' && (!j->keyed || *at != '['))
		return refuse(j, at,
			      j->keyed ? "the records are not in an object"
				       : "the records are not in an array",
			      err);
	j->is_items = true;
	start_value(j, *at);
	return 0;
}

/* Each want_… returns how many bytes it has taken, or -1. */
static int want_value(struct json_reader *j, const unsigned char *at,
		      struct err *err)
{
	size_t size = json_path_size(j->items);

	if (*at == ']' && j->fresh && j->depth && !level_of(j)->is_object) {
		close_level(j, *at);
		return 1;
	}
	if (memchr(",:]}", *at, 4))
		return refuse(j, at, "a value is expected", err);
	if (!is_inside(j) && is_next_part(j)) {
		if (j->depth == size)
			return start_items(j, at, err);
		if (*at == '{' || *at == '[') {
			open_level(j, *at);
			return 1;
		}
	}
	start_value(j, *at);
	return 0;
}

static int want_key(struct json_reader *j, const unsigned char *at,
		    struct err *err)
{
	if (*at == '}' && j->fresh) {
		close_level(j, *at);
		return 1;
	}
	if (*at != '"')
		return refuse(j, at, "a key in quotes is expected", err);
	json_scan_start(&j->scan, *at, RECORD_MAX_DEPTH);
	j->key_at = j->rest.len;
	if (is_inside(j))
		buf_add_str(&j->record, STR(KEYED_KEY));
	j->state = IN_KEY;
	return 0;
}

static int want_colon(struct json_reader *j, const unsigned char *at,
		      struct err *err)
{
	if (*at != ':')
		return refuse(j, at, "':' is expected", err);
	keep(j, *at);
	j->fresh = false;
	j->state = WANT_VALUE;
	return 1;
}

static int want_next(struct json_reader *j, const unsigned char *at,
		     struct err *err)
{
	bool is_object = level_of(j)->is_object;

	if (*at == (is_object ? '}' : ']')) {
		close_level(j, *at);
		return 1;
	}
	if (*at != ',')
		return refuse(j, at,
			      is_object ? "',' or '}' is expected"
					: "',' or ']' is expected",
			      err);
	keep(j, *at);
	level_of(j)->index++;
	j->fresh = false;
	j->state = is_object ? WANT_KEY : WANT_VALUE;
	return 1;
}

static int want_nothing(struct json_reader *j, const unsigned char *at,
			struct err *err)
{
	return refuse(j, at, "text after the JSON value", err);
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
	buf_add(is_inside(j) ? &j->record : &j->rest, at, (size_t)(end - at));
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
	if (is_inside(j))
		return end_record(j, at, end, err);
	take_span(j, at, end);
	if (!j->is_items)
		return check_room(j, err);
	text = (struct str){ j->rest.data + j->value_at,
			     j->rest.len - j->value_at };
	if (!is_nothing(j, text))
		return refuse(j, at,
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
	if (is_inside(j))
		buf_add_str(&j->record, STR(KEYED_VALUE));
	else
		j->is_on_path =
			is_same_key((struct str){ j->rest.data + j->key_at,
						  j->rest.len - j->key_at },
				    json_path_key(j->items, j->depth - 1));
	return 0;
}

/* ----------------------------------------------------------------- feeding */

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int walk(struct json_reader *j, const unsigned char **at,
		struct err *err)
{
	static int (*const steps[STATE_COUNT])(struct json_reader * j,
					       const unsigned char *at,
					       struct err *err) = {
		[WANT_VALUE] = want_value, [WANT_KEY] = want_key,
		[WANT_COLON] = want_colon, [WANT_NEXT] = want_next,
		[AT_END] = want_nothing,
	};
	int taken;

	if (is_space(**at)) {
		keep(j, *(*at)++);
		return 0;
	}
	taken = steps[j->state](j, *at, err);
	if (taken < 0)
		return -1;
	*at += taken;
	return check_room(j, err);
}

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
		return refuse(j, at, "a value is expected", err);
	while (at < end && result == 0) {
		if (j->state == IN_VALUE)
			result = in_value(j, &at, end, err);
		else if (j->state == IN_KEY)
			result = in_key(j, &at, end, err);
		else
			result = walk(j, &at, err);
	}
	return result;
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
