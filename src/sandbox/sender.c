#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "sender_own.h"

#include <stdio.h>
#include <stdlib.h>

#define REORDER_MS 2000 /* what is reordered waits so long */
#define STARTS_MAX 64	/* per turn of the loop */

/* When each vendor tries again, in minutes; the end of the list gives up. */
#define RETRIES_MAX 13

static const struct policy {
	bool on_4xx; /* tries again even then */
	bool stops;  /* switches the webhook off after the last try */
	unsigned minutes[RETRIES_MAX];
} policies[VENDOR_COUNT] = {
	[VENDOR_BAMBOOHR] = { false, false, { 5, 10, 20, 40, 80 } },
	/* up to 3 days */
	[VENDOR_HIBOB] = { true,
			   true,
			   { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
			     2048 } },
	/* unknown of Rippling: once, so that nobody relies on more */
	[VENDOR_RIPPLING] = { false, false, { 0 } },
	/* the specification's example */
	[VENDOR_STANDARD] = { true,
			      false,
			      { 1, 5, 30, 120, 300, 600, 840, 1200, 1440 } },
};

/* Deliveries say what is; no API's faults are theirs. */
static const struct fault_set no_fault;

static struct str key_of(const struct delivery *d)
{
	return (struct str){ (const char *)&d->key, sizeof(d->key) };
}

static void pump_cb(void *arg);

static void timer_cb(void *arg)
{
	struct sender *s = arg;

	loop_post(s->cfg.loop, &s->pump);
}

struct sender *sender_new(const struct sender_config *cfg)
{
	struct sender *s = mem_new(sizeof(*s));

	s->cfg = *cfg;
	s->settings.in_flight = 32;
	s->settings.minute_ms = 60000;
	map_init(&s->under_way);
	loop_task_init(&s->pump, pump_cb, s);
	loop_timer_init(&s->timer, cfg->loop, timer_cb, s);
	TAILQ_INIT(&s->subscriptions);
	return s;
}

static void free_chain(struct delivery *d)
{
	while (d) {
		struct delivery *behind = d->behind;

		http_call_cancel(&d->call);
		free(d);
		d = behind;
	}
}

void sender_free(struct sender **sp)
{
	struct sender *s = *sp;
	struct subscription *sub;
	struct delivery *d;
	size_t at = 0;

	if (!s)
		return;
	while ((d = map_next(&s->under_way, &at)))
		free_chain(d);
	map_release(&s->under_way);
	schedule_release(&s->fresh);
	schedule_release(&s->again);
	sendlog_release(&s->log);
	loop_task_cancel(s->cfg.loop, &s->pump);
	loop_timer_release(&s->timer);
	while ((sub = TAILQ_FIRST(&s->subscriptions))) {
		TAILQ_REMOVE(&s->subscriptions, sub, link);
		subscription_free(sub);
	}
	free(s);
	*sp = NULL;
}

struct sender_settings *sender_settings(struct sender *s)
{
	return &s->settings;
}

void sender_count(const struct sender *s, struct sender_counts *out)
{
	*out = s->counts;
	out->waiting = s->fresh.len + s->again.len + s->behind;
}

uint64_t sender_revision(const struct sender *s)
{
	return s->revision;
}

struct sender_marks *sender_marks(struct sender *s)
{
	return &s->marks;
}

size_t sender_backlog(const struct sender *s)
{
	return s->fresh.len + s->behind + s->counts.in_flight;
}

const struct log_entry *sender_log_after(const struct sender *s, uint64_t seq)
{
	return sendlog_after(&s->log, seq);
}

/* --- queueing --- */

static bool draw(struct sender *s, enum fault f)
{
	/* Of a copy: only this fault is asked for, and no request counted. */
	struct fault_set one = { 0 };

	one.value[f] = s->settings.fault.value[f];
	return fault_next(&one, s->cfg.company->seed, &s->settings.drawn)
		       .value[f] != 0;
}

struct delivery *delivery_new(struct sender *s, struct subscription *sub,
			      struct str body)
{
	struct delivery *d = mem_new(sizeof(*d) + body.len);

	memcpy(d->body, body.ptr, body.len);
	d->body_len = body.len;
	d->sender = s;
	d->sub = sub;
	d->attempt = 1;
	d->due_ms = clock_mono_ms();
	d->key.subscription = sub->id;
	d->key.n = EMPLOYEE_NONE;
	return d;
}

static void remember(struct sender *s, const struct delivery *d, int status,
		     bool lost)
{
	struct str body = { d->body, d->body_len };
	struct log_entry e = {
		.at_ms = clock_wall_ms(),
		.delivery = d->id,
		.event = d->event,
		.n = d->key.n,
		.subscription = d->sub->id,
		.vendor = d->sub->target.vendor,
		.version = d->version,
		.status = status,
		.attempt = d->attempt,
		.bad_signature = d->bad_signature,
		.stale = s->settings.fault.value[FAULT_STALE_S] != 0,
		.duplicate = d->duplicate,
		.reordered = d->reordered,
		.lost = lost,
	};

	sha256(&body, 1, e.digest);
	sendlog_add(&s->log, &e);
}

