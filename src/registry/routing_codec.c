/* A route as JSON, and back. */
#include "registry/routing.h"

#include "json/write.h"

#define LAST_SHARD INT32_MAX

void route_encode(const struct route *r, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_string(&w, "connection", r->connection);
	json_add_string(&w, "organization", r->organization);
	json_add_string(&w, "provider", r->provider);
	json_add_z(&w, "status", connection_status_name(r->status));
	json_add_int(&w, "shard", r->shard);
	json_add_int(&w, "generation", r->generation);
	if (r->settings.len)
		json_add_raw(&w, "settings", r->settings);
	if (r->mapping.len) /* a text: how deep it is is its own matter */
		json_add_string(&w, "mapping", r->mapping);
	if (r->sealed.len)
		json_add_raw(&w, "sealed", r->sealed);
	if (r->sealed_previous.len) {
		json_add_raw(&w, "sealed_previous", r->sealed_previous);
		json_add_int(&w, "previous_until_ms", r->previous_until_ms);
	}
	json_close(&w);
}

static int need_text(const struct json *o, const char *name, size_t max,
		     struct str *out, struct err *err)
{
	*out = json_string(json_get(o, name));
	if (out->len == 0 || out->len > max)
		return err_set(err, ERR_INVALID,
			       "%s must be a string of 1 to %zu bytes", name,
			       max);
	return 0;
}

static int need_int(const struct json *o, const char *name, int64_t max,
		    int64_t *out, struct err *err)
{
	if (!json_int(json_get(o, name), out) || *out < 0 || *out > max)
		return err_set(err, ERR_INVALID, "%s must be a whole number",
			       name);
	return 0;
}

/* The text of an object of strings, written anew; empty when not there. */
static int take_object(const struct json *o, const char *name, struct arena *a,
		       struct str *out, struct err *err)
{
	const struct json *v = json_get(o, name);
	struct json_writer w;
	struct buf text;

	*out = (struct str){ 0 };
	if (!v)
		return 0;
	if (!json_is(v, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "%s must be an object", name);
	buf_init(&text, ROUTE_TEXT_MAX);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	for (const struct json *f = json_first(v); f; f = json_next(f)) {
		struct str key = arena_dup(a, json_key(f));

		if (key.ptr)
			json_add_string(&w, key.ptr, json_string(f));
	}
	json_close(&w);
	*out = arena_dup(a, buf_str(&text));
	buf_release(&text);
	return out->ptr ? 0 : arena_full(a, err);
}

static int take_rest(struct route *r, const struct json *o, struct arena *a,
		     struct err *err)
{
	struct str status;
	int64_t shard;

	if (need_text(o, "status", 32, &status, err) < 0 ||
	    need_int(o, "shard", LAST_SHARD, &shard, err) < 0 ||
	    need_int(o, "generation", INT64_MAX, &r->generation, err) < 0 ||
	    take_object(o, "settings", a, &r->settings, err) < 0 ||
	    take_object(o, "sealed", a, &r->sealed, err) < 0 ||
	    take_object(o, "sealed_previous", a, &r->sealed_previous, err) < 0)
		return -1;
	if (!connection_status_find(status, &r->status))
		return err_set(err, ERR_INVALID,
			       "status is a word of another version");
	r->shard = (unsigned)shard;
	r->mapping = json_string(json_get(o, "mapping"));
	if (!r->sealed_previous.len)
		return 0;
	return need_int(o, "previous_until_ms", INT64_MAX,
			&r->previous_until_ms, err);
}

int route_decode(struct route *r, struct arena *a, struct str text,
		 struct err *err)
{
	const struct json_limits limits = { .bytes = ROUTE_TEXT_MAX,
					    .depth = 3,
					    .values = 256 };
	const size_t id_max = RANDOM_ID_SIZE - 1;
	struct route new = { 0 };
	const struct json *o;

	if (json_parse(&o, a, text, &limits, err) < 0)
		return -1;
	if (!json_is(o, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "a route is an object");
	if (need_text(o, "connection", id_max, &new.connection, err) < 0 ||
	    need_text(o, "organization", id_max, &new.organization, err) < 0 ||
	    need_text(o, "provider", 64, &new.provider, err) < 0 ||
	    take_rest(&new, o, a, err) < 0)
		return -1;
	*r = new;
	return 0;
}
