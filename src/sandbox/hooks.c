#include "hooks.h"

#include "state.h"

#include <stdio.h>

const char *hook_id(const struct id_form *f, const struct subscription *sub,
		    char out[static VENDOR_ID_SIZE])
{
	return id_text(f, 0, sub->id, out);
}

struct subscription *hook_find(struct exchange *x, const struct id_form *f)
{
	struct subscription *sub = NULL;
	uint32_t id;

	if (id_find(f, 0, x->params[0], &id))
		sub = sender_find(x->sandbox->sender, id);
	if (sub && sub->target.vendor == x->api->vendor)
		return sub;
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such webhook");
	return NULL;
}

struct subscription *hook_next(struct exchange *x, struct subscription *sub)
{
	sub = sub ? sender_next(sub) : sender_first(x->sandbox->sender);
	while (sub && sub->target.vendor != x->api->vendor)
		sub = sender_next(sub);
	return sub;
}

static bool copy(struct exchange *x, const struct json *from, const char *name,
		 char *out, size_t size)
{
	struct str text = json_string(from);
	char why[64];

	if (text.len < size) {
		(void)snprintf(out, size, "%.*s", STR_ARG(text));
		return true;
	}
	(void)snprintf(why, sizeof(why), "%s: at most %zu bytes", name,
		       size - 1);
	exchange_refuse(x, REFUSE_INVALID, why);
	return false;
}

bool hook_begin(struct exchange *x, const struct json *url,
		const struct json *secret, const struct json *events,
		struct subscription *spec)
{
	struct webhook_target *t = &spec->target;

	*spec = (struct subscription){ .target.vendor = x->api->vendor };
	(void)snprintf(spec->name, sizeof(spec->name), "%s",
		       vendor_name(x->api->vendor));
	t->chosen = events != NULL;
	for (const struct json *v = json_first(events); v; v = json_next(v))
		(void)webhook_want(t, json_string(v));
	return copy(x, url, "url", t->url, sizeof(t->url)) &&
	       copy(x, secret, "secret", t->secret, sizeof(t->secret));
}

struct subscription *hook_make(struct exchange *x,
			       const struct subscription *spec)
{
	struct subscription *sub;
	struct err err = { 0 };

	if (sender_subscribe(x->sandbox->sender, spec, &sub, &err) < 0) {
		exchange_refuse(x, REFUSE_INVALID, err.text);
		return NULL;
	}
	x->status = 201;
	return sub;
}

void hook_remove(struct exchange *x, struct subscription *sub)
{
	sender_unsubscribe(x->sandbox->sender, sub);
	x->status = 204;
	x->type = NULL;
}
