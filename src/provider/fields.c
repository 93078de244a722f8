/* What an admin enters: the words of "credentials" and "settings". */
#include "fields.h"

#include "base/assert.h"
#include "parts.h"
#include "setting_check.h"
#include "when.h"

#define NAME_MAX_BYTES 32
#define FIELDS_MAX     24		  /* credentials, and settings */
#define CHOICES_MAX    16		  /* of a setting */
#define NUMBER_MAX     1000000000000000LL /* of a setting */

enum { FOR_API, FOR_WEBHOOK };

static const struct load_name purposes[] = {
	[FOR_API] = { "api" },
	[FOR_WEBHOOK] = { "webhook" },
};

static const struct load_name setting_kinds[] = {
	[SETTING_TEXT] = { "text" },
	[SETTING_DNS_LABEL] = { "dns-label" },
	[SETTING_BASE_URL] = { "base-url" },
	[SETTING_HOST] = { "host" },
	[SETTING_CHOICE] = { "choice" },
	[SETTING_NUMBER] = { "number" },
	[SETTING_BOOL] = { "bool" },
	[SETTING_HEADER] = { "header-name" },
};

static const struct load_words purpose_words = LOAD_WORDS(purposes);
static const struct load_words setting_words = LOAD_WORDS(setting_kinds);

bool name_is_good(const char *z)
{
	size_t len = strlen(z);

	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", z[i]))
			return false;
	return len > 0 && len <= NAME_MAX_BYTES;
}

int load_name(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	if (load_z(l, v, out, arg) < 0)
		return -1;
	if (!name_is_good(*(const char **)out))
		return load_fail(l, "is not 1 to %d of a-z, 0-9, '-' and '_'",
				 NAME_MAX_BYTES);
	return 0;
}

int load_name_of(struct loader *l, const struct json *v, void *out,
		 const void *arg)
{
	struct str name = arena_dup(l->arena, json_key(v));

	(void)arg;
	if (!name.ptr || !name_is_good(name.ptr))
		return load_fail(l,
				 "a name is 1 to %d of a-z, 0-9, '-' and "
				 "'_'",
				 NAME_MAX_BYTES);
	*(const char **)out = name.ptr;
	return 0;
}

static int load_purpose(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	unsigned row;

	if (load_word(l, v, &row, arg) < 0)
		return -1;
	*(bool *)out = row == FOR_WEBHOOK;
	return 0;
}

static int load_condition(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct when *w = load_alloc(l, 1, sizeof(*w));

	if (!w || load_when(l, v, w, arg) < 0)
		return -1;
	*(const struct when **)out = w;
	return 0;
}

#define CREDENTIAL(member) offsetof(struct credential_field, member)

static const struct load_key credential_keys[] = {
	{ "name", load_name, CREDENTIAL(name), NULL, true },
	{ "label", load_z, CREDENTIAL(label), NULL, true },
	{ "help", load_z, CREDENTIAL(help), NULL, true },
	{ "secret", load_bool, CREDENTIAL(secret), NULL, false },
	{ "required", load_bool, CREDENTIAL(required), NULL, false },
	{ "for", load_purpose, CREDENTIAL(webhook), &purpose_words, true },
	{ "when", load_condition, CREDENTIAL(when), NULL, false },
};

static int load_credential(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	struct credential_field *c = out;

	(void)arg;
	c->secret = true;
	c->required = true;
	return load_object(l, v, credential_keys, ARRAY_LEN(credential_keys),
			   c);
}

const struct load_items load_credentials = {
	.load = load_credential,
	.size = sizeof(struct credential_field),
	.max = FIELDS_MAX,
};

static int load_kind(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	unsigned row;

	if (load_word(l, v, &row, arg) < 0)
		return -1;
	*(enum setting_kind *)out = (enum setting_kind)row;
	return 0;
}

const char *setting_kind_name(enum setting_kind k)
{
	return setting_kinds[k].name;
}

#define SETTING(member) offsetof(struct setting_field, member)

static const struct load_range any_number = { -NUMBER_MAX, NUMBER_MAX };

static const struct load_items choices = {
	.load = load_z,
	.size = sizeof(const char *),
	.max = CHOICES_MAX,
};

static int load_choices(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	struct setting_field *s = out;
	struct list list;

	(void)arg;
	if (load_list(l, v, &list, &choices) < 0)
		return -1;
	s->choices = list.items;
	s->choice_count = list.count;
	return 0;
}

static const struct load_key setting_keys[] = {
	{ "name", load_name, SETTING(name), NULL, true },
	{ "label", load_z, SETTING(label), NULL, true },
	{ "help", load_z, SETTING(help), NULL, true },
	{ "as", load_kind, SETTING(kind), &setting_words, true },
	{ "choices", load_choices, 0, NULL, false },
	{ "min", load_int, SETTING(min), &any_number, false },
	{ "max", load_int, SETTING(max), &any_number, false },
	{ "default", load_z, SETTING(fallback), NULL, false },
	{ "required", load_bool, SETTING(required), NULL, false },
};

static int check_kind(struct loader *l, const struct json *v,
		      const struct setting_field *s)
{
	bool number = s->kind == SETTING_NUMBER;

	if ((s->kind == SETTING_CHOICE) != (s->choice_count > 0))
		return load_fail(l, "'choices' are for the kind choice, which "
				    "needs them");
	if (!number && (json_get(v, "min") || json_get(v, "max")))
		return load_fail(l, "'min' and 'max' are for the kind number");
	if (number && s->min > s->max)
		return load_fail(l, "'min' is larger than 'max'");
	return 0;
}

static int load_setting(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	struct setting_field *s = out;
	struct err why = { .kind = ERR_NONE };

	(void)arg;
	s->max = NUMBER_MAX;
	if (load_object(l, v, setting_keys, ARRAY_LEN(setting_keys), s) < 0 ||
	    check_kind(l, v, s) < 0)
		return -1;
	if (s->fallback && s->required)
		return load_fail(l, "has a default, so it is not required");
	if (s->fallback && setting_check(s, str_of(s->fallback), &why) < 0)
		return load_fail(l, "%s", why.text);
	return 0;
}

const struct load_items load_settings = {
	.load = load_setting,
	.size = sizeof(struct setting_field),
	.max = FIELDS_MAX,
};

/* ---------------------------------------------------------------- asking */

size_t manifest_credential_count(const struct manifest *m)
{
	return m->credentials.count;
}

const struct credential_field *manifest_credential(const struct manifest *m,
						   size_t i)
{
	const struct credential_field *list = m->credentials.items;

	ASSERT(i < m->credentials.count);
	return &list[i];
}

bool manifest_needs_credential(const struct manifest *m, size_t i,
			       const struct json *settings)
{
	const struct credential_field *c = manifest_credential(m, i);
	const struct fetch_context ctx = { .settings = settings };

	return c->required && (!c->when || when_holds(c->when, m, &ctx));
}

size_t manifest_setting_count(const struct manifest *m)
{
	return m->settings.count;
}

const struct setting_field *manifest_setting(const struct manifest *m, size_t i)
{
	const struct setting_field *list = m->settings.items;

	ASSERT(i < m->settings.count);
	return &list[i];
}

int manifest_check_setting(const struct manifest *m, size_t i, struct str value,
			   struct err *err)
{
	return setting_check(manifest_setting(m, i), value, err);
}
