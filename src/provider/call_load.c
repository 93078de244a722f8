/* The words of a call. */
#include "call.h"

#include "auth.h"
#include "base/assert.h"
#include "parts.h"
#include "source.h"
#include "token.h"

#define QUERY_MAX     24
#define HEADERS_MAX   8
#define FORM_MAX      24
#define XML_LINES_MAX 64
#define GONE_MAX      4
#define EQUALS_MAX    8

static const struct load_name methods[] = {
	{ "GET" }, { "POST" }, { "PUT" }, { "PATCH" }, { "DELETE" },
};

static const struct load_name formats[] = {
	[CALL_FORMAT_JSON] = { "json" },
	[CALL_FORMAT_XML] = { "xml" },
	[CALL_FORMAT_CSV] = { "csv" },
	[CALL_FORMAT_NONE] = { "none" },
};

static const struct load_words method_words = LOAD_WORDS(methods);
static const struct load_words format_words = LOAD_WORDS(formats);

const char *method_name(unsigned row)
{
	return methods[row].name;
}

/* ----------------------------------------------------------------- address */

static const struct template_part *first_part(const struct list *t)
{
	return t->items;
}

static int load_path(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	if (load_template(l, v, out, arg) < 0)
		return -1;
	if (first_part(out)->text.ptr[0] != '/' ||
	    first_part(out)->from != TEMPLATE_TEXT)
		return load_fail(l, "does not start with '/'");
	return 0;
}

static bool is_base_setting(const struct loader *l,
			    const struct template_part *p)
{
	const struct setting_field *f = setting_of(l->manifest, p->text);

	return p->from == TEMPLATE_SETTING && f && f->kind == SETTING_BASE_URL;
}

int load_address(struct loader *l, const struct json *v, void *out,
		 const void *arg)
{
	const struct template_part *p;

	if (load_template(l, v, out, arg) < 0)
		return -1;
	p = first_part(out);
	if (is_base_setting(l, p))
		return 0;
	if (p->from == TEMPLATE_TEXT && str_starts(p->text, STR("https://")))
		return 0;
	return load_fail(l, "starts neither with https:// nor with a setting "
			    "of the kind base-url");
}

/* ------------------------------------------------------------------- parts */

static const struct load_items query_items = {
	.load = load_named,
	.size = sizeof(struct named_template),
	.max = QUERY_MAX,
	.members = true,
};

static const struct load_items form_items = {
	.load = load_named,
	.size = sizeof(struct named_template),
	.max = FORM_MAX,
	.members = true,
};

static int load_header(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct str name = json_key(v);

	if (!name.len || memchr(name.ptr, '\0', name.len))
		return load_fail(l, "is not the name of a header");
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] >= 0x7f ||
		    name.ptr[i] == ':')
			return load_fail(l, "is not the name of a header");
	return load_named(l, v, out, arg);
}

const struct load_items load_headers = {
	.load = load_header,
	.size = sizeof(struct named_template),
	.max = HEADERS_MAX,
	.members = true,
};

static const struct load_items line_items = {
	.load = load_template,
	.size = sizeof(struct list),
	.max = XML_LINES_MAX,
	.one = true,
};

/* A line, or a list of lines that stand there once per person. */
static int load_block(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct xml_block *b = out;

	(void)arg;
	b->each = json_is(v, JSON_ARRAY);
	return load_list(l, v, &b->lines, &line_items);
}

static const struct load_items block_items = {
	.load = load_block,
	.size = sizeof(struct xml_block),
	.max = XML_LINES_MAX,
};

static int load_xml(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	int res;

	(void)arg;
	l->xml = true;
	res = load_list(l, v, out, &block_items);
	l->xml = false;
	return res;
}

/* As it would stand in JSON, without the quotes of a text. */
static int load_scalar(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct str text = json_text(v);

	(void)arg;
	if (json_is(v, JSON_BOOL))
		text = json_true(v) ? STR("true") : STR("false");
	text = arena_dup(l->arena, text);
	if (!text.len)
		return load_fail(l, "is neither a text, a number, true nor "
				    "false");
	*(struct str *)out = text;
	return 0;
}

static const struct load_items equals_items = {
	.load = load_scalar,
	.size = sizeof(struct str),
	.max = EQUALS_MAX,
	.one = true,
};

#define OK(member) offsetof(struct call_ok, member)

