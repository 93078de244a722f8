/* A received webhook, step by step: handshake, proof, contents. */
#include "provider/webhook.h"

#include "form.h"
#include "parts.h"

bool webhook_handshake(const struct manifest *m, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out)
{
	return handshakes_answer(&m->webhook.handshake, w, a, out);
}

int webhook_verify(const struct manifest *m, struct webhook_keys *keys,
		   const struct webhook *w, struct arena *a, struct err *err)
{
	if (m->has_webhooks && keys) {
		const struct signature *s = &keys->signature;

		if (s->scheme->check(s, keys, w, a))
			return 0;
	}
	return err_set(err, ERR_AUTH, "the webhook could not be verified");
}

/* A form is one only when it says so: what else is sent is taken for JSON. */
static bool is_form(const struct manifest *m, const struct webhook *w)
{
	struct str type;
	struct str rest;

	if (m->webhook.body != BODY_JSON_OR_FORM)
		return m->webhook.body == BODY_FORM;
	rest = w->header(w->headers, "Content-Type");
	(void)str_cut(&rest, ';', &type);
	return str_eq_nocase(str_trim(type),
			     STR("application/x-www-form-urlencoded"));
}

int webhook_read(const struct manifest *m, const struct webhook *w,
		 struct arena *a, struct webhook_delivery *out, struct err *err)
{
	struct webhook_delivery d = { .items = NULL };
	const struct json *root;

	if ((is_form(m, w) ? form_parse(&root, a, w->body, err)
			   : json_parse(&root, a, w->body, NULL, err)) < 0 ||
	    events_read(m, w, root, a, &d, err) < 0 ||
	    once_read(m, w, a, &d, err) < 0)
		return -1;
	*out = d;
	return 0;
}

int webhook_success_status(const struct manifest *m)
{
	return (int)m->webhook.success;
}

bool webhook_refuses_unreadable(const struct manifest *m)
{
	return m->webhook.unreadable == UNREADABLE_REFUSE;
}

int webhook_too_many_status(const struct manifest *m)
{
	return m->webhook.too_many == TOO_MANY_REFUSE ? 429 : 503;
}
