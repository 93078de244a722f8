#include "changed.h"

#include "base/assert.h"
#include "dates.h"
#include "paging_turn.h"
#include "parts.h"

#define LAG_MAX_S	(7 * 86400)
#define RETENTION_MAX_S (400 * 86400)

static const struct load_range lag_range = { 0, LAG_MAX_S };
static const struct load_range retention_range = { 3600, RETENTION_MAX_S };

#define AT(member) offsetof(struct changed, member)

/* Keys of all schemes. */
#define SCHEME                                            \
	{                                                 \
		"scheme", load_text, AT(word), NULL, true \
	}
#define LISTS                                                     \
	{ "list", load_one_list, AT(lists), NULL, false },        \
	{                                                         \
		"lists", load_list, AT(lists), &load_lists, false \
	}
#define RETENTION                                                           \
	{                                                                   \
		"retention_s", load_int, AT(retention_s), &retention_range, \
			false                                               \
	}
#define TIMES                                                                \
	{ "format", load_word, AT(format), &moment_words, false },           \
		{ "overlap_s", load_int, AT(overlap_s), &lag_range, false }, \
		{ "lag_s", load_int, AT(lag_s), &lag_range, false }, RETENTION

static const struct load_key since_keys[] = {
	SCHEME,
	LISTS,
	TIMES,
};

static const struct load_key sorted_keys[] = {
	SCHEME,
	LISTS,
	{ "at", load_list, AT(at), &load_sources, true },
	{ "overlap_s", load_int, AT(overlap_s), &lag_range, false },
};

static const struct load_key changed_list_keys[] = {
	SCHEME,
	LISTS,
	TIMES,
	{ "rows", load_changed_rows, AT(rows), NULL, true },
	{ "latest", load_list, AT(latest), &load_sources, false },
};

static const struct load_key log_keys[] = {
	SCHEME,
	LISTS,
	TIMES,
	{ "rows", load_changed_rows, AT(rows), NULL, true },
	{ "id", load_list, AT(id), &load_sources, false },
};

static const struct load_key link_keys[] = {
	SCHEME,
	LISTS,
	RETENTION,
	{ "link", load_list, AT(latest), &load_sources, true },
};

static const struct changed_scheme schemes[] = {
	{ .name = "since", .keys = LOAD_TABLE(since_keys), .since = true },
	{ .name = "window",
	  .keys = LOAD_TABLE(since_keys),
	  .since = true,
	  .until = true },
	{ .name = "sorted-stop",
	  .keys = LOAD_TABLE(sorted_keys),
	  .stops = true },
	{ .name = "changed-list",
	  .keys = LOAD_TABLE(changed_list_keys),
	  .since = true,
	  .ids = true },
	{ .name = "event-log",
	  .keys = LOAD_TABLE(log_keys),
	  .ids = true,
	  .marks = true },
	{ .name = "delta-link",
	  .keys = LOAD_TABLE(link_keys),
	  .marks = true,
	  .link = true },
};

static const struct load_words scheme_words = LOAD_WORDS(schemes);

int load_changed(struct loader *l, const struct json *v, void *out,
		 const void *arg)
{
	const struct json *word = json_get(v, "scheme");
	struct changed *c = out;
	unsigned i;

	(void)arg;
	if (!json_is(word, JSON_STRING))
		return load_fail(l, "has no 'scheme'");
	if (!words_find(&scheme_words, json_string(word), &i))
		return load_unknown(l, "scheme", &scheme_words,
				    json_string(word));
	if (json_get(v, "list") && json_get(v, "lists"))
		return load_fail(l, "has 'list' and 'lists'");
	*c = (struct changed){ .scheme = &schemes[i] };
	return load_object(l, v, c->scheme->keys.keys, c->scheme->keys.count,
			   c);
}

static int check_list(struct loader *l, const struct changed *c,
		      const struct read_list *list)
{
	const struct changed_scheme *s = c->scheme;

	if (s->since && !list_uses(list, LIST_SINCE))
		return load_fail(l, "'%s' needs {since} in the call", s->name);
	if (s->until && !list_uses(list, LIST_UNTIL))
		return load_fail(l, "'%s' needs {until} in the call", s->name);
	if (s->link && list->paging.scheme->next != next_address)
		return load_fail(l, "'%s' needs the paging next-url", s->name);
	/* A queue keeps the place itself. */
	if (!s->marks || s->link || list->paging.scheme->next == next_message)
		return 0;
	if (!list_uses(list, LIST_CURSOR) || !c->id.count)
		return load_fail(l, "'%s' needs {cursor} in the call, and 'id'",
				 s->name);
	return 0;
}

int changed_check(struct loader *l, const struct changed *c,
		  const struct list *lists)
{
	const struct read_list *list = lists->items;

	if (!lists->count)
		return load_fail(l, "'changed' needs a list");
	if (c->scheme->ids && !c->lists.count)
		return load_fail(l, "'%s' needs a 'list' of its own",
				 c->scheme->name);
	if ((c->scheme->marks || c->latest.count) && lists->count > 1)
		return load_fail(l, "'%s' reads one list", c->scheme->name);
	for (size_t i = 0; i < lists->count; i++)
		if (check_list(l, c, &list[i]) < 0)
			return -1;
	return 0;
}
