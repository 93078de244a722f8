/* Personio's webhooks: thin, unsigned, with whatever header was asked for. */
#include "base/clock.h"
#include "eventlog.h"
#include "hooks.h"
#include "personio.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define EVENTS_USUAL 50
#define EVENTS_LIMIT 200

static const struct id_form webhooks = ID_UUID("b0a1b2c3");

#define OF_PERSON                                                   \
	(FIELD_BIT(FIELD_FIRST_NAME) | FIELD_BIT(FIELD_LAST_NAME) | \
	 FIELD_BIT(FIELD_PREFERRED_NAME) | FIELD_BIT(FIELD_EMAIL) | \
	 FIELD_BIT(FIELD_LEVEL) | FIELD_BIT(FIELD_NUMBER))

static const char *const events[HAPPENING_KIND_COUNT][WEBHOOK_EVENTS_MAX] = {
	[HAPPENED_CREATED] = { "person.created", "employment.created" },
	[HAPPENED_UPDATED] = { "person.updated", "employment.updated" },
	[HAPPENED_JOINED] = { "employment.started" },
	[HAPPENED_LEAVE_BEGAN] = { "employment.updated" },
	[HAPPENED_LEAVE_ENDED] = { "employment.updated" },
	[HAPPENED_LEFT] = { "employment.terminated" },
	[HAPPENED_REHIRED] = { "employment.created" },
	[HAPPENED_DELETED] = { "person.deleted", "employment.deleted" },
};

static bool fits(const struct webhook_message *m)
{
	unsigned fields = m->happening->fields;

	if (m->happening->kind != HAPPENED_UPDATED || fields == 0)
		return true;
	return !strncmp(m->event, "person.", 7) ? (fields & OF_PERSON) != 0
						: (fields & ~OF_PERSON) != 0;
}

static void write_event(const struct webhook_message *m, struct json_writer *w)
{
	const struct employee *e = m->happening->who;

	json_open_object(w, NULL);
	json_add_z(w, "company_id", "4242");
	json_add_z(w, "event_name", m->event);
	add_time(w, "occurred_at", m->now_us / 1000, TIME_Z);
	json_open_object(w, "payload");
	add_person(w, "person_id", VENDOR_PERSONIO, m->view, e->n);
	if (!strncmp(m->event, "employment.", 11))
		add_object(w, "employment_id", &personio_employments, m->view,
			   e->n);
	json_close(w);
	json_close(w);
}

static void body(const struct webhook_message *m, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	write_event(m, &w);
}

static void sign(const struct webhook_signed *s)
{
	for (size_t i = 0; i < WEBHOOK_CUSTOM_MAX; i++) {
		char value[100];

		if (!s->target->custom[i].name[0])
			return;
		(void)snprintf(value, sizeof(value), "%s%s",
			       s->target->custom[i].value, s->spoil ? "x" : "");
		webhook_add(s->out, s->target->custom[i].name, value);
	}
}

const struct webhook_scheme personio_webhook = {
	.events = events,
	.body = body,
	.fits = fits,
	.header = "Authorization", /* the text as it was given, unsigned */
	.bare = true,
	.sign = sign,
	/* 7 attempts of two quick calls each, over three days */
	.policy = { .never = 501,
		    .retries = 13,
		    .minutes = { 0, 5, 0, 30, 0, 120, 0, 360, 0, 1440, 0, 2365,
				 0 },
		    .patience_ms = 3000 },
};

static void write_webhook(struct exchange *x, const struct subscription *sub)
{
	const struct webhook_target *t = &sub->target;
	char id[VENDOR_ID_SIZE];

	json_open_object(&x->json, NULL);
	json_add_z(&x->json, "id", hook_id(&webhooks, sub, id));
	json_add_z(&x->json, "url", t->url);
	json_add_z(&x->json, "description", sub->name);
	json_add_z(&x->json, "status", sub->stopped ? "DISABLED" : "ENABLED");
	json_add_z(&x->json, "auth_type",
		   t->custom[0].name[0] ? "CUSTOM"
		   : t->secret[0]	? "TOKEN"
					: "NONE");
	json_open_array(&x->json, "enabled_events");
	for (size_t i = 0; i < WEBHOOK_WANTS_MAX && t->wants[i]; i++)
		json_add_z(&x->json, NULL, t->wants[i]);
	json_close(&x->json);
	add_time(&x->json, "created_at", sub->created_ms, TIME_Z);
	json_close(&x->json);
}

