/* Cases of received webhooks: "<case>.request.json". */
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "case.h"

#include <strings.h>

static struct str find_header(const void *headers, const char *name)
{
	const struct case_delivery *d = headers;

	if (d->hidden && !strcasecmp(d->hidden, name))
		return (struct str){ 0 };
	if (d->changed && !strcasecmp(d->changed, name))
		return d->value;
	for (const struct json *h = json_first(d->headers); h; h = json_next(h))
		if (str_eq_nocase(json_key(h), str_of(name)))
			return json_string(h);
	return (struct str){ 0 };
}

static void take_secrets(struct case_run *c, const char *key,
			 struct case_delivery *d, size_t which)
{
	const struct json *v = json_first(json_get(c->input, key));
	struct webhook_secret *list = d->secrets[which];
	size_t count = 0;

	for (; v && count < ARRAY_LEN(d->secrets[0]); v = json_next(v)) {
		struct str name = arena_dup(c->arena, json_key(v));

		list[count++] =
			(struct webhook_secret){ name.ptr, json_string(v) };
	}
	d->secret_count[which] = count;
}

static struct str text_or(const struct json *v, const char *otherwise)
{
	struct str text = json_string(v);

	return text.ptr ? text : str_of(otherwise);
}

static int read_delivery(struct case_run *c, struct case_delivery *d,
			 struct err *err)
{
	struct str rest;

	*d = (struct case_delivery){ .headers = json_get(c->input, "headers") };
	d->w.method = text_or(json_get(c->input, "method"), "POST");
	d->w.url = text_or(json_get(c->input, "url"), "/webhooks/case");
	rest = d->w.url;
	if (str_cut(&rest, '?', &d->w.query))
		d->w.query = rest;
	else
		d->w.query = (struct str){ 0 };
	d->w.body = json_string(json_get(c->input, "body"));
	d->w.header = find_header;
	d->w.headers = d;
	d->settings = json_get(c->input, "settings");
	if (case_context(c, &d->context, &d->mapping, err) < 0)
		return -1;
	d->w.context = &d->context;
	take_secrets(c, "secrets", d, 0);
	take_secrets(c, "previous_secrets", d, 1);
	if (!clock_parse_ms(json_string(json_get(c->input, "now")),
			    &d->w.now_ms))
		return err_set(err, ERR_CONFIG, "'now' is not a time");
	return signature_resolve(&c->m->webhook.signature, c->m, d->settings,
				 c->arena, &d->signature, err);
}

int case_verify(struct case_run *c, const struct case_delivery *d,
		struct err *err)
{
	struct webhook_keys *keys;
	int res;

	if (webhook_keys_new(&keys, c->m, d->settings, d->secrets[0],
			     d->secret_count[0], d->secrets[1],
			     d->secret_count[1], err) < 0)
		return -1;
	res = webhook_verify(c->m, keys, &d->w, c->arena, err);
	webhook_keys_free(&keys);
	return res;
}

static void write_handshake(struct json_writer *w,
			    const struct webhook_handshake *h)
{
	json_open_object(w, "handshake");
	json_add_int(w, "status", h->status);
	if (h->content_type) {
		json_add_z(w, "content_type", h->content_type);
		json_add_string(w, "body", h->body);
	}
	json_close(w);
}

/* Only what the delivery decides: the rest is added by who receives it. */
static void write_change(struct json_writer *w, const struct change *c,
			 struct arena *a)
{
	struct change whole = *c;
	const struct json *event;
	struct buf text;

	buf_init(&text, 1 << 16);
	change_encode(&whole, &text);
	if (json_parse(&event, a, buf_str(&text), NULL, NULL) < 0)
		event = NULL;
	buf_release(&text);
	json_open_object(w, "change");
	json_add_value(w, "kind", json_get(event, "kind"));
	json_add_int(w, "version", c->version);
	json_add_value(w, "person", json_get(event, "person"));
	json_close(w);
}

static void write_item(struct json_writer *w, const struct webhook_item *i,
		       struct arena *a)
{
	json_open_object(w, NULL);
	json_add_string(w, "type", i->type);
	if (i->is_lookup) {
		json_open_object(w, "lookup");
		json_add_string(w, "person_id", i->lookup.pid);
		json_add_bool(w, "deletion", i->lookup.deletion);
		json_add_bool(w, "urgent", i->lookup.urgent);
		json_close(w);
	} else {
		write_change(w, &i->change, a);
	}
	case_write_wrong(w, i->wrong);
	json_close(w);
}

static void write_delivery(struct json_writer *w, const struct case_run *c,
			   const struct webhook_delivery *d)
{
	json_add_int(w, "status", webhook_success_status(c->m));
	json_add_bool(w, "once", d->once_id.len > 0);
	json_open_array(w, "items");
	for (size_t i = 0; i < d->count; i++)
		write_item(w, &d->items[i], c->arena);
	json_close(w);
}

static void mark_shown(struct case_run *c, const struct webhook_delivery *d)
{
	struct str type;

	for (size_t i = 0;
	     i < CASE_TYPES_MAX && events_type(&c->m->webhook.events, i, &type);
	     i++)
		for (size_t k = 0; k < d->count; k++)
			c->shown[i] |= str_eq(type, d->items[k].type);
}

/* True when it is a genuine delivery that is understood. */
static bool write_result(struct case_run *c, const struct case_delivery *d,
			 struct json_writer *w)
{
	struct webhook_handshake handshake;
	struct webhook_delivery delivery;
	struct err err = { .kind = ERR_NONE };

	if (webhook_handshake(c->m, &d->w, c->arena, &handshake)) {
		write_handshake(w, &handshake);
		return false;
	}
	if (case_verify(c, d, &err) < 0 ||
	    webhook_read(c->m, &d->w, c->arena, &delivery, &err) < 0) {
		json_add_z(w, "error", err_policy(err.kind)->name);
		return false;
	}
	write_delivery(w, c, &delivery);
	mark_shown(c, &delivery);
	return true;
}

static void run_delivery(struct case_run *c, struct case_delivery *d)
{
	struct json_writer w;
	struct buf got;
	bool genuine;

	buf_init(&got, 1 << 24);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	genuine = write_result(c, d, &w);
	json_close(&w);
	case_compare(c, &got);
	buf_release(&got);
	if (genuine)
		case_refusals(c, d);
}

int case_webhook(struct case_run *c, struct err *err)
{
	struct case_delivery d;
	int res = read_delivery(c, &d, err);

	if (res == 0)
		run_delivery(c, &d);
	mapping_free(&d.mapping);
	return res;
}
