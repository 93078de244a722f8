#include "params.h"

#include "base/buf.h"
#include "http/router.h"

#define SHOWN_MAX 60 /* bytes of a name in an error */

/* Decoded, in the arena. */
static int decode_part(struct str text, struct arena *a, struct str *out,
		       struct err *err)
{
	struct buf b;
	int result = 0;

	buf_init(&b, PARAMS_MAX_BYTES);
	if (!http_url_decode(text, true, &b))
		result = err_set(err, ERR_INVALID,
				 "the query is not well percent-encoded");
	else
		*out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	if (result == 0 && !out->ptr)
		result = arena_full(a, err);
	return result;
}

static int take_pair(struct str pair, const struct param *fields, size_t count,
		     bool *seen, struct arena *a, struct err *err)
{
	struct str rest = pair;
	struct str name;
	size_t i = 0;

	if (!str_cut(&rest, '=', &name))
		rest = (struct str){ 0 };
	if (decode_part(name, a, &name, err) < 0)
		return -1;
	while (i < count && !str_is(name, fields[i].name))
		i++;
	if (i == count)
		return err_set(err, ERR_INVALID, "there is no parameter '%.*s'",
			       name.len > SHOWN_MAX ? SHOWN_MAX : (int)name.len,
			       name.ptr);
	if (seen[i])
		return err_set(err, ERR_INVALID,
			       "parameter '%s' is given twice", fields[i].name);
	seen[i] = true;
	return decode_part(rest, a, fields[i].value, err);
}

int params_parse(struct str query, const struct param *fields, size_t count,
		 struct arena *a, struct err *err)
{
	bool *seen = arena_zalloc(a, count, sizeof(*seen));
	bool more = query.len > 0;

	if (!seen)
		return arena_full(a, err);
	if (query.len > PARAMS_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "the query is longer than %d bytes",
			       PARAMS_MAX_BYTES);
	while (more) {
		struct str pair;

		more = str_cut(&query, '&', &pair);
		if (pair.len &&
		    take_pair(pair, fields, count, seen, a, err) < 0)
			return -1;
	}
	return 0;
}

int params_limit(struct str text, size_t most, size_t *out, struct err *err)
{
	uint64_t n;

	if (!text.ptr)
		return 0;
	if (!str_to_u64(text, &n) || n < 1 || n > most)
		return err_set(err, ERR_INVALID, "limit must be 1 to %zu",
			       most);
	*out = (size_t)n;
	return 0;
}
