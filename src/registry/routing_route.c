#include "routing_route.h"

#include "crypto/encode.h"
#include "json/write.h"

/* The secrets of a connection for the receiver, being written. */
struct sealing {
	struct buf now, before;
	struct json_writer now_w, before_w;
	struct buf text; /* one of them as base64 */
	int64_t until_ms;
	bool rotated;
};

static void begin(struct sealing *s)
{
	*s = (struct sealing){ 0 };
	buf_init(&s->now, ROUTE_TEXT_MAX);
	buf_init(&s->before, ROUTE_TEXT_MAX);
	buf_init(&s->text, ROUTE_TEXT_MAX);
	json_writer_init(&s->now_w, &s->now);
	json_writer_init(&s->before_w, &s->before);
	json_open_object(&s->now_w, NULL);
	json_open_object(&s->before_w, NULL);
}

static void add(struct sealing *s, struct json_writer *w, const char *field,
		struct str sealed)
{
	buf_clear(&s->text);
	encode(ENCODING_BASE64, sealed.ptr, sealed.len, &s->text);
	json_add_string(w, field, buf_str(&s->text));
}

static int add_credential(struct sealing *s, const struct credential *c,
			  struct arena *a, struct err *err)
{
	char *field = arena_printf(a, "%.*s", STR_ARG(c->field));

	if (!field)
		return arena_full(a, err);
	add(s, &s->now_w, field, c->sealed);
	if (!c->previous.ptr)
		return 0;
	add(s, &s->before_w, field, c->previous);
	s->rotated = true;
	if (c->previous_until_ms > s->until_ms)
		s->until_ms = c->previous_until_ms;
	return 0;
}

static int end(struct sealing *s, struct arena *a, struct route *out,
	       struct err *err)
{
	json_close(&s->now_w);
	json_close(&s->before_w);
	if (buf_check(&s->text, "a sealed credential", err) < 0 ||
	    buf_check(&s->now, "the sealed credentials", err) < 0 ||
	    buf_check(&s->before, "the sealed credentials", err) < 0)
		return -1;
	out->sealed = arena_dup(a, buf_str(&s->now));
	if (!out->sealed.ptr)
		return arena_full(a, err);
	if (!s->rotated)
		return 0;
	out->sealed_previous = arena_dup(a, buf_str(&s->before));
	out->previous_until_ms = s->until_ms;
	return out->sealed_previous.ptr ? 0 : arena_full(a, err);
}

static int add_secrets(struct db *db, int64_t now_ms, struct arena *a,
		       struct route *out, struct err *err)
{
	struct credential *list;
	struct sealing s;
	size_t count;
	int result = 0;

	if (registry_list_credentials(db, out->connection, now_ms, a, &list,
				      &count, err) < 0)
		return -1;
	begin(&s);
	for (size_t i = 0; i < count && result == 0; i++)
		if (list[i].box == SEAL_WEBHOOK)
			result = add_credential(&s, &list[i], a, err);
	if (result == 0)
		result = end(&s, a, out, err);
	buf_release(&s.now);
	buf_release(&s.before);
	buf_release(&s.text);
	return result;
}

int route_of(struct db *db, const struct connection *c, int64_t now_ms,
	     struct arena *a, struct route *out, struct err *err)
{
	struct route r = {
		.connection = str_of(c->id),
		.organization = str_of(c->organization),
		.provider = c->provider,
		.status = c->status,
		.shard = c->shard,
		.generation = c->generation,
		.settings = c->settings,
		.mapping = c->mapping,
	};

	if (add_secrets(db, now_ms, a, &r, err) < 0)
		return -1;
	*out = r;
	return 0;
}