static bool read_custom(const struct json *headers, struct webhook_target *t)
{
	size_t i = 0;

	for (const struct json *v = json_first(headers); v; v = json_next(v)) {
		struct str name = json_key(v), value = json_string(v);

		if (i == WEBHOOK_CUSTOM_MAX ||
		    name.len >= sizeof(t->custom[i].name) ||
		    value.len >= sizeof(t->custom[i].value))
			return false;
		(void)snprintf(t->custom[i].name, sizeof(t->custom[i].name),
			       "%.*s", STR_ARG(name));
		(void)snprintf(t->custom[i].value, sizeof(t->custom[i].value),
			       "%.*s", STR_ARG(value));
		i++;
	}
	return i > 0;
}

static bool read_auth(struct exchange *x, const struct json *given,
		      struct subscription *spec)
{
	struct str type = json_string(json_get(given, "auth_type"));
	bool fine = false;

	if (!type.ptr || str_is(type, "TOKEN"))
		fine = spec->target.secret[0] != '\0';
	else if (str_is(type, "CUSTOM"))
		fine = read_custom(json_get(given, "custom_headers"),
				   &spec->target);
	else
		fine = str_is(type, "NONE");
	spec->target.no_secret = type.ptr && !str_is(type, "TOKEN");
	if (!fine)
		exchange_refuse(x, REFUSE_INVALID,
				"auth_type: TOKEN with a token, CUSTOM with up "
				"to 3 custom_headers, or NONE");
	return fine;
}

/* Disabled, unless it is asked for. */
void personio_hook_add(struct exchange *x)
{
	struct subscription spec, *sub;
	const struct json *given;

	if (exchange_json(x, &given) < 0 ||
	    !hook_begin(x, json_get(given, "url"), json_get(given, "token"),
			json_get(given, "enabled_events"), &spec) ||
	    !read_auth(x, given, &spec))
		return;
	spec.stopped =
		!str_is(json_string(json_get(given, "status")), "ENABLED");
	sub = hook_make(x, &spec);
	if (sub)
		write_webhook(x, sub);
}

void personio_hook_change(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);
	const struct json *given;
	struct str status;

	if (!sub || exchange_json(x, &given) < 0)
		return;
	status = json_string(json_get(given, "status"));
	if (status.ptr)
		sub->stopped = !str_is(status, "ENABLED");
	sender_changed(x->sandbox->sender);
	write_webhook(x, sub);
}

void personio_hooks(struct exchange *x)
{
	struct subscription *sub = NULL;

	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "_data");
	while ((sub = hook_next(x, sub)))
		write_webhook(x, sub);
	json_close(&x->json);
	json_close(&x->json);
}

void personio_hook_get(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		write_webhook(x, sub);
}

void personio_hook_remove(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);

	if (sub)
		hook_remove(x, sub);
}

static void write_next(struct exchange *x, struct event_log *log, bool full)
{
	uint32_t number = log->message.number;
	struct page p = { .limit = EVENTS_USUAL, .next = number };
	char path[96];

	(void)snprintf(path, sizeof(path), "/v2/webhooks/%.*s/events",
		       (int)(x->params[0].len < 60 ? x->params[0].len : 60),
		       x->params[0].ptr);
	p.more = full && event_log_next(log);
	personio_links(x, &p, path);
}

/* What would have been sent: for whoever missed some of it. */
void personio_hook_events(struct exchange *x)
{
	struct subscription *sub = hook_find(x, &webhooks);
	struct str since = query_get(&x->query, "occurred_at.gt");
	struct str only = query_get(&x->query, "event_name");
	struct str cursor = query_get(&x->query, "cursor");
	struct event_log log;
	int64_t from = INT64_MIN;
	uint32_t number = 0;
	uint64_t limit = 0;

	if (!sub)
		return;
	if ((since.ptr && !clock_parse_ms(since, &from)) ||
	    (cursor.ptr && !page_cursor_read(cursor, &number)) ||
	    query_number(&x->query, "limit", EVENTS_USUAL, 1, EVENTS_LIMIT,
			 &limit, NULL) < 0) {
		exchange_refuse(x, REFUSE_INVALID,
				"occurred_at.gt: a time; limit: 1 to 200");
		return;
	}
	event_log_open(&log, x, cursor.ptr ? &number : NULL);
	log.target = sub->target;
	json_open_object(&x->json, NULL);
	json_open_array(&x->json, "_data");
	while (limit > 0 && event_log_next(&log)) {
		if (log.message.now_us / 1000 <= from ||
		    (only.ptr && !str_is(only, log.message.event)))
			continue;
		write_event(&log.message, &x->json);
		limit--;
	}
	json_close(&x->json);
	write_next(x, &log, limit == 0);
	json_close(&x->json);
}
