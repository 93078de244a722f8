/* Next links: where they lead, and whether they may. */
#include "address.h"
#include "base/assert.h"
#include "base/buf.h"
#include "form.h"
#include "paging_turn.h"
#include "parts.h"

#define ADDRESS_MAX 6000 /* bytes: it is part of a state */

static bool is_web(struct str s)
{
	return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
}

static struct str without_fragment(struct str text)
{
	struct str head;

	(void)str_cut(&text, '#', &head);
	return head;
}

static void add_separator(struct buf *out)
{
	bool query = out->len && memchr(out->data, '?', out->len);

	buf_add_char(out, query ? '&' : '?');
}

/* A cursor where a link might stand. */
static bool is_bare(struct str link, const char *parameter)
{
	return parameter && link.len && !is_web(link) && link.ptr[0] != '/' &&
	       link.ptr[0] != '?';
}

/* Make it absolute; false when it is no link. */
static bool resolve(const struct address *call, struct str link,
		    const char *parameter, struct buf *out)
{
	if (is_bare(link, parameter)) {
		buf_add_str(out, call->origin);
		buf_add_str(out, call->path);
		add_separator(out);
		buf_addf(out, "%s=", parameter);
		add_escaped(out, link);
		return true;
	}
	if (!address_is_clean(link))
		return false;
	link = without_fragment(link);
	if (is_web(link)) {
		buf_add_str(out, link);
		return true;
	}
	if (!link.len || str_starts(link, STR("//")))
		return false;
	buf_add_str(out, call->origin);
	if (link.ptr[0] == '?')
		buf_add_str(out, call->path);
	buf_add_str(out, link);
	return link.ptr[0] == '/' || link.ptr[0] == '?';
}

/* Whether a query has a parameter of this name, however it is spelt. */
static struct str name_of(struct str pair, struct arena *a)
{
	struct str name;

	(void)str_cut(&pair, '=', &name);
	return form_decode(name, a);
}

static bool has_parameter(struct str query, struct str pair, struct arena *a)
{
	struct str name = name_of(pair, a), one;

	while (query.len) {
		(void)str_cut(&query, '&', &one);
		if (str_eq(name_of(one, a), name))
			return true;
	}
	return false;
}

static void add_missing(struct str call_query, struct buf *out, struct arena *a)
{
	struct str query = address_split(buf_str(out)).query;
	struct str pair, known = arena_dup(a, query);

	while (call_query.len) {
		(void)str_cut(&call_query, '&', &pair);
		if (!pair.len || has_parameter(known, pair, a))
			continue;
		add_separator(out);
		buf_add_str(out, pair);
	}
}

static int check(const struct paging_turn *t, const struct address *call,
		 const struct buf *made, struct err *err)
{
	if (made->failed)
		return err_set(err, ERR_INVALID,
			       "the HRIS's next link has more than %d bytes",
			       ADDRESS_MAX);
	/* The credentials go with it. */
	if (!address_may_go(call->origin, address_split(buf_str(made)).origin,
			    t->around->m->fetch.redirects))
		return err_set(err, ERR_INVALID,
			       "the HRIS's next link leads to another host");
	return 0;
}

int next_address_of(const struct paging_turn *t, struct str link,
		    struct str *out, struct err *err)
{
	const struct paging *p = &t->list->paging;
	struct arena *a = t->around->arena;
	struct str call_text;
	struct address call;
	struct buf made;
	int res = -1;

	if (call_url(t->m, t->ctx, &t->list->call, t->values, a, &call_text,
		     err) < 0)
		return -1;
	call = address_split(call_text);
	buf_init(&made, ADDRESS_MAX);
	if (!resolve(&call, link, p->parameter, &made)) {
		(void)err_set(err, ERR_INVALID,
			      "the HRIS's next link is not one");
	} else {
		if (p->complete || is_bare(link, p->parameter))
			add_missing(call.query, &made, a);
		res = check(t, &call, &made, err);
	}
	if (res == 0) {
		*out = arena_dup(a, buf_str(&made));
		res = out->ptr ? 0 : arena_full(a, err);
	}
	buf_release(&made);
	return res;
}

/* --------------------------------------------------------------- RFC 8288 */

/* Relations are a list of words, in quotes or not. */
static bool has_relation(struct str parameters, const char *rel)
{
	struct str one, name, word;

	while (parameters.len) {
		(void)str_cut(&parameters, ';', &one);
		if (!str_cut(&one, '=', &name) ||
		    !str_eq_nocase(str_trim(name), STR("rel")))
			continue;
		one = str_trim(one);
		if (one.len >= 2 && one.ptr[0] == '"' &&
		    one.ptr[one.len - 1] == '"')
			one = (struct str){ one.ptr + 1, one.len - 2 };
		while (one.len) {
			(void)str_cut(&one, ' ', &word);
			if (str_eq_nocase(word, str_of(rel)))
				return true;
		}
	}
	return false;
}

/* The end of a link's parameters: a comma that is not in quotes. */
static size_t parameters_len(struct str s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.len && (quoted || s.ptr[i] != ','); i++)
		if (s.ptr[i] == '"')
			quoted = !quoted;
	return i;
}

struct str link_target(struct str header, const char *rel)
{
	struct str target;

	while (str_cut(&header, '<', &target) &&
	       str_cut(&header, '>', &target)) {
		size_t len = parameters_len(header);

		if (has_relation((struct str){ header.ptr, len }, rel))
			return str_trim(target);
		header = (struct str){ header.ptr + len, header.len - len };
	}
	return str_none();
}
