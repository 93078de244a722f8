/* The words of "paging". */
#include "base/assert.h"
#include "paging_turn.h"
#include "parts.h"

#define AT(member) offsetof(struct paging, member)

static const struct load_name bys[] = {
	[BY_ROWS] = { "rows" },
	[BY_PAGE_SIZE] = { "page_size" },
};

static const struct load_name ends[] = {
	[END_EMPTY] = { "empty" },
	[END_SHORT] = { "short" },
	[END_TOTAL] = { "total" },
};

static const struct load_words by_words = LOAD_WORDS(bys);
static const struct load_words end_words = LOAD_WORDS(ends);
static const struct load_range first_range = { 0, 1 };

static const struct load_key header_keys[] = {
	{ "header", load_z, AT(next_header), NULL, true },
};

/* Places around the rows, or {"header": NAME}. */
static int load_next(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	struct paging *p = out;

	(void)arg;
	if (json_is(v, JSON_OBJECT) && json_get(v, "header"))
		return load_object(l, v, header_keys, ARRAY_LEN(header_keys),
				   p);
	return load_list(l, v, &p->next, &load_sources);
}

static const struct load_name message_names[] = { { MESSAGE_ID_NAME } };

static const struct template_place message_place = {
	.offers = LOAD_WORDS(message_names),
	.needs = MESSAGE_ID_NAME,
};

#define SCHEME                                            \
	{                                                 \
		"scheme", load_text, AT(word), NULL, true \
	}
#define END                                                  \
	{                                                    \
		"end", load_word, AT(end), &end_words, false \
	}

static const struct load_key none_keys[] = { SCHEME };

static const struct load_key page_keys[] = {
	SCHEME,
	{ "first", load_int, AT(first), &first_range, false },
	{ "pages", load_list, AT(pages), &load_sources, false },
	END,
};

static const struct load_key offset_keys[] = {
	SCHEME,
	{ "first", load_int, AT(first), &first_range, false },
	{ "by", load_word, AT(by), &by_words, false },
	END,
};

static const struct load_key cursor_keys[] = {
	SCHEME,
	{ "next", load_next, 0, NULL, true },
};

static const struct load_key address_keys[] = {
	SCHEME,
	{ "next", load_list, AT(next), &load_sources, true },
	{ "parameter", load_z, AT(parameter), NULL, false },
	{ "complete", load_bool, AT(complete), NULL, false },
};

static const struct load_key link_keys[] = {
	SCHEME,
	{ "rel", load_z, AT(rel), NULL, false },
};

static const struct load_key last_id_keys[] = {
	SCHEME,
	{ "id", load_list, AT(id), &load_sources, true },
	END,
};

static const struct load_key queue_keys[] = {
	SCHEME,
	{ "id_header", load_z, AT(next_header), NULL, true },
	{ "acknowledge", load_call, AT(acknowledge), &message_place, true },
};

#define NOTHING LIST_NAME_COUNT

static const struct paging_scheme schemes[] = {
	{ "none", next_none, LOAD_TABLE(none_keys), NOTHING, false },
	{ "page", next_page, LOAD_TABLE(page_keys), LIST_PAGE, false },
	{ "offset", next_offset, LOAD_TABLE(offset_keys), LIST_OFFSET, false },
	{ "cursor", next_cursor, LOAD_TABLE(cursor_keys), LIST_CURSOR, false },
	{ "next-url", next_address, LOAD_TABLE(address_keys), NOTHING, true },
	{ "link-header", next_link, LOAD_TABLE(link_keys), NOTHING, true },
	{ "last-id", next_last_id, LOAD_TABLE(last_id_keys), LIST_CURSOR,
	  false },
	{ "queue", next_message, LOAD_TABLE(queue_keys), NOTHING, false },
};

static const struct load_words scheme_words = LOAD_WORDS(schemes);

const struct paging_scheme *paging_none(void)
{
	return &schemes[0];
}

int load_paging(struct loader *l, const struct json *v, void *out,
		const void *arg)
{
	const struct json *word = json_get(v, "scheme");
	struct paging *p = out;
	unsigned i;

	(void)arg;
	if (!json_is(word, JSON_STRING))
		return load_fail(l, "has no 'scheme'");
	if (!words_find(&scheme_words, json_string(word), &i))
		return load_unknown(l, "scheme", &scheme_words,
				    json_string(word));
	p->scheme = &schemes[i];
	p->rel = "next";
	p->first = p->scheme->next == next_page;
	return load_object(l, v, p->scheme->keys.keys, p->scheme->keys.count,
			   p);
}

int paging_check(struct loader *l, const struct read_list *list)
{
	const struct paging *p = &list->paging;

	if (p->scheme->needs != LIST_NAME_COUNT &&
	    !list_uses(list, p->scheme->needs))
		return load_fail(l, "the paging '%s' needs {%s} in the call",
				 p->scheme->name, list_name(p->scheme->needs));
	if (!list->page_size && (p->end == END_SHORT || p->by == BY_PAGE_SIZE))
		return load_fail(l, "needs 'page_size' to know the last page");
	if (p->end == END_TOTAL && !list->total.from.count &&
	    !list->total.header)
		return load_fail(l, "needs 'total' to know the last page");
	return 0;
}
