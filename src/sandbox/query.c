#include "query.h"

#include "base/buf.h"
#include "http/router.h"

#define TEXT_MAX 16384 /* more than a request line can hold */

static int decoded(struct str raw, struct arena *a, struct str *out,
		   struct err *err)
{
	struct buf b;
	bool fine;

	buf_init(&b, TEXT_MAX);
	fine = http_url_decode(raw, true, &b);
	if (fine)
		*out = arena_dup(a, buf_str(&b));
	buf_release(&b);
	if (!fine)
		return err_set(err, ERR_INVALID,
			       "the query is not percent-encoded correctly");
	return out->ptr ? 0 : arena_full(a, err);
}

int query_parse(struct query *q, struct arena *a, struct str text,
		struct err *err)
{
	q->count = 0;
	while (text.len > 0) {
		struct str pair, name;
		size_t i = q->count;

		(void)str_cut(&text, '&', &pair);
		if (pair.len == 0)
			continue;
		if (i == QUERY_MAX)
			return err_set(err, ERR_LIMIT,
				       "more than %d query parameters",
				       QUERY_MAX);
		(void)str_cut(&pair, '=', &name);
		if (decoded(name, a, &q->items[i].name, err) < 0 ||
		    decoded(pair, a, &q->items[i].value, err) < 0)
			return -1;
		q->count++;
	}
	return 0;
}

struct str query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (str_is(q->items[i].name, name))
			return q->items[i].value;
	return (struct str){ 0 };
}

int query_number(const struct query *q, const char *name, uint64_t fallback,
		 uint64_t min, uint64_t max, uint64_t *out, struct err *err)
{
	struct str text = query_get(q, name);
	uint64_t n = fallback;

	if (text.ptr && (!str_to_u64(text, &n) || n < min || n > max))
		return err_set(
			err, ERR_INVALID, "%s: a number from %llu to %llu",
			name, (unsigned long long)min, (unsigned long long)max);
	*out = n;
	return 0;
}

bool query_lists(struct str list, struct str item)
{
	while (list.len > 0) {
		struct str one;

		(void)str_cut(&list, ',', &one);
		if (str_eq(str_trim(one), item))
			return true;
	}
	return false;
}
