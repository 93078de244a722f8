/* The words of "fetch". */
#include "base/assert.h"
#include "canonical.h"
#include "parts.h"
#include "request_words.h"
#include "source.h"

#define TEMPLATE_MAX 8 /* pieces of a text with {names} */
#define HEADERS_MAX  4
#define GONE_MAX     4
#define PERSON_ID    "{" PERSON_ID_NAME "}"

static const struct load_name methods[] = { { "GET" }, { "POST" } };
static const struct load_words method_words = LOAD_WORDS(methods);

const char *method_name(unsigned row)
{
	return methods[row].name;
}

static int add_piece(struct loader *l, struct template_part *out,
		     struct str text, bool name)
{
	struct str copy = arena_dup(l->arena, text);

	if (!copy.ptr)
		return load_fail(l, "the manifest needs too much memory");
	*out = (struct template_part){ copy, name ? copy.ptr : NULL };
	return 0;
}

/* "a{b}c": a text, a name, a text. A '{' that is none cannot be written. */
static int load_template(struct loader *l, const struct json *v, void *out,
			 const void *arg)
{
	struct template_part *parts =
		load_alloc(l, TEMPLATE_MAX, sizeof(*parts));
	struct str rest = json_string(v);
	size_t count = 0;
	bool name = false;
	const char *z;

	if (!parts || load_z(l, v, &z, arg) < 0)
		return -1;
	for (; rest.len || name; name = !name) {
		struct str piece;
		bool cut = str_cut(&rest, name ? '}' : '{', &piece);

		if (name && (!cut || !piece.len))
			return load_fail(l, "has a '{' without its '}'");
		if (!piece.len)
			continue;
		if (count == TEMPLATE_MAX)
			return load_fail(l, "has more than %d pieces",
					 TEMPLATE_MAX);
		if (add_piece(l, &parts[count++], piece, name) < 0)
			return -1;
		if (!name && !cut)
			break;
	}
	*(struct list *)out = (struct list){ parts, count };
	return 0;
}

static int load_header(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct header_template *h = out;
	struct str name = arena_dup(l->arena, json_key(v));

	if (!name.len || strcspn(name.ptr, " :\r\n\t") != name.len)
		return load_fail(l, "is not the name of a header");
	h->name = name.ptr;
	return load_template(l, v, &h->value, arg);
}

static const struct load_items headers = {
	.load = load_header,
	.size = sizeof(struct header_template),
	.max = HEADERS_MAX,
	.members = true,
};

static int load_body(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	struct err why = { .kind = ERR_NONE };

	(void)arg;
	if (!json_is(v, JSON_OBJECT))
		return load_fail(l, "is not an object");
	if (json_canonical(v, l->arena, out, &why) < 0)
		return load_fail(l, "%s", why.text);
	return 0;
}

static const struct load_range status_range = { 400, 499 };

static const struct load_items statuses = {
	.load = load_int,
	.size = sizeof(int64_t),
	.max = GONE_MAX,
	.arg = &status_range,
};

#define AUTH(member) offsetof(struct auth, member)
#define SCHEME                                              \
	{                                                   \
		"scheme", load_text, AUTH(word), NULL, true \
	}

static const struct load_key basic_keys[] = {
	SCHEME,
	{ "user", load_z, AUTH(user), NULL, true },
	{ "password", load_z, AUTH(secret), NULL, false },
	{ "password_text", load_text, AUTH(password), NULL, false },
};

static const struct load_key bearer_keys[] = {
	SCHEME,
	{ "token", load_z, AUTH(secret), NULL, true },
};

static const struct load_key header_keys[] = {
	SCHEME,
	{ "header", load_z, AUTH(header), NULL, true },
	{ "value", load_z, AUTH(secret), NULL, true },
};

struct auth_row {
	struct auth_scheme scheme; /* first: it starts with the name */
	struct load_table keys;
};

static const struct auth_row auth_rows[] = {
	{ { "basic", auth_basic }, LOAD_TABLE(basic_keys) },
	{ { "bearer", auth_bearer }, LOAD_TABLE(bearer_keys) },
	{ { "header", auth_header }, LOAD_TABLE(header_keys) },
};

static const struct load_words auth_words = LOAD_WORDS(auth_rows);

static int load_auth(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	const struct json *word = json_get(v, "scheme");
	struct auth *auth = out;
	unsigned i;

	(void)arg;
	if (!json_is(word, JSON_STRING))
		return load_fail(l, "has no 'scheme'");
	if (!words_find(&auth_words, json_string(word), &i))
		return load_unknown(l, "scheme", &auth_words,
				    json_string(word));
	auth->scheme = &auth_rows[i].scheme;
	if (load_object(l, v, auth_rows[i].keys.keys, auth_rows[i].keys.count,
			auth) < 0)
		return -1;
	if (auth->user && (auth->secret != NULL) == (auth->password.len > 0))
		return load_fail(l, "needs exactly one of password and "
				    "password_text");
	return 0;
}

static const struct load_range delay_range = { 0, 600 };

#define AT(member) offsetof(struct fetch_part, member)

static const struct load_key one_keys[] = {
	{ "method", load_word, AT(method), &method_words, true },
	{ "path", load_template, AT(path), NULL, true },
	{ "body", load_body, AT(body), NULL, false },
	{ "person", load_list, AT(person), &load_sources, true },
	{ "gone", load_list, AT(gone), &statuses, true },
};

static const struct load_table one_table = LOAD_TABLE(one_keys);

static const struct load_key fetch_keys[] = {
	{ "base_url", load_template, AT(base_url), NULL, true },
	{ "auth", load_auth, AT(auth), NULL, true },
	{ "headers", load_list, AT(headers), &headers, false },
	{ "delay_s", load_int, AT(delay_s), &delay_range, false },
	{ "one", load_nested, 0, &one_table, true },
};

const struct load_table load_fetch = LOAD_TABLE(fetch_keys);

static bool is_setting(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < manifest_setting_count(m); i++)
		if (!strcmp(manifest_setting(m, i)->name, name))
			return true;
	return false;
}

/* person is whether {person_id} must be in it, else it must not. */
static int check_template(struct loader *l, const struct manifest *m,
			  const struct list *parts, const char *what,
			  bool person)
{
	const struct template_part *p = parts->items;
	bool found = false;

	for (size_t i = 0; i < parts->count; i++) {
		if (!p[i].name)
			continue;
		if (!strcmp(p[i].name, PERSON_ID_NAME))
			found = true;
		else if (!is_setting(m, p[i].name))
			return load_fail(l,
					 "%s uses the setting '%s', which "
					 "is not declared",
					 what, p[i].name);
	}
	if (found == person)
		return 0;
	return load_fail(l, "%s %s " PERSON_ID, what,
			 person ? "needs" : "must not hold");
}

int fetch_check_names(struct loader *l, const struct manifest *m)
{
	const struct fetch_part *f = &m->fetch;
	const struct header_template *h = f->headers.items;

	if (!m->has_lookup)
		return 0;
	if (check_template(l, m, &f->base_url, "/fetch/base_url", false) < 0 ||
	    check_template(l, m, &f->path, "/fetch/one/path", true) < 0)
		return -1;
	if (((const struct template_part *)f->path.items)->text.ptr[0] != '/')
		return load_fail(l, "/fetch/one/path does not start with '/'");
	for (size_t i = 0; i < f->headers.count; i++)
		if (check_template(l, m, &h[i].value, "/fetch/headers", false) <
		    0)
			return -1;
	return 0;
}
