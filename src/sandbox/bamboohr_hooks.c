/* BambooHR's webhooks, made and looked after by its API. */
#include "bamboohr.h"
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "render.h"
#include "sender.h"
#include "state.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOWN_MAX   16384
#define LOG_SHOWN   200
#define LOG_TEXT_MS (14 * CLOCK_DAY_MS)

static const struct event {
	const char *name;
	const char *wanted; /* as webhook_want knows it */
	bool legacy;
} events[] = {
	{ "employee.created", "employee.created", false },
	{ "employee.updated", "employee.updated", false },
	{ "employee.deleted", "employee.deleted", false },
	{ "employee_with_fields.created", "employee.created", true },
	{ "employee_with_fields.updated", "employee.updated", true },
	{ "employee_with_fields.deleted", "employee.deleted", true },
};

/* Known to BambooHR, but nothing that happens in this company. */
static const char *const silent_events[] = { "company.updated",
					     "company.deleted",
					     "company-integrations.updated" };

static void refuse(struct exchange *x, int status, const char *error,
		   const char *issue)
{
	x->status = status;
	x->type = "application/json";
	buf_clear(&x->body);
	json_writer_init(&x->json, &x->body);
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "errors");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "error", error);
	if (issue) {
		json_open_array(&x->json, "issues");
		json_add_z(&x->json, NULL, issue);
		json_close(&x->json);
	}
	json_close(&x->json);
	json_close(&x->json);
	json_close(&x->json);
}

static int invalid(struct exchange *x, const char *issue)
{
	refuse(x, 400, "Invalid request body", issue);
	return -1;
}

static int read_event(struct exchange *x, struct str name,
		      struct webhook_target *t, bool *thin)
{
	for (size_t i = 0; i < ARRAY_LEN(silent_events); i++)
		if (str_is(name, silent_events[i]))
			return 0;
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		if (!str_is(name, events[i].name))
			continue;
		(void)webhook_want(t, str_of(events[i].wanted));
		t->legacy |= events[i].legacy;
		*thin |= !events[i].legacy;
		return 0;
	}
	return invalid(x, "events: one is unknown");
}

static int read_events(struct exchange *x, const struct json *list,
		       struct webhook_target *t)
{
	bool thin = false;

	if (json_size(list) == 0) { /* then the three with fields */
		t->legacy = true;
		return 0;
	}
	t->chosen = true;
	for (const struct json *v = json_first(list); v; v = json_next(v))
		if (read_event(x, json_string(v), t, &thin) < 0)
			return -1;
	if (thin && t->legacy)
		return invalid(x, "events: those with fields do not mix with "
				  "the others");
	return 0;
}

static int unknown_field(struct exchange *x, struct str name)
{
	refuse(x, 403, "Permission denied to the following fields", NULL);
	buf_clear(&x->body);
	json_writer_init(&x->json, &x->body);
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "errors");
	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "error",
		   "Permission denied to the following fields");
	json_open_array(&x->json, "unknownFields");
	json_open_object(&x->json, NULL);
	json_add_null(&x->json, "id");
	json_add_string(&x->json, "name", name);
	for (int i = 0; i < 5; i++)
		json_close(&x->json);
	return -1;
}

static int read_monitor(struct exchange *x, const struct json *list,
			struct webhook_target *t)
{
	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		struct str name = json_text(v);

		if (!bamboohr_is_field(name))
			return unknown_field(x, name);
		for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
			if (str_is(name,
				   bamboohr_changed_name((enum employee_field)f,
							 false)))
				t->monitor |= FIELD_BIT(f);
	}
	if (webhook_wants(t, "employee.updated") && json_size(list) == 0)
		return invalid(x, "monitorFields: needed for updates");
	return 0;
}

static int read_text(struct exchange *x, const struct json *body,
		     const char *name, char *out, size_t size)
{
	struct str text = json_string(json_get(body, name));
	char issue[64];

	(void)snprintf(issue, sizeof(issue), "%s: a text is needed", name);
	if (text.len == 0 || text.len >= size)
		return invalid(x, issue);
	(void)snprintf(out, size, "%.*s", STR_ARG(text));
	return 0;
}

static int read_spec(struct exchange *x, const struct json *body,
		     struct subscription *spec)
{
	struct webhook_target *t = &spec->target;
	struct str format = json_string(json_get(body, "format"));

	t->vendor = VENDOR_BAMBOOHR;
	t->form = str_is(format, "form-encoded");
	t->include_domain = json_true(json_get(body, "includeCompanyDomain"));
	if (!t->form && !str_is(format, "json"))
		return invalid(x, "format: json or form-encoded");
	if (read_text(x, body, "name", spec->name, sizeof(spec->name)) < 0 ||
	    read_text(x, body, "url", t->url, sizeof(t->url)) < 0 ||
	    read_events(x, json_get(body, "events"), t) < 0)
		return -1;
	return read_monitor(x, json_get(body, "monitorFields"), t);
}

