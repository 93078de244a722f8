#include "live.h"

#include "base/log.h"
#include "base/mem.h"
#include "crypto/encode.h"
#include "provider/mapping.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUTE_MAX_BYTES	  65536 /* of a route as published */
#define ROUTE_MAX_SECRETS 8	/* webhook credentials of one connection */

/* Credentials, opened; the names live in the arena. */
struct opened {
	struct webhook_secret list[ROUTE_MAX_SECRETS];
	struct secret *owners[ROUTE_MAX_SECRETS];
	size_t count;
};

void live_init(struct live_routes *l, const struct keyring *keys,
	       struct manifest_set *manifests)
{
	*l = (struct live_routes){ .keys = keys, .manifests = manifests };
	map_init(&l->by_connection);
}

static void free_route(struct live_route *r)
{
	if (!r)
		return;
	webhook_keys_free(&r->keys);
	mapping_free(&r->mapping);
	free(r->settings);
	free(r->source);
	free(r);
}

void live_release(struct live_routes *l)
{
	struct live_route *r;
	size_t at = 0;

	while ((r = map_next(&l->by_connection, &at)))
		free_route(r);
	map_release(&l->by_connection);
	manifest_set_unref(&l->manifests);
}

size_t live_count(const struct live_routes *l)
{
	return l->by_connection.len;
}

static void close_secrets(struct opened *o)
{
	for (size_t i = 0; i < o->count; i++)
		secret_free(&o->owners[i]);
	o->count = 0;
}

static int open_one(const struct keyring *keys, struct arena *a,
		    const struct json *field, struct secret **out,
		    struct err *err)
{
	struct str text = json_string(field);
	unsigned char *sealed = arena_alloc(a, text.len + 1);
	size_t len;

	if (!sealed)
		return arena_full(a, err);
	if (!decode(ENCODING_BASE64, text, sealed, text.len, &len))
		return err_set(err, ERR_INVALID, "not base64");
	return unseal(keys, SEAL_WEBHOOK,
		      (struct str){ (const char *)sealed, len }, out, err);
}

/* sealed: {"name": "base64 of the sealed value", …}, or empty. */
static int open_secrets(const struct keyring *keys, struct arena *a,
			struct str sealed, struct opened *o, struct err *err)
{
	const struct json *object = NULL;

	if (sealed.len && json_parse(&object, a, sealed, NULL, err) < 0)
		return -1;
	for (const struct json *f = json_first(object); f; f = json_next(f)) {
		struct secret *value;
		struct str name = arena_dup(a, json_key(f));

		if (o->count == ROUTE_MAX_SECRETS || !name.ptr)
			return err_set(err, ERR_LIMIT, "too many credentials");
		if (open_one(keys, a, f, &value, err) < 0)
			return err_prefix(err, "%.*s", STR_ARG(name));
		o->owners[o->count] = value;
		o->list[o->count++] =
			(struct webhook_secret){ name.ptr,
						 secret_bytes(value) };
	}
	return 0;
}

static void keep_settings(struct live_route *live, struct str settings)
{
	if (!settings.len)
		return;
	live->settings = mem_dup(settings.ptr, settings.len);
	live->settings_len = settings.len;
}

static int make_mapping(struct live_route *live, struct str mapping,
			struct err *err)
{
	if (!mapping.len)
		return 0;
	return mapping_compile(&live->mapping, live->manifest, mapping, err);
}

static int make_keys(const struct live_routes *l, struct live_route *live,
		     const struct route *r, bool with_previous, struct err *err)
{
	struct opened now = { 0 }, before = { 0 };
	const struct json *settings = NULL;
	struct arena a;
	int result = 0;

	arena_init(&a, 4 * ROUTE_MAX_BYTES);
	if (r->settings.len)
		result = json_parse(&settings, &a, r->settings, NULL, err);
	if (result == 0)
		result = open_secrets(l->keys, &a, r->sealed, &now, err);
	if (result == 0 && with_previous)
		result = open_secrets(l->keys, &a, r->sealed_previous, &before,
				      err);
	if (result == 0)
		result = webhook_keys_new(&live->keys, live->manifest, settings,
					  now.list, now.count, before.list,
					  before.count, err);
	close_secrets(&now);
	close_secrets(&before);
	arena_release(&a);
	return result;
}

