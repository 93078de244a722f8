#include "setup.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "desk.h"

#include <stdlib.h>

#define MAX_TEXT 1048576 /* bytes of a connection, opened and parsed */

static int parse_object(const struct json **out, struct arena *a,
			struct str text, struct err *err)
{
	if (json_parse(out, a, text, NULL, err) < 0)
		return -1;
	if (!json_is(*out, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "not a JSON object");
	return 0;
}

/*
 * Who consents gives a token of his own: what the connection has beside it is
 * of the application, the same for all its customers.
 */
static void know_credential(struct setup *s, struct str text)
{
	const struct str parts[] = { str_of(manifest_name(s->manifest)),
				     str_of("\n"), text };
	unsigned char digest[SHA256_SIZE];

	if (!json_size(s->credentials) || manifest_needs_consent(s->manifest))
		return;
	sha256(parts, ARRAY_LEN(parts), digest);
	s->credential = arena_dup(&s->arena, (struct str){ (const char *)digest,
							   sizeof(digest) });
}

static int open_credentials(struct setup *s, const struct desk *d,
			    const struct connection *c, struct err *err)
{
	struct secret *text = NULL;
	int result;

	if (registry_open_credentials(d->db, d->keys, str_of(c->id), &text,
				      err) < 0)
		return -1;
	result = parse_object(&s->credentials, &s->arena, secret_bytes(text),
			      err);
	if (result == 0)
		know_credential(s, secret_bytes(text));
	secret_free(&text);
	return result;
}

static int take_manifest(struct setup *s, const struct desk *d,
			 struct str provider, struct err *err)
{
	s->manifest = manifest_set_find(d->manifests, provider);
	if (!s->manifest)
		return err_set(err, ERR_CONFIG,
			       "there is no folder of its provider");
	s->manifests = manifest_set_ref(d->manifests);
	return 0;
}

static int fill(struct setup *s, const struct desk *d,
		const struct connection *c, struct err *err)
{
	if (take_manifest(s, d, c->provider, err) < 0)
		return -1;
	s->organization = arena_dup(&s->arena, str_of(c->organization));
	s->connection = arena_dup(&s->arena, str_of(c->id));
	if (!s->organization.ptr || !s->connection.ptr)
		return arena_full(&s->arena, err);
	if (parse_object(&s->settings, &s->arena, c->settings, err) < 0)
		return err_prefix(err, "settings");
	if (open_credentials(s, d, c, err) < 0)
		return err_prefix(err, "credentials");
	if (!c->mapping.len)
		return 0;
	return mapping_compile(&s->mapping, s->manifest, c->mapping, err);
}

int setup_load(struct setup **out, struct desk *d, const struct connection *c,
	       struct err *err)
{
	struct setup *s = mem_new(sizeof(*s));

	s->refs = 1;
	arena_init(&s->arena, MAX_TEXT);
	if (fill(s, d, c, err) < 0) {
		setup_unref(&s);
		return -1;
	}
	*out = s;
	return 0;
}

struct setup *setup_ref(struct setup *s)
{
	s->refs++;
	return s;
}

void setup_unref(struct setup **s)
{
	if (*s && --(*s)->refs == 0) {
		mapping_free(&(*s)->mapping);
		manifest_set_unref(&(*s)->manifests);
		arena_wipe(&(*s)->arena);
		free(*s);
	}
	*s = NULL;
}

struct fetch_context setup_context(const struct setup *s)
{
	return (struct fetch_context){ .credentials = s->credentials,
				       .settings = s->settings,
				       .mapping = s->mapping,
				       .now_ms = clock_wall_ms() };
}