static void copy_list(struct json_writer *w, const char *key,
		      const struct json *list)
{
	json_open_array(w, key);
	for (const struct json *v = json_first(list); v; v = json_next(v))
		json_add_string(w, NULL, json_text(v));
	json_close(w);
}

/* What it was made with and the sender has no use for, kept to be shown. */
static int keep_shown(struct exchange *x, const struct json *body,
		      struct subscription *spec)
{
	const struct json *post = json_get(body, "postFields");
	struct json_writer w;
	struct buf b;

	buf_init(&b, SHOWN_MAX);
	json_writer_init(&w, &b);
	json_open_object(&w, NULL);
	copy_list(&w, "events", json_get(body, "events"));
	copy_list(&w, "monitorFields", json_get(body, "monitorFields"));
	json_open_object(&w, "postFields");
	for (const struct json *v = json_first(post); v; v = json_next(v)) {
		struct str key = arena_dup(&x->arena, json_key(v));

		if (key.ptr)
			json_add_string(&w, key.ptr, json_text(v));
	}
	json_close(&w);
	json_close(&w);
	if (!b.failed)
		spec->shown = arena_printf(&x->arena, "%s", buf_z(&b));
	buf_release(&b);
	return spec->shown ? 0 : invalid(x, "the body is too large");
}

static int read_whole(struct exchange *x, struct subscription *spec)
{
	const struct json *body;
	struct err err = { 0 };

	if (json_parse(&body, &x->arena, http_request_body(x->req), NULL,
		       &err) < 0)
		return invalid(x, err.text);
	if (read_spec(x, body, spec) < 0)
		return -1;
	return keep_shown(x, body, spec);
}

static void write_time(struct exchange *x, const char *key, int64_t ms)
{
	char text[TEXT_SIZE];

	if (ms)
		json_add_z(&x->json, key, time_text(ms, TIME_SPACE, text));
	else
		json_add_null(&x->json, key);
}

static void write_summary(struct exchange *x, const struct subscription *sub)
{
	char id[16];

	(void)snprintf(id, sizeof(id), "%u", sub->id);
	json_add_z(&x->json, "id", id);
	json_add_z(&x->json, "name", sub->name);
	write_time(x, "created", sub->created_ms);
	write_time(x, "lastSent", sub->last_sent_ms);
	json_add_z(&x->json, "url", sub->target.url);
}

static void write_whole(struct exchange *x, const struct subscription *sub,
			bool with_key)
{
	const struct json *shown = NULL;
	const char *const lists[] = { "events", "monitorFields" };
	const struct json *post;

	json_open_object(&x->json, NULL);
	write_summary(x, sub);
	if (json_parse(&shown, &x->arena, str_of(sub->shown), NULL, NULL) < 0)
		shown = NULL; /* made through the control API: has none */
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		copy_list(&x->json, lists[i], json_get(shown, lists[i]));
	json_open_object(&x->json, "postFields");
	post = json_get(shown, "postFields");
	for (const struct json *v = json_first(post); v; v = json_next(v)) {
		struct str key = arena_dup(&x->arena, json_key(v));

		if (key.ptr)
			json_add_string(&x->json, key.ptr, json_text(v));
	}
	json_close(&x->json);
	json_add_z(&x->json, "format",
		   sub->target.form ? "form-encoded" : "json");
	json_add_bool(&x->json, "includeCompanyDomain",
		      sub->target.include_domain);
	if (with_key) /* shown this once */
		json_add_z(&x->json, "privateKey", sub->target.secret);
	json_close(&x->json);
}

void bamboohr_hooks_add(struct exchange *x)
{
	struct subscription spec = { 0 }, *sub;
	struct err err = { 0 };

	if (read_whole(x, &spec) < 0)
		return;
	if (sender_subscribe(x->sandbox->sender, &spec, &sub, &err) < 0) {
		(void)invalid(x, err.text);
		return;
	}
	x->status = 201;
	write_whole(x, sub, true);
}

static struct subscription *find(struct exchange *x)
{
	struct subscription *sub = NULL;
	char error[80];
	uint64_t id;

	if (str_to_u64(x->params[0], &id) && id <= UINT32_MAX)
		sub = sender_find(x->sandbox->sender, (unsigned)id);
	if (sub && sub->target.vendor == VENDOR_BAMBOOHR)
		return sub;
	(void)snprintf(error, sizeof(error),
		       "No webhook was found with ID: %.*s.",
		       (int)(x->params[0].len < 20 ? x->params[0].len : 20),
		       x->params[0].ptr);
	refuse(x, 404, error, NULL);
	return NULL;
}

