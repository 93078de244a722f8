/* The top of the manifest language: reading the whole, and what it says. */
#include "provider/manifest.h"

#include "base/assert.h"
#include "base/mem.h"
#include "parts.h"
#include "setting_check.h"
#include "source.h"

#include <stdlib.h>

#define MANIFEST_MAX_BYTES  65536
#define MANIFEST_MAX_DEPTH  16
#define MANIFEST_MAX_VALUES 4096
#define MANIFEST_MAX_MEMORY (1 << 20) /* compiled, beside the parsed text */
#define NAME_MAX_BYTES	    32
#define FIELDS_MAX	    16 /* credentials, and settings */

static const struct json_limits limits = {
	MANIFEST_MAX_BYTES,
	MANIFEST_MAX_DEPTH,
	MANIFEST_MAX_VALUES,
};

enum { FOR_API, FOR_WEBHOOK };

static const struct load_name purposes[] = {
	[FOR_API] = { "api" },
	[FOR_WEBHOOK] = { "webhook" },
};

static const struct load_name bodies[] = {
	[BODY_JSON] = { "json" },
	[BODY_FORM] = { "form" },
	[BODY_JSON_OR_FORM] = { "json-or-form" },
};

static const struct load_name unreadables[] = {
	[UNREADABLE_KEEP] = { "keep" },
	[UNREADABLE_REFUSE] = { "refuse" },
};

static const struct load_name too_manys[] = {
	[TOO_MANY_DEFER] = { "defer" },
	[TOO_MANY_REFUSE] = { "refuse" },
};

static const struct load_name setting_kinds[] = {
	[SETTING_TEXT] = { "text" },
	[SETTING_DNS_LABEL] = { "dns-label" },
	[SETTING_BASE_URL] = { "base-url" },
};

static const struct load_words purpose_words = LOAD_WORDS(purposes);
static const struct load_words body_words = LOAD_WORDS(bodies);
static const struct load_words unreadable_words = LOAD_WORDS(unreadables);
static const struct load_words too_many_words = LOAD_WORDS(too_manys);
static const struct load_words setting_words = LOAD_WORDS(setting_kinds);

static bool is_name(const char *z)
{
	size_t len = strlen(z);

	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", z[i]))
			return false;
	return len > 0 && len <= NAME_MAX_BYTES;
}