static void free_delivery(struct delivery *d)
{
	struct subscription *sub = d->sub;

	sub->under_way--;
	subscription_forget_if_idle(d->sender, sub);
	free(d);
}

static void queue_one(struct sender *s, struct delivery *d)
{
	s->counts.queued++;
	s->revision++;
	d->order = ++s->marks.last_order;
	d->sub->under_way++;
	if (draw(s, FAULT_LOST_PERCENT)) {
		s->counts.lost++;
		remember(s, d, 0, true);
		free_delivery(d);
		return;
	}
	d->bad_signature = draw(s, FAULT_BAD_SIGNATURE_PERCENT);
	d->reordered = draw(s, FAULT_REORDER_PERCENT);
	if (d->reordered)
		d->due_ms += REORDER_MS;
	schedule_add(&s->fresh, d);
	loop_post(s->cfg.loop, &s->pump);
}

static void queue(struct sender *s, struct subscription *sub,
		  const struct happening *h, const char *event, struct str body)
{
	int64_t copies = s->settings.fault.value[FAULT_COPIES];
	struct delivery *d;

	if (!draw(s, FAULT_DUPLICATE_PERCENT))
		copies = 0;
	else if (copies == 0)
		copies = 1;
	if (s->fresh.len + s->again.len + s->behind + 1 + (size_t)copies >
	    QUEUE_MAX) {
		s->counts.dropped++;
		return;
	}
	s->marks.last_delivery++;
	for (int64_t i = 0; i <= copies; i++) {
		d = delivery_new(s, sub, body);
		d->id = s->marks.last_delivery;
		d->key.n = h->who->n;
		d->event = event;
		d->version = h->who->version;
		d->duplicate = i > 0;
		queue_one(s, d);
	}
}

/* Never the same twice: two changes must not look like one sent again. */
static int64_t next_us(struct sender *s)
{
	int64_t now = company_now_ms(s->cfg.company) * 1000;

	s->marks.last_us = now > s->marks.last_us ? now : s->marks.last_us + 1;
	return s->marks.last_us;
}

static void tell_one(struct sender *s, struct subscription *sub,
		     const struct happening *h, bool announced)
{
	struct view view = { s->cfg.company, &no_fault };
	const char *events[WEBHOOK_EVENTS_MAX];
	size_t count = webhook_events(&sub->target, h, announced, events);
	struct buf body;

	buf_init(&body, WEBHOOK_BODY_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&body);
		webhook_body(&sub->target, &view, h, events[i], next_us(s),
			     &body);
		ASSERT(!body.failed); /* every text in it is bounded */
		queue(s, sub, h, events[i], buf_str(&body));
	}
	buf_release(&body);
}

void sender_tell(struct sender *s, const struct happening *h)
{
	struct subscription *sub;

	TAILQ_FOREACH (sub, &s->subscriptions, link)
		if (!subscription_is_gone(sub))
			tell_one(s, sub, h, false);
}

void sender_announce(struct sender *s, struct subscription *only,
		     const struct happening *h)
{
	struct subscription *sub;

	TAILQ_FOREACH (sub, &s->subscriptions, link)
		if (!subscription_is_gone(sub) && (!only || sub == only))
			tell_one(s, sub, h, true);
}

/* HiBob's connection test: plain text first, then JSON. */
static void ping_with(struct sender *s, struct subscription *sub,
		      struct str body, unsigned attempt)
{
	struct delivery *d = delivery_new(s, sub, body);

	d->id = ++s->marks.last_delivery;
	d->event = SENDER_PING;
	d->attempt = attempt;
	queue_one(s, d);
}

void sender_ping(struct sender *s, struct subscription *sub)
{
	ping_with(s, sub, STR("Ping test"), 1);
}

static void ping_failed(struct sender *s, struct delivery *d)
{
	if (d->attempt == 1)
		ping_with(s, d->sub, STR("{\"text\":\"Ping test\"}"), 2);
	else
		d->sub->stopped = true; /* cannot be made over there */
	free_delivery(d);
}

/* --- sending --- */

static void answered_cb(const struct http_answer *a, void *arg);

