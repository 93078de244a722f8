/* The top of the manifest language: reading the whole, and what it says. */
#include "provider/manifest.h"

#include "base/assert.h"
#include "base/mem.h"
#include "fields.h"
#include "parts.h"

#include <stdlib.h>

#define MANIFEST_MAX_BYTES  65536
#define MANIFEST_MAX_DEPTH  16
#define MANIFEST_MAX_VALUES 4096
#define MANIFEST_MAX_MEMORY (1 << 20) /* compiled, beside the parsed text */

static const struct json_limits limits = {
	MANIFEST_MAX_BYTES,
	MANIFEST_MAX_DEPTH,
	MANIFEST_MAX_VALUES,
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

static const struct load_words body_words = LOAD_WORDS(bodies);
static const struct load_words unreadable_words = LOAD_WORDS(unreadables);
static const struct load_words too_many_words = LOAD_WORDS(too_manys);
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
	{ "settings", load_list, AT(settings), &load_settings, false },
	{ "credentials", load_list, AT(credentials), &load_credentials, false },
	{ "webhook", load_webhook, AT(webhook), NULL, false },
	{ "fetch", load_fetch, AT(fetch), NULL, false },
	{ "upload", load_bool, AT(takes_upload), NULL, false },
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

static int check_whole(struct loader *l, const struct manifest *m)
{
	const struct signature *s = &m->webhook.signature;

	if (!m->has_webhooks && !m->has_fetch)
		return load_fail(l, "needs 'webhook' or 'fetch'");
	if (!m->has_person &&
	    (m->has_fetch || events_need_person(&m->webhook.events)))
		return load_fail(l, "'person' is missing");
	if (events_need_lookup(&m->webhook.events) && !manifest_has_lookup(m))
		return load_fail(l, "an event leads to a lookup, and "
				    "'fetch.one' is missing");
	if (check_names_differ(l, m) < 0 ||
	    (s->user && load_check_credential(l, str_of(s->user), true) < 0) ||
	    (s->secret &&
	     load_check_credential(l, str_of(s->secret), true) < 0))
		return -1;
	return 0;
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
		m->has_fetch = json_get(root, "fetch");
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
		.manifest = m,
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

bool manifest_takes_upload(const struct manifest *m)
{
	return m->takes_upload;
}

static bool has_way(const struct manifest *m, way_can_fn *can)
{
	const struct read_way *w = m->fetch.ways.items;

	for (size_t i = 0; i < m->fetch.ways.count; i++)
		if (can(&w[i]))
			return true;
	return false;
}

bool manifest_has_lookup(const struct manifest *m)
{
	return has_way(m, way_can_one);
}

bool manifest_has_list(const struct manifest *m)
{
	return has_way(m, way_can_full);
}