static void remember_source(struct live_route *live, const struct route *r)
{
	struct buf text;

	buf_init(&text, ROUTE_MAX_BYTES);
	route_encode(r, &text);
	live->source = mem_dup(buf_z(&text), text.len);
	live->source_len = text.len;
	buf_release(&text);
}

static struct live_route *build(const struct live_routes *l,
				const struct route *r, int64_t now_ms)
{
	struct live_route *live = mem_new(sizeof(*live));
	bool rotating = r->previous_until_ms > now_ms;
	struct err err = { 0 };

	(void)snprintf(live->connection, sizeof(live->connection), "%.*s",
		       STR_ARG(r->connection));
	(void)snprintf(live->organization, sizeof(live->organization), "%.*s",
		       STR_ARG(r->organization));
	live->status = r->status;
	live->shard = r->shard;
	live->manifest = manifest_set_find(l->manifests, r->provider);
	live->previous_until_ms = rotating ? r->previous_until_ms : 0;
	keep_settings(live, r->settings);
	remember_source(live, r);
	if (!live->manifest)
		log_error("connection of a provider that is not installed",
			  log_str("connection", live->connection),
			  log_bytes("provider", r->provider));
	else if (make_mapping(live, r->mapping, &err) < 0 ||
		 make_keys(l, live, r, rotating, &err) < 0)
		log_error("connection cannot take webhooks",
			  log_str("connection", live->connection),
			  log_str("why", err.text));
	return live;
}

/* A flood makes us ask, and so build, again: that must not fill a bucket. */
static void put(struct live_routes *l, struct live_route *live)
{
	struct live_route *old =
		map_put(&l->by_connection, str_of(live->connection), live);

	if (old)
		live->limits = old->limits;
	free_route(old);
}

void live_put(struct live_routes *l, const struct route *r, int64_t now_ms)
{
	if (r->status == CONNECTION_DELETED)
		free_route(map_remove(&l->by_connection, r->connection));
	else
		put(l, build(l, r, now_ms));
}

/* From the text it came in; the text was written by remember_source. */
static struct live_route *rebuild(struct live_routes *l,
				  const struct live_route *old, int64_t now_ms)
{
	struct str text = { old->source, old->source_len };
	struct live_route *live = NULL;
	struct route r;
	struct err err = { 0 };
	struct arena a;

	arena_init(&a, 4 * ROUTE_MAX_BYTES);
	if (route_decode(&r, &a, text, &err) == 0)
		live = build(l, &r, now_ms);
	else
		log_error("connection cannot be read again",
			  log_str("connection", old->connection),
			  log_str("why", err.text));
	arena_release(&a);
	return live;
}

static struct live_route *replace(struct live_routes *l, struct live_route *old,
				  int64_t now_ms)
{
	struct live_route *live = rebuild(l, old, now_ms);

	if (!live)
		return old;
	put(l, live);
	return live;
}

struct live_route *live_find(struct live_routes *l, struct str connection,
			     int64_t now_ms)
{
	struct live_route *r = map_get(&l->by_connection, connection);

	if (r && r->previous_until_ms && r->previous_until_ms <= now_ms)
		r = replace(l, r, now_ms);
	return r;
}

void live_reload(struct live_routes *l, struct manifest_set *manifests,
		 int64_t now_ms)
{
	struct manifest_set *old = l->manifests;
	struct live_route *r;
	size_t at = 0;

	l->manifests = manifests;
	while ((r = map_next(&l->by_connection, &at)))
		(void)replace(l, r, now_ms);
	manifest_set_unref(&old);
}