static int start(struct sender *s, struct delivery *d, struct err *err)
{
	const struct webhook_target *t = &d->sub->target;
	struct http_call_header headers[WEBHOOK_HEADERS];
	struct http_call_spec spec = { .method = "POST",
				       .url = t->url,
				       .headers = headers };
	int64_t stale = s->settings.fault.value[FAULT_STALE_S];
	struct webhook_headers signed_with;
	char id[40];

	(void)snprintf(id, sizeof(id), "msg_%llx_%llu",
		       (unsigned long long)s->cfg.company->seed,
		       (unsigned long long)d->id);
	spec.body = (struct str){ d->body, d->body_len };
	webhook_sign(t, spec.body, id, clock_wall_ms() / 1000 - stale,
		     d->bad_signature, &signed_with);
	for (size_t i = 0; i < signed_with.count; i++)
		headers[i] = (struct http_call_header){
			str_of(signed_with.items[i].name),
			str_of(signed_with.items[i].value)
		};
	spec.header_count = signed_with.count;
	return http_client_start(s->cfg.client, &spec, answered_cb, d, &d->call,
				 err);
}

/* The next delivery for the same person may go. */
static void release_key(struct sender *s, struct delivery *d)
{
	struct delivery *next = d->behind;

	(void)map_remove(&s->under_way, key_of(d));
	d->behind = NULL;
	while (next) {
		struct delivery *behind = next->behind;

		next->behind = NULL;
		schedule_add(&s->fresh, next); /* in its old order */
		s->behind--;
		next = behind;
	}
	s->counts.in_flight--;
	loop_post(s->cfg.loop, &s->pump);
}

static void give_up(struct sender *s, struct delivery *d)
{
	s->counts.failed++;
	d->sub->failed++;
	if (policies[d->sub->target.vendor].stops)
		d->sub->stopped = true;
	free_delivery(d);
}

static void settle(struct sender *s, struct delivery *d, int status)
{
	const struct policy *p = &policies[d->sub->target.vendor];
	unsigned wait =
		d->attempt <= RETRIES_MAX ? p->minutes[d->attempt - 1] : 0;

	s->counts.attempts++;
	s->revision++;
	remember(s, d, status, false);
	d->sub->last_sent_ms = company_now_ms(s->cfg.company);
	release_key(s, d);
	if (status >= 200 && status < 300) {
		s->counts.accepted++;
		d->sub->accepted++;
		free_delivery(d);
	} else if (d->key.n == EMPLOYEE_NONE) {
		ping_failed(s, d);
	} else if (wait == 0 || subscription_is_gone(d->sub) ||
		   (status >= 400 && status < 500 && !p->on_4xx)) {
		give_up(s, d);
	} else {
		d->attempt++;
		d->due_ms = clock_mono_ms() + wait * s->settings.minute_ms;
		schedule_add(&s->again, d);
	}
}

static void answered_cb(const struct http_answer *a, void *arg)
{
	struct delivery *d = arg;

	d->call = NULL;
	settle(d->sender, d, a->status);
}

/* True when it is under way, or waits behind one that is. */
static void send_or_wait(struct sender *s, struct delivery *d)
{
	struct delivery *ahead = map_get(&s->under_way, key_of(d));
	struct err err = { 0 };

	if (subscription_is_gone(d->sub)) {
		free_delivery(d);
		return;
	}
	if (ahead) {
		s->behind++;
		while (ahead->behind)
			ahead = ahead->behind;
		ahead->behind = d;
		return;
	}
	(void)map_put(&s->under_way, key_of(d), d);
	s->counts.in_flight++;
	if (start(s, d, &err) < 0)
		settle(s, d, 0);
}

/* Of both queues the one that is due; NULL: nothing is. */
static struct schedule *due_queue(struct sender *s, int64_t now)
{
	struct delivery *again = schedule_first(&s->again);
	struct delivery *fresh = schedule_first(&s->fresh);

	if (again && again->due_ms <= now)
		return &s->again;
	return fresh && fresh->due_ms <= now ? &s->fresh : NULL;
}

static void set_timer(struct sender *s, int64_t now)
{
	struct delivery *again = schedule_first(&s->again);
	struct delivery *fresh = schedule_first(&s->fresh);
	int64_t due = INT64_MAX;

	if (again)
		due = again->due_ms;
	if (fresh && fresh->due_ms < due)
		due = fresh->due_ms;
	if (due == INT64_MAX)
		loop_timer_cancel(&s->timer);
	else
		loop_timer_set(&s->timer, due > now ? due - now : 0);
}

static void pump_cb(void *arg)
{
	struct sender *s = arg;
	int64_t now = clock_mono_ms();
	struct schedule *q;
	int started = 0;

	while (s->counts.in_flight < (uint64_t)s->settings.in_flight &&
	       started++ < STARTS_MAX && (q = due_queue(s, now)))
		send_or_wait(s, schedule_take(q));
	if (s->counts.in_flight < (uint64_t)s->settings.in_flight)
		set_timer(s, now); /* else an answer comes first */
	if (sender_backlog(s) < (size_t)s->settings.in_flight * 2)
		s->cfg.room(s->cfg.arg);
}