static const struct load_key ok_keys[] = {
	{ "at", load_list, OK(at), &load_sources, true },
	{ "equals", load_list, OK(equals), &equals_items, true },
};

const struct load_table load_call_ok = LOAD_TABLE(ok_keys);

static const struct load_range status_range = { 400, 499 };

static const struct load_items statuses = {
	.load = load_int,
	.size = sizeof(int64_t),
	.max = GONE_MAX,
	.arg = &status_range,
};

static int load_token_name(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	const struct load_words words = token_words(l->manifest);
	unsigned row;

	(void)arg;
	if (load_word(l, v, &row, &words) < 0)
		return -1;
	*(const char **)out = words_at(&words, row);
	return 0;
}

/* ------------------------------------------------------------------- whole */

#define AT(member) offsetof(struct call_part, member)

static const struct load_key call_keys[] = {
	{ "method", load_word, AT(method), &method_words, false },
	{ "path", load_path, AT(path), NULL, false },
	{ "url", load_address, AT(url), NULL, false },
	{ "query", load_list, AT(query), &query_items, false },
	{ "headers", load_list, AT(headers), &load_headers, false },
	{ "body", load_json_body, AT(json), NULL, false },
	{ "form", load_list, AT(form), &form_items, false },
	{ "xml", load_xml, AT(xml), NULL, false },
	{ "token", load_token_name, AT(token), NULL, false },
	{ "format", load_word, AT(format), &format_words, false },
	{ "ok", load_nested, AT(ok), &load_call_ok, false },
	{ "gone", load_list, AT(gone), &statuses, false },
};

static int check_body(struct loader *l, struct call_part *c)
{
	int kinds =
		(c->json != NULL) + (c->form.count > 0) + (c->xml.count > 0);

	if (kinds > 1)
		return load_fail(l, "has more than one of body, form, xml");
	if (c->json)
		c->body_kind = CALL_JSON;
	else if (c->form.count)
		c->body_kind = CALL_FORM;
	else if (c->xml.count)
		c->body_kind = CALL_XML;
	return 0;
}

/* A call that an auth of the manifest could not be put into. */
static int check_auth(struct loader *l, const struct call_part *c)
{
	const struct list *auths = &l->manifest->fetch.auth;

	if (c->body_kind == CALL_XML && auths_have(auths, AUTH_IN_XML) &&
	    !l->auth_seen)
		return load_fail(l, "'xml' needs {auth} where the auth goes");
	if (c->body_kind != CALL_JSON && auths_have(auths, AUTH_IN_BODY))
		return load_fail(l, "needs 'body', which the auth is a part "
				    "of");
	return 0;
}

static int check_call(struct loader *l, struct call_part *c)
{
	if ((c->path.count > 0) == (c->url.count > 0))
		return load_fail(l, "needs exactly one of path and url");
	if (check_body(l, c) < 0)
		return -1;
	if (l->place->needs && !l->needed_seen)
		return load_fail(l, "needs {%s}", l->place->needs);
	if (l->place->secrets && c->token)
		return load_fail(l, "gets a token, and so cannot use one");
	return l->place->secrets ? 0 : check_auth(l, c);
}

#define GROUPS_MAX 4

int load_call_groups(struct loader *l, const struct json *v,
		     const struct template_place *place, struct call_part *call,
		     const struct load_group *more, size_t count)
{
	struct load_group groups[GROUPS_MAX] = {
		{ call_keys, ARRAY_LEN(call_keys), call },
	};
	const struct loader outer = *l;

	ASSERT(count < GROUPS_MAX);
	for (size_t i = 0; i < count; i++)
		groups[i + 1] = more[i];
	l->place = place;
	l->auth_seen = l->needed_seen = false;
	l->offered = 0;
	if (load_groups(l, v, groups, count + 1) < 0 || check_call(l, call) < 0)
		return -1;
	call->uses = l->offered;
	l->place = outer.place; /* a call may stand within another */
	l->auth_seen = outer.auth_seen;
	l->needed_seen = outer.needed_seen;
	l->offered = outer.offered;
	return 0;
}

int load_call_with(struct loader *l, const struct json *v,
		   const struct template_place *place, struct call_part *call,
		   const struct load_key *more, size_t count, void *out)
{
	const struct load_group group = { more, count, out };

	return load_call_groups(l, v, place, call, &group, 1);
}

int load_call(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	return load_call_with(l, v, arg, out, NULL, 0, NULL);
}
