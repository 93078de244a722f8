#include "webhook.h"

#include "base/assert.h"
#include "http/router.h"

#include <stdio.h>
#include <string.h>

#define ANNOUNCED 0x80000000u /* numbers of announcements have this bit */

/* NULL: sends nothing. */
static const struct webhook_scheme *const schemes[VENDOR_COUNT] = {
	[VENDOR_BAMBOOHR] = &bamboohr_webhook,
	[VENDOR_HIBOB] = &hibob_webhook,
	[VENDOR_RIPPLING] = &rippling_webhook,
	[VENDOR_PERSONIO] = &personio_webhook,
	[VENDOR_GUSTO] = &gusto_webhook,
	[VENDOR_DEEL] = &deel_webhook,
	[VENDOR_MERGE] = &merge_webhook,
	[VENDOR_WORKOS] = &workos_webhook,
	[VENDOR_STANDARD] = &standard_webhook,
};

/* --- which events --- */

bool webhook_is_sent(enum vendor v)
{
	return schemes[v] != NULL;
}

const char *webhook_event_find(enum vendor v, struct str name)
{
	for (size_t k = 0; schemes[v] && k < HAPPENING_KIND_COUNT; k++) {
		const char *const *row = schemes[v]->events[k];

		for (size_t i = 0; i < WEBHOOK_EVENTS_MAX && row[i]; i++)
			if (str_is(name, row[i]))
				return row[i];
	}
	return NULL;
}

bool webhook_want(struct webhook_target *t, struct str event)
{
	const char *name = webhook_event_find(t->vendor, event);
	size_t i = 0;

	while (i < WEBHOOK_WANTS_MAX && t->wants[i] && t->wants[i] != name)
		i++;
	if (!name || i == WEBHOOK_WANTS_MAX)
		return false;
	t->chosen = true;
	t->wants[i] = name;
	return true;
}

bool webhook_wants(const struct webhook_target *t, const char *event)
{
	for (size_t i = 0; i < WEBHOOK_WANTS_MAX && t->wants[i]; i++)
		if (!strcmp(t->wants[i], event))
			return true;
	return !t->chosen;
}

static bool is_wanted(const struct webhook_target *t, const struct happening *h,
		      const char *event)
{
	const struct webhook_scheme *s = schemes[t->vendor];
	struct webhook_message m = { .target = t,
				     .happening = h,
				     .event = event };

	return webhook_wants(t, event) && (!s->fits || s->fits(&m));
}

size_t webhook_events(const struct webhook_target *t, const struct happening *h,
		      bool announced,
		      const char *out[static WEBHOOK_EVENTS_MAX])
{
	const char *const *row = schemes[t->vendor]->events[h->kind];
	size_t count = 0;

	for (size_t i = 0; i < WEBHOOK_EVENTS_MAX && row[i]; i++)
		if (is_wanted(t, h, row[i]) && !(announced && i > 0))
			out[count++] = row[i];
	return count;
}

uint32_t webhook_number(uint32_t seq, size_t i)
{
	return (seq * WEBHOOK_EVENTS_MAX + (uint32_t)i) & ~ANNOUNCED;
}

uint32_t webhook_number_announced(uint64_t delivery)
{
	return (uint32_t)delivery | ANNOUNCED;
}

/* --- bodies --- */

void webhook_body(const struct webhook_message *m, struct buf *out)
{
	schemes[m->target->vendor]->body(m, out);
}

bool webhook_hello(const struct webhook_target *t, unsigned k, struct buf *out)
{
	const struct webhook_scheme *s = schemes[t->vendor];

	return s->hello && s->hello(t, k, out);
}

bool webhook_is_confirmed(enum vendor v)
{
	return schemes[v]->confirmed;
}

bool webhook_hello_must(enum vendor v)
{
	return schemes[v]->hello_must;
}

void webhook_form_item(struct buf *out, const char *name, const char *value)
{
	if (out->len > 0)
		buf_add_char(out, '&');
	http_url_encode(str_of(name), out);
	buf_add_char(out, '=');
	http_url_encode(str_of(value), out);
}

const struct webhook_policy *webhook_policy(enum vendor v)
{
	return &schemes[v]->policy;
}

/* --- signatures --- */

static int decode_standard(struct str secret, unsigned char *key, size_t cap,
			   size_t *len, struct err *err)
{
	static const struct str whsec = { "whsec_", 6 };
	struct str rest = { secret.ptr + whsec.len, secret.len - whsec.len };

	if (!str_starts(secret, whsec) ||
	    !decode(ENCODING_BASE64, rest, key, cap, len))
		return err_set(err, ERR_INVALID, "secret: whsec_ and base64");
	return 0;
}

int webhook_target_open(struct webhook_target *t, struct err *err)
{
	const struct webhook_scheme *s = schemes[t->vendor];
	unsigned char key[CREDENTIAL_SIZE];
	struct str secret = str_of(t->secret);
	size_t len;

	if (!s)
		return err_set(err, ERR_INVALID, "%s sends no webhooks",
			       vendor_name(t->vendor));
	if (s->bare)
		return 0;
	if (t->vendor == VENDOR_STANDARD) {
		if (decode_standard(secret, key, sizeof(key), &len, err) < 0)
			return -1;
		secret = (struct str){ (const char *)key, len };
	}
	return hmac_key_new(&t->key, s->algorithm, secret, err);
}

void webhook_target_close(struct webhook_target *t)
{
	hmac_key_free(&t->key);
}

void webhook_add(struct webhook_headers *out, const char *name,
		 const char *value)
{
	struct webhook_header *h = &out->items[out->count++];

	ASSERT(out->count <= WEBHOOK_HEADERS);
	h->name = name;
	(void)snprintf(h->value, sizeof(h->value), "%s", value);
}

void webhook_mac(const struct webhook_signed *s, const struct str *parts,
		 size_t count, enum encoding form, struct buf *out)
{
	unsigned char mac[HMAC_MAX_SIZE];
	size_t len = hmac_compute(s->target->key, parts, count, mac);

	mac[0] ^= s->spoil; /* as long and as well formed, but wrong */
	encode(form, mac, len, out);
}

static void sign_by_row(const struct webhook_signed *s,
			const struct webhook_scheme *by)
{
	struct str parts[] = { str_of(by->before), s->body };
	struct buf b;

	if (!by->header || (by->bare && !s->target->secret[0]))
		return;
	buf_init(&b, sizeof(((struct webhook_header *)0)->value));
	if (by->prefix)
		buf_add_z(&b, by->prefix);
	if (by->bare)
		buf_addf(&b, "%s%s", s->target->secret, s->spoil ? "x" : "");
	else
		webhook_mac(s, parts, 2, by->encoding, &b);
	if (by->padded)
		buf_add_char(&b, '=');
	webhook_add(s->out, by->header, buf_z(&b));
	buf_release(&b);
}

void webhook_sign(const struct webhook_target *t, struct str body,
		  const char *id, int64_t time_ms, bool spoil,
		  struct webhook_headers *out)
{
	const struct webhook_scheme *by = schemes[t->vendor];
	struct webhook_signed s = { .target = t,
				    .body = body,
				    .id = id,
				    .time_ms = time_ms,
				    .spoil = spoil,
				    .out = out };

	out->count = 0;
	webhook_add(out, "Content-Type",
		    t->form || by->form ? "application/x-www-form-urlencoded"
					: "application/json");
	sign_by_row(&s, by);
	if (by->sign)
		by->sign(&s);
}