void bamboohr_hooks_get(struct exchange *x)
{
	const struct subscription *sub = find(x);

	if (sub)
		write_whole(x, sub, false);
}

void bamboohr_hooks_list(struct exchange *x)
{
	struct subscription *sub;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "webhooks");
	for (sub = sender_first(x->sandbox->sender); sub;
	     sub = sender_next(sub)) {
		if (sub->target.vendor != VENDOR_BAMBOOHR)
			continue;
		json_open_object(&x->json, NULL);
		write_summary(x, sub);
		json_close(&x->json);
	}
	json_close(&x->json);
	json_close(&x->json);
}

/* All of it; what is left out is as if it never was. The key stays. */
void bamboohr_hooks_replace(struct exchange *x)
{
	struct subscription spec = { 0 }, *sub = find(x);
	struct err err = { 0 };

	if (!sub || read_whole(x, &spec) < 0)
		return;
	if (sender_change(x->sandbox->sender, sub, &spec, &err) < 0)
		(void)invalid(x, err.text);
	else
		write_whole(x, sub, false);
}

/* --- the log --- */

static const struct limit log_limit = { .count = 10, .window_ms = 60000 };

static void write_tried(struct exchange *x, const struct subscription *sub,
			const struct log_entry *e)
{
	char text[TEXT_SIZE];
	bool taken = e->status >= 200 && e->status < 300;

	json_open_object(&x->json, NULL);
	(void)snprintf(text, sizeof(text), "%u", sub->id);
	json_add_z(&x->json, "webhookId", text);
	json_add_z(&x->json, "url", sub->target.url);
	time_text(e->at_ms, TIME_SPACE, text);
	json_add_z(&x->json, "lastAttempted", text);
	json_add_z(&x->json, "lastSuccess", taken ? text : "Webhook Not Found");
	(void)snprintf(text, sizeof(text), "%d", e->status);
	json_add_z(&x->json, "statusCode", text);
	json_add_z(&x->json, "format",
		   sub->target.form ? "form-encoded" : "json");
	json_open_array(&x->json, "employeeIds");
	json_add_z(
		&x->json, NULL,
		vendor_id(VENDOR_BAMBOOHR, &x->sandbox->company, e->n, text));
	json_close(&x->json);
	json_close(&x->json);
}

/* Where an entry stands, counted over all: the latest 200 begin behind it. */
static uint64_t log_start(struct exchange *x, const struct subscription *sub)
{
	const struct log_entry *e;
	uint64_t ring[LOG_SHOWN] = { 0 }, seq = 0;
	size_t count = 0;

	while ((e = sender_log_after(x->sandbox->sender, seq))) {
		seq = e->seq;
		if (e->subscription == sub->id)
			ring[count++ % LOG_SHOWN] = seq - 1;
	}
	return count < LOG_SHOWN ? 0 : ring[count % LOG_SHOWN];
}

/* Past its rate it says so with 200, as theirs does. */
void bamboohr_hooks_log(struct exchange *x)
{
	struct subscription *sub;
	const struct log_entry *e;
	uint64_t seq;

	if (!limit_take(x, &log_limit)) {
		x->status = 200;
		x->type = "application/json";
		buf_clear(&x->body);
		buf_add_z(&x->body,
			  "{\"error\":{\"code\":429,\"message\":\"Over rate "
			  "limit, please try again in 60 seconds\"}}");
		return;
	}
	sub = find(x);
	if (!sub)
		return;
	seq = log_start(x, sub);
	json_open_array(&x->json, NULL);
	while ((e = sender_log_after(x->sandbox->sender, seq))) {
		seq = e->seq;
		if (e->subscription == sub->id &&
		    clock_wall_ms() - e->at_ms <= LOG_TEXT_MS)
			write_tried(x, sub, e);
	}
	json_close(&x->json);
}

void bamboohr_hooks_post_fields(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "fields");
	bamboohr_monitor_fields(&x->json);
	json_close(&x->json);
	json_open_array(&x->json, "tables");
	json_close(&x->json);
	json_open_array(&x->json, "pages");
	json_close(&x->json);
	json_close(&x->json);
}

void bamboohr_hooks_remove(struct exchange *x)
{
	struct subscription *sub = find(x);

	if (!sub)
		return;
	sender_unsubscribe(x->sandbox->sender, sub);
	x->type = "text/plain; charset=utf-8";
	buf_add_z(&x->body, "Web hook has been deleted.");
}

void bamboohr_hooks_fields(struct exchange *x)
{
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "fields");
	bamboohr_monitor_fields(&x->json);
	json_close(&x->json);
	json_close(&x->json);
}
