/* The levels down to the list of records, byte by byte. */
#include "json_reader.h"

#include "base/assert.h"

#define KEYED_KEY "{\"key\":"

int json_refuse(struct json_reader *j, const unsigned char *at,
		const char *what, struct err *err)
{
	return err_set(err, ERR_INVALID, "byte %llu: %s",
		       (unsigned long long)j->base.offset +
			       (unsigned long long)(at - j->first),
		       what);
}

static struct json_level *level_of(struct json_reader *j)
{
	return &j->levels[j->depth - 1];
}

/*
 * The parts of the path down to the open level have matched: else it would not
 * be walked. Does the value about to start match the next?
 */
static bool is_next_part(struct json_reader *j)
{
	char digits[STR_NUMBER_SIZE];

	if (j->depth == 0 || level_of(j)->is_object)
		return j->depth == 0 || j->is_on_path;
	return str_eq(str_of_u64(level_of(j)->index, digits),
		      json_path_key(j->items, j->depth - 1));
}

static void keep(struct json_reader *j, unsigned char c)
{
	if (!json_is_inside(j))
		buf_add_char(&j->rest, (char)c);
}

/* ------------------------------------------------------------------ values */

static void open_level(struct json_reader *j, unsigned char c)
{
	ASSERT(j->depth < ARRAY_LEN(j->levels));
	keep(j, c);
	j->levels[j->depth++] = (struct json_level){ .is_object = c == '{' };
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
		return json_refuse(j, at, "the list of records is there twice",
				   err);
	if (*at == (j->keyed ? '{' : '[')) {
		j->found = true;
		open_level(j, *at);
		return 1;
	}
	if (*at != 'n' && (!j->keyed || *at != '['))
		return json_refuse(j, at,
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
		return json_refuse(j, at, "a value is expected", err);
	if (!json_is_inside(j) && is_next_part(j)) {
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
		return json_refuse(j, at, "a key in quotes is expected", err);
	json_scan_start(&j->scan, *at, RECORD_MAX_DEPTH);
	j->key_at = j->rest.len;
	if (json_is_inside(j))
		buf_add_str(&j->record, STR(KEYED_KEY));
	j->state = IN_KEY;
	return 0;
}

static int want_colon(struct json_reader *j, const unsigned char *at,
		      struct err *err)
{
	if (*at != ':')
		return json_refuse(j, at, "':' is expected", err);
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
		return json_refuse(j, at,
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
	return json_refuse(j, at, "text after the JSON value", err);
}

/* ----------------------------------------------------------------- walking */

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int json_walk(struct json_reader *j, const unsigned char **at, struct err *err)
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
	return 0;
}
