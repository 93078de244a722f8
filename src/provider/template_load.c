/* What a template may say, and the names that it may hold. */
#include "template.h"

#include "base/assert.h"
#include "parts.h"

#define AUTH_NAME "auth"

const struct setting_field *setting_of(const struct manifest *m,
				       struct str name)
{
	for (size_t i = 0; m && i < manifest_setting_count(m); i++)
		if (str_is(name, manifest_setting(m, i)->name))
			return manifest_setting(m, i);
	return NULL;
}

const struct credential_field *credential_of(const struct manifest *m,
					     struct str name)
{
	for (size_t i = 0; m && i < manifest_credential_count(m); i++)
		if (str_is(name, manifest_credential(m, i)->name))
			return manifest_credential(m, i);
	return NULL;
}

bool credential_needed(const struct manifest *m,
		       const struct fetch_context *ctx, const char *name)
{
	for (size_t i = 0; i < manifest_credential_count(m); i++)
		if (!strcmp(manifest_credential(m, i)->name, name))
			return manifest_needs_credential(m, i, ctx->settings);
	return true;
}

static void add_known(struct buf *known, const char *name)
{
	if (known->len)
		buf_add_z(known, ", ");
	buf_add_z(known, name);
}

static int unknown_name(struct loader *l, struct str name)
{
	const struct manifest *m = l->manifest;
	const struct template_place *p = l->place;
	struct buf known;

	buf_init(&known, sizeof(l->err->text));
	if (l->xml)
		add_known(&known, AUTH_NAME);
	for (size_t i = 0; p && i < p->offers.count; i++)
		add_known(&known, words_at(&p->offers, i));
	for (size_t i = 0; m && i < manifest_setting_count(m); i++)
		add_known(&known, manifest_setting(m, i)->name);
	for (size_t i = 0; p && p->secrets && i < manifest_credential_count(m);
	     i++)
		add_known(&known, manifest_credential(m, i)->name);
	load_explain(l, "unknown name '{%.*s}'; known: %s", STR_ARG(name),
		     buf_z(&known));
	buf_release(&known);
	return -1;
}

static int find_from(struct loader *l, struct str name, enum template_from *out)
{
	const struct template_place *p = l->place;
	unsigned row;

	if (l->xml && str_is(name, AUTH_NAME)) {
		*out = TEMPLATE_AUTH;
		l->auth_seen = true;
		return 0;
	}
	if (p && p->needs && str_is(name, p->needs))
		l->needed_seen = true;
	if (p && words_find(&p->offers, name, &row)) {
		*out = TEMPLATE_OFFERED;
		l->offered |= UINT32_C(1) << row;
	} else if (setting_of(l->manifest, name))
		*out = TEMPLATE_SETTING;
	else if (p && p->secrets && credential_of(l->manifest, name))
		*out = TEMPLATE_CREDENTIAL;
	else
		return unknown_name(l, name);
	if (*out == TEMPLATE_CREDENTIAL)
		return load_check_credential(l, name, false);
	return 0;
}

static int add_part(struct loader *l, struct template_part *out,
		    struct str text, bool is_name)
{
	enum template_from from = TEMPLATE_TEXT;

	if (is_name && find_from(l, text, &from) < 0)
		return -1;
	text = arena_dup(l->arena, text);
	if (!text.ptr)
		return load_fail(l, "the manifest needs too much memory");
	*out = (struct template_part){ from, text };
	return 0;
}

/* "a{b}c": a text, a name, a text. A '{' that is none cannot be written. */
static int split(struct loader *l, struct str rest, struct template_part *parts,
		 size_t *count)
{
	bool name = false;

	for (; rest.len || name; name = !name) {
		struct str piece;
		bool cut = str_cut(&rest, name ? '}' : '{', &piece);

		if (name && (!cut || !piece.len))
			return load_fail(l, "has a '{' without its '}'");
		if (piece.len) {
			if (*count == TEMPLATE_MAX_PARTS)
				return load_fail(l, "has more than %d pieces",
						 TEMPLATE_MAX_PARTS);
			if (add_part(l, &parts[(*count)++], piece, name) < 0)
				return -1;
		}
		if (!name && !cut)
			break;
	}
	return 0;
}

int load_template(struct loader *l, const struct json *v, void *out,
		  const void *arg)
{
	struct template_part parts[TEMPLATE_MAX_PARTS];
	struct template_part *kept;
	size_t count = 0;
	const char *z;

	if (load_z(l, v, &z, arg) < 0 ||
	    split(l, json_string(v), parts, &count) < 0)
		return -1;
	kept = load_alloc(l, count, sizeof(*kept));
	if (!kept)
		return -1;
	memcpy(kept, parts, count * sizeof(*kept));
	*(struct list *)out = (struct list){ kept, count };
	return 0;
}

int load_secret_template(struct loader *l, const struct json *v, void *out,
			 const void *arg)
{
	struct str text = json_string(v);
	struct template_part *part;
	const char *name;

	if (text.len && memchr(text.ptr, '{', text.len))
		return load_template(l, v, out, arg);
	part = load_alloc(l, 1, sizeof(*part));
	if (!part || load_api_credential(l, v, &name, NULL) < 0)
		return -1;
	*part = (struct template_part){ TEMPLATE_CREDENTIAL, str_of(name) };
	*(struct list *)out = (struct list){ part, 1 };
	return 0;
}

int load_named(struct loader *l, const struct json *v, void *out,
	       const void *arg)
{
	struct named_template *t = out;
	struct str name = arena_dup(l->arena, json_key(v));

	if (!name.len)
		return load_fail(l, "has no name");
	t->name = name.ptr;
	return load_template(l, v, &t->value, arg);
}
