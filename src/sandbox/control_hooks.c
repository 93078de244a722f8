/* The control API's calls about webhooks: subscribers, announcing, the log. */
#include "control.h"

#include "base/assert.h"
#include "base/clock.h"
#include "crypto/encode.h"
#include "exchange.h"
#include "sender.h"
#include "state.h"

#include <stdio.h>

#define LOG_PAGE_MAX 10000

static void write_subscription(struct exchange *x,
			       const struct subscription *sub)
{
	json_open_object(&x->json, NULL);
	json_add_int(&x->json, "id", sub->id);
	json_add_z(&x->json, "provider", vendor_name(sub->target.vendor));
	json_add_z(&x->json, "url", sub->target.url);
	json_add_z(&x->json, "secret", sub->target.secret);
	json_add_bool(&x->json, "stopped", sub->stopped);
	json_add_bool(&x->json, "pending", sub->pending);
	json_add_int(&x->json, "accepted", (int64_t)sub->accepted);
	json_add_int(&x->json, "failed", (int64_t)sub->failed);
	json_close(&x->json);
}

void control_subscriptions(struct exchange *x)
{
	struct subscription *sub = sender_first(x->sandbox->sender);

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "items");
	for (; sub; sub = sender_next(sub))
		write_subscription(x, sub);
	json_close(&x->json);
	json_close(&x->json);
}

static int read_text(const struct json *body, const char *name, char *out,
		     size_t size, struct err *err)
{
	struct str text = json_string(json_get(body, name));

	if (text.len >= size)
		return err_set(err, ERR_INVALID, "%s: at most %zu bytes", name,
			       size - 1);
	(void)snprintf(out, size, "%.*s", STR_ARG(text));
	return 0;
}

static int read_events(const struct json *list, struct webhook_target *t,
		       struct err *err)
{
	for (const struct json *v = json_first(list); v; v = json_next(v))
		if (!webhook_want(t, json_string(v)))
			return err_set(err, ERR_INVALID,
				       "events: at most %d, of those that %s "
				       "sends",
				       WEBHOOK_WANTS_MAX,
				       vendor_name(t->vendor));
	return 0;
}

/* {"provider", "url", "secret"?, "events"?, "confirmed"?, … */
static int read_spec(const struct json *body, struct subscription *spec,
		     struct err *err)
{
	struct webhook_target *t = &spec->target;

	if (!vendor_find(json_string(json_get(body, "provider")), &t->vendor))
		return err_set(err, ERR_INVALID,
			       "provider: one of docs/sandbox.md's, such as "
			       "bamboohr");
	t->monitor = FIELD_BIT(EMPLOYEE_FIELD_COUNT) - 1;
	t->form = t->vendor == VENDOR_BAMBOOHR &&
		  json_true(json_get(body, "form"));
	t->legacy = json_true(json_get(body, "with_fields"));
	(void)snprintf(spec->name, sizeof(spec->name), "control API");
	if (read_text(body, "secret", t->secret, sizeof(t->secret), err) < 0 ||
	    read_events(json_get(body, "events"), t, err) < 0)
		return -1;
	return read_text(body, "url", t->url, sizeof(t->url), err);
}

void control_subscribe(struct exchange *x)
{
	struct subscription spec = { 0 }, *sub;
	const struct json *body;
	struct err err = { 0 };

	if (exchange_json(x, &body) < 0)
		return;
	if (read_spec(body, &spec, &err) < 0 ||
	    sender_subscribe(x->sandbox->sender, &spec, &sub, &err) < 0) {
		control_refuse(x, &err);
		return;
	}
	if (json_true(json_get(body, "confirmed")))
		sub->pending = false; /* though nobody has */
	x->status = 201;
	write_subscription(x, sub);
}

static struct subscription *find(struct exchange *x, struct str id)
{
	struct subscription *sub = NULL;
	uint64_t n;