static int load_name(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	if (load_z(l, v, out, arg) < 0)
		return -1;
	if (!is_name(*(const char **)out))
		return load_fail(l, "is not 1 to %d of a-z, 0-9, '-' and '_'",
				 NAME_MAX_BYTES);
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

#define CREDENTIAL(member) offsetof(struct credential_field, member)

static const struct load_key credential_keys[] = {
	{ "name", load_name, CREDENTIAL(name), NULL, true },
	{ "label", load_z, CREDENTIAL(label), NULL, true },
	{ "help", load_z, CREDENTIAL(help), NULL, true },
	{ "secret", load_bool, CREDENTIAL(secret), NULL, false },
	{ "required", load_bool, CREDENTIAL(required), NULL, false },
	{ "for", load_purpose, CREDENTIAL(webhook), &purpose_words, true },
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

static const struct load_items credentials = {
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

#define SETTING(member) offsetof(struct setting_field, member)

static const struct load_key setting_keys[] = {
	{ "name", load_name, SETTING(name), NULL, true },
	{ "label", load_z, SETTING(label), NULL, true },
	{ "help", load_z, SETTING(help), NULL, true },
	{ "as", load_kind, SETTING(kind), &setting_words, true },
	{ "default", load_z, SETTING(fallback), NULL, false },
	{ "required", load_bool, SETTING(required), NULL, false },
};

static int load_setting(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	struct setting_field *s = out;
	struct err why = { .kind = ERR_NONE };

	(void)arg;
	if (load_object(l, v, setting_keys, ARRAY_LEN(setting_keys), s) < 0)
		return -1;
	if (s->fallback && s->required)
		return load_fail(l, "has a default, so it is not required");
	if (s->fallback && setting_check(s, str_of(s->fallback), &why) < 0)
		return load_fail(l, "%s", why.text);
	return 0;
}

static const struct load_items settings = {
	.load = load_setting,
	.size = sizeof(struct setting_field),
	.max = FIELDS_MAX,
};

static const struct load_range success_range = { 200, 204 };

#define WEBHOOK(member) offsetof(struct webhook_part, member)

static const struct load_key webhook_keys[] = {
	{ "body", load_word, WEBHOOK(body), &body_words, true },
	{ "success", load_int, WEBHOOK(success), &success_range, false },
	{ "unreadable", load_word, WEBHOOK(unreadable), &unreadable_words,
	  false },
	{ "too_many", load_word, WEBHOOK(too_many), &too_many_words, false },
	{ "handshake", load_list, WEBHOOK(handshake), &load_handshakes, false },
	{ "signature", load_signature, WEBHOOK(signature), NULL, true },
	{ "once", load_list, WEBHOOK(once), &load_once, false },
	{ "events", load_list, WEBHOOK(events), &load_events, true },
};

static int load_webhook(struct loader *l, const struct json *v, void *out,
			const void *arg)
{
	struct webhook_part *w = out;

	(void)arg;
	w->success = 202;
	return load_object(l, v, webhook_keys, ARRAY_LEN(webhook_keys), w);
}

static const struct load_range version_range = { 1, 1 };

#define AT(member) offsetof(struct manifest, member)

static const struct load_key manifest_keys[] = {
	{ "$schema", load_z, AT(schema), NULL, false },
	{ "manifest", load_int, AT(version), &version_range, true },
	{ "name", load_name, AT(name), NULL, true },
	{ "title", load_z, AT(title), NULL, true },
	{ "credentials", load_list, AT(credentials), &credentials, false },
	{ "settings", load_list, AT(settings), &settings, false },
	{ "webhook", load_webhook, AT(webhook), NULL, false },
	{ "fetch", load_nested, AT(fetch), &load_fetch, false },
	{ "person", load_nested, AT(person), &load_person_map, false },
};

static int check_names_differ(struct loader *l, const struct manifest *m)
{
	for (size_t i = 0; i < manifest_credential_count(m); i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(manifest_credential(m, i)->name,
				    manifest_credential(m, k)->name))
				return load_fail(l, "two credentials have the "
						    "same name");
	for (size_t i = 0; i < manifest_setting_count(m); i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(manifest_setting(m, i)->name,
				    manifest_setting(m, k)->name))
				return load_fail(l, "two settings have the "
						    "same name");
	return 0;
}

/* The receiver can open webhook secrets only, the fetcher the others only. */
static int check_credential(struct loader *l, const struct manifest *m,
			    const char *name, bool webhook)
{
	if (!name)
		return 0;
	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		const struct credential_field *c = manifest_credential(m, i);

		if (strcmp(c->name, name) != 0)
			continue;
		return c->webhook == webhook
			       ? 0
			       : load_fail(l,
					   "the credential '%s' is not for %s",
					   name, purposes[webhook].name);
	}
	return load_fail(l, "the credential '%s' is not declared", name);
}

static int check_whole(struct loader *l, const struct manifest *m)
{
	const struct signature *s = &m->webhook.signature;

	if (!m->has_webhooks && !m->has_lookup)
		return load_fail(l, "needs 'webhook' or 'fetch'");
	if (!m->has_person &&
	    (m->has_lookup || events_need_person(&m->webhook.events)))
		return load_fail(l, "'person' is missing");
	if (events_need_lookup(&m->webhook.events) && !m->has_lookup)
		return load_fail(l, "an event leads to a lookup, and 'fetch' "
				    "is missing");
	if (check_names_differ(l, m) < 0 ||
	    check_credential(l, m, s->user, true) < 0 ||
	    check_credential(l, m, s->secret, true) < 0 ||
	    check_credential(l, m, m->fetch.auth.user, false) < 0 ||
	    check_credential(l, m, m->fetch.auth.secret, false) < 0)
		return -1;
	return fetch_check_names(l, m);
}

static int compile(struct loader *l, struct manifest *m, struct str text)
{
	const struct json *root;
	struct arena scratch;
	struct err why = { .kind = ERR_NONE };
	int res;

	arena_init(&scratch, 4 * MANIFEST_MAX_MEMORY);
	if (json_parse(&root, &scratch, text, &limits, &why) < 0) {
		res = load_fail(l, "%s", why.text);
	} else {
		m->has_webhooks = json_get(root, "webhook");
		m->has_lookup = json_get(root, "fetch");
		m->has_person = json_get(root, "person");
		res = load_object(l, root, manifest_keys,
				  ARRAY_LEN(manifest_keys), m);
	}
	arena_release(&scratch);
	return res < 0 ? -1 : check_whole(l, m);
}

int manifest_parse(struct manifest **out, const char *name, struct str text,
		   struct err *err)
{
	struct manifest *m = mem_new(sizeof(*m));
	struct err unread = { .kind = ERR_NONE };
	struct loader l = {
		.name = name,
		.arena = &m->arena,
		.err = err ? err : &unread,
	};

	arena_init(&m->arena, MANIFEST_MAX_MEMORY);
	if (compile(&l, m, text) < 0) {
		manifest_free(&m);
		return -1;
	}
	*out = m;
	return 0;
}

void manifest_free(struct manifest **m)
{
	if (!*m)
		return;
	arena_release(&(*m)->arena);
	free(*m);
	*m = NULL;
}

const char *manifest_name(const struct manifest *m)
{
	return m->name;
}

const char *manifest_title(const struct manifest *m)
{
	return m->title;
}

bool manifest_has_webhooks(const struct manifest *m)
{
	return m->has_webhooks;
}

bool manifest_has_lookup(const struct manifest *m)
{
	return m->has_lookup;
}

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