	if (str_to_u64(id, &n) && n <= UINT32_MAX)
		sub = sender_find(x->sandbox->sender, (unsigned)n);
	if (!sub)
		exchange_refuse(x, REFUSE_NOT_FOUND,
				"there is no such subscription");
	return sub;
}

void control_unsubscribe(struct exchange *x)
{
	struct subscription *sub = find(x, x->params[0]);

	if (!sub)
		return;
	sender_unsubscribe(x->sandbox->sender, sub);
	x->status = 204;
	x->type = NULL;
}

/* {"subscription"?, "per_second"?}: a created event for all who are there. */
void control_announce(struct exchange *x)
{
	struct job job = { .kind = JOB_ANNOUNCE };
	const struct json *body;
	struct subscription *sub;
	struct err err = { 0 };
	int64_t per_second = 0;
	unsigned id;

	if (exchange_json(x, &body) < 0)
		return;
	if (json_get(body, "subscription")) {
		sub = find(x, json_text(json_get(body, "subscription")));
		if (!sub)
			return;
		job.subscription = sub->id;
	}
	if (json_get(body, "per_second") &&
	    (!json_int(json_get(body, "per_second"), &per_second) ||
	     per_second < 0 || per_second > 1000000)) {
		exchange_refuse(x, REFUSE_INVALID, "per_second: 0 to 1000000");
		return;
	}
	job.per_second = (uint32_t)per_second;
	job.left = x->sandbox->company.size; /* at most */
	if (jobs_add(x->sandbox, &job, &id, &err) < 0) {
		control_refuse(x, &err);
		return;
	}
	x->status = 202;
	json_open_object(&x->json, NULL);
	json_add_int(&x->json, "job", id);
	json_close(&x->json);
}

static void write_entry(struct exchange *x, const struct log_entry *e)
{
	char text[CLOCK_TEXT_SIZE];
	struct buf digest;

	buf_init(&digest, 2 * SHA256_SIZE + 1);
	encode(ENCODING_HEX, e->digest, SHA256_SIZE, &digest);
	json_open_object(&x->json, NULL);
	json_add_int(&x->json, "seq", (int64_t)e->seq);
	json_add_z(&x->json, "at", clock_format_ms(e->at_ms, text));
	json_add_int(&x->json, "subscription", e->subscription);
	json_add_z(&x->json, "provider", vendor_name(e->vendor));
	json_add_int(&x->json, "delivery", (int64_t)e->delivery);
	json_add_z(&x->json, "event", e->event);
	if (e->n != EMPLOYEE_NONE)
		json_add_int(&x->json, "person", e->n);
	json_add_int(&x->json, "version", e->version);
	json_add_int(&x->json, "attempt", e->attempt);
	json_add_int(&x->json, "status", e->status);
	json_add_string(&x->json, "sha256", buf_str(&digest));
	if (e->bad_signature)
		json_add_bool(&x->json, "bad_signature", true);
	if (e->stale)
		json_add_bool(&x->json, "stale", true);
	if (e->duplicate)
		json_add_bool(&x->json, "duplicate", true);
	if (e->reordered)
		json_add_bool(&x->json, "reordered", true);
	if (e->lost)
		json_add_bool(&x->json, "lost", true);
	json_close(&x->json);
	buf_release(&digest);
}

void control_log(struct exchange *x)
{
	const struct log_entry *e;
	uint64_t after, limit;
	struct err err = { 0 };

	if (query_number(&x->query, "after", 0, 0, UINT64_MAX, &after, &err) <
		    0 ||
	    query_number(&x->query, "limit", 1000, 1, LOG_PAGE_MAX, &limit,
			 &err) < 0) {
		control_refuse(x, &err);
		return;
	}
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "items");
	while (limit-- > 0 &&
	       (e = sender_log_after(x->sandbox->sender, after))) {
		write_entry(x, e);
		after = e->seq;
	}
	json_close(&x->json);
	json_add_int(&x->json, "next_after", (int64_t)after);
	json_close(&x->json);
}
