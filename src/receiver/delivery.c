#include "delivery.h"

#include "base/log.h"
#include "base/metrics.h"
#include "capture.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "json/write.h"

#define ONCE_BYTES   16	   /* of the hash that names a delivery */
#define SAY_EVERY_MS 60000 /* that a connection is over its rate */

static enum decision answer(struct delivery *d, int status, const char *detail)
{
	d->verdict = (struct verdict){ .status = status, .detail = detail };
	return DECISION_ANSWER;
}

static enum decision refuse(struct delivery *d, enum metric m, int status,
			    const char *detail)
{
	metrics_add(m, 1);
	return answer(d, status, detail);
}

/* Hash the connection in, so that two customers' equal ids stay two. */
static struct str once_key(struct arena *a, struct str connection,
			   struct str once_id)
{
	struct str parts[] = { connection, STR("\n"), once_id };
	unsigned char digest[SHA256_SIZE];
	struct buf hex;
	struct str key;

	if (once_id.len == 0)
		return (struct str){ 0 };
	sha256(parts, 3, digest);
	buf_init(&hex, 2 * ONCE_BYTES);
	encode(ENCODING_HEX, digest, ONCE_BYTES, &hex);
	key = arena_dup(a, buf_str(&hex));
	buf_release(&hex);
	return key;
}

static void add_item(struct delivery *d, const struct live_route *r,
		     struct webhook_item *item, const struct webhook *wh,
		     struct buf *text)
{
	if (item->is_lookup) {
		item->lookup.organization = str_of(r->organization);
		item->lookup.connection = str_of(r->connection);
		item->lookup.received_ms = wh->now_ms;
		lookup_encode(&item->lookup, text);
		d->lookups++;
		return;
	}
	item->change.organization = str_of(r->organization);
	item->change.connection = str_of(r->connection);
	change_identify(&item->change);
	change_encode(&item->change, text);
	d->changes++;
}

/*
 * Whose state each item brings, for a connection that runs read too: what they
 * know of these persons is not the newest any more.
 */
static int fill_persons(struct delivery *d, const struct live_route *r,
			const struct webhook *wh,
			const struct webhook_delivery *got, struct arena *a,
			struct err *err)
{
	struct str *persons;

	if (!manifest_has_list(r->manifest) || !d->changes)
		return 0;
	persons = arena_zalloc(a, got->count, sizeof(*persons));
	if (!persons)
		return arena_full(a, err);
	for (size_t i = 0; i < got->count; i++)
		if (!got->items[i].is_lookup)
			persons[i] = got->items[i].change.person.pid;
	d->accept.persons = persons;
	d->accept.connection = str_of(r->connection);
	d->accept.received_ms = wh->now_ms;
	return 0;
}

/* Encode all items into text; only then, when it no longer moves, point. */
static int fill_items(struct delivery *d, const struct live_route *r,
		      const struct webhook *wh, struct webhook_delivery *got,
		      struct delivery_work *w, struct err *err)
{
	struct queue_item *items =
		arena_zalloc(w->arena, got->count, sizeof(*items));
	size_t at = 0;

	if (!items && got->count)
		return arena_full(w->arena, err);
	for (size_t i = 0; i < got->count; i++) {
		size_t before = w->text->len;

		add_item(d, r, &got->items[i], wh, w->text);
		items[i].stream =
			got->items[i].is_lookup ? QUEUE_LOOKUPS : QUEUE_CHANGES;
		items[i].event.len = w->text->len - before;
	}
	if (buf_check(w->text, "the delivery's events", err) < 0)
		return -1;
	for (size_t i = 0; i < got->count; i++) {
		items[i].event.ptr = w->text->data + at;
		at += items[i].event.len;
	}
	d->accept.items = items;
	d->accept.count = got->count;
	return fill_persons(d, r, wh, got, w->arena, err);
}

/*
 * Genuine, but not what the manifest says: our problem, not the sender's.
 * Vendors drop an event for good on a 4xx, so it is kept for an admin.
 */
static int fill_dead(struct delivery *d, const struct live_route *r,
		     const struct webhook *wh, const char *why,
		     struct delivery_work *w, struct err *err)
{
	struct queue_item *item = arena_zalloc(w->arena, 1, sizeof(*item));
	struct json_writer out;

	if (!item)
		return arena_full(w->arena, err);
	json_writer_init(&out, w->text);
	json_open_object(&out, NULL);
	json_add_int(&out, "v", 1);
	json_add_z(&out, "kind", "webhook");
	json_add_z(&out, "organization", r->organization);
	json_add_z(&out, "connection", r->connection);
	json_add_int(&out, "received_ms", wh->now_ms);
	json_add_z(&out, "reason", why);
	json_add_string(&out, "body", wh->body);
	json_close(&out);
	if (buf_check(w->text, "the dead letter", err) < 0)
		return -1;
	*item = (struct queue_item){ QUEUE_DEAD, buf_str(w->text) };
	d->accept.items = item;
	d->accept.count = 1;
	d->dead = true;
	log_warn("webhook verified but not understood",
		 log_str("connection", r->connection), log_str("why", why));
	return 0;
}

/* A developer's own body: why holds no value of it, so it may be told. */
static enum decision refuse_unreadable(struct delivery *d,
				       const struct live_route *r,
				       const struct err *why, struct arena *a)
{
	char *detail = arena_printf(a, "%s", why->text);

	log_info("webhook verified and refused",
		 log_str("connection", r->connection),
		 log_str("why", why->text));
	return refuse(d, METRIC_WEBHOOKS_REFUSED_MALFORMED,
		      why->kind == ERR_LIMIT ? 413 : 400, detail);
}

/* As the connection's settings and its own mapping say. */
static int read_body(const struct live_route *r, const struct webhook *wh,
		     struct delivery_work *w, struct webhook_delivery *out,
		     struct err *err)
{
	struct fetch_context ctx = { .mapping = r->mapping };
	struct str settings = { r->settings, r->settings_len };
	struct webhook with = *wh;

	if (settings.len &&
	    json_parse(&ctx.settings, w->arena, settings, NULL, err) < 0)
		return -1;
	with.context = &ctx;
	return webhook_read(r->manifest, &with, w->arena, out, err);
}

static enum decision read_and_queue(struct delivery *d,
				    const struct live_route *r,
				    const struct webhook *wh,
				    struct delivery_work *w)
{
	struct webhook_delivery got = { 0 };
	struct err err = { 0 };
	struct str once_id;
	int result;

	d->success_status = webhook_success_status(r->manifest);
	d->accept = (struct queue_accept){ .shard = r->shard,
					   .once_ms = DELIVERY_ONCE_MS };
	if (read_body(r, wh, w, &got, &err) == 0) {
		d->ignored = got.count == 0;
		once_id = got.once_id;
		result = fill_items(d, r, wh, &got, w, &err);
	} else if (webhook_refuses_unreadable(r->manifest)) {
		return refuse_unreadable(d, r, &err, w->arena);
	} else {
		once_id = wh->body;
		result = fill_dead(d, r, wh, err.text, w, &err);
	}
	if (result < 0)
		return refuse(d, METRIC_WEBHOOKS_REFUSED_MALFORMED,
			      err_policy(err.kind)->http_status,
			      "the delivery needs more memory than is allowed: "
			      "send fewer events at once");
	/* Nothing to keep: there is nothing to wait for either. */
	if (d->ignored) {
		metrics_add(METRIC_WEBHOOKS_IGNORED, 1);
		return answer(d, d->success_status, NULL);
	}
	d->accept.once_id = once_key(w->arena, str_of(r->connection), once_id);
	return DECISION_QUEUE;
}

/*
 * The sender is answered once the token cannot be lost. Each leads to a call,
 * and nobody has proven anything: so there are few.
 */
static enum decision queue_token(struct delivery *d, struct live_route *r,
				 const struct webhook_handshake *h,
				 struct delivery_work *w)
{
	static const struct bucket_rate few = { DELIVERY_TOKENS_PER_SECOND,
						DELIVERY_TOKENS_BURST };
	struct queue_item *item = arena_zalloc(w->arena, 1, sizeof(*item));
	struct err err = { 0 };

	if (bucket_take(&r->limits.captured, &few, w->mono_ms) != 0)
		return refuse(d, METRIC_WEBHOOKS_UNCHECKED, 503,
			      "too many tokens: please send it again");
	if (!item ||
	    capture_job(r, w->routes->keys, h, w->arena, w->text, &err) < 0) {
		log_error("a webhook cannot be confirmed",
			  log_str("connection", r->connection),
			  log_str("why", err.text));
		return refuse(d, METRIC_WEBHOOKS_UNAVAILABLE, 503,
			      "this connection is not set up completely");
	}
	*item = (struct queue_item){ QUEUE_JOBS, buf_str(w->text) };
	d->success_status = h->status;
	d->accept = (struct queue_accept){ .shard = r->shard,
					   .items = item,
					   .count = 1 };
	return DECISION_QUEUE;
}

/* True: *out is what is to be done. */
static bool is_handshake(struct delivery *d, struct live_route *r,
			 const struct webhook *wh, struct delivery_work *w,
			 enum decision *out)
{
	struct webhook_handshake reply = { 0 };

	if (!webhook_handshake(r->manifest, wh, w->arena, &reply))
		return false;
	if (reply.token.ptr) {
		*out = queue_token(d, r, &reply, w);
		return true;
	}
	d->verdict = (struct verdict){ .status = reply.status,
				       .content_type = reply.content_type,
				       .body = reply.body };
	metrics_add(METRIC_WEBHOOKS_IGNORED, 1);
	*out = DECISION_ANSWER;
	return true;
}

/* A refusal that must not stand on old knowledge. */
struct refusal {
	enum metric metric;
	int status;
	const char *detail;
};

static const struct refusal not_set_up = {
	METRIC_WEBHOOKS_UNAVAILABLE, 503,
	"this connection is not set up completely"
};

static const struct refusal not_verified = {
	METRIC_WEBHOOKS_REFUSED_AUTH, 401, "the webhook could not be verified"
};

static const struct refusal not_enabled = { METRIC_WEBHOOKS_REFUSED_STATE, 403,
					    "this connection is not enabled" };

static const struct refusal not_known = { METRIC_WEBHOOKS_REFUSED_UNKNOWN, 404,
					  NULL };

/*
 * Another receiver, or the console, may know better than we do: a connection
 * made, enabled or given another secret a moment ago. Some vendors drop an
 * event for good on a 4xx, so none is given before Redis was asked; where it
 * was asked too often, 503 takes the place of an answer that we do not have.
 */
static enum decision refuse_freshly(struct delivery *d,
				    const struct delivery_work *w,
				    struct bucket *asked,
				    const struct refusal *why)
{
	static const struct bucket_rate rate = { DELIVERY_ASKS_PER_SECOND,
						 DELIVERY_ASKS_BURST };

	if (w->asked)
		return refuse(d, why->metric, why->status, why->detail);
	if (bucket_take(asked, &rate, w->mono_ms) == 0)
		return DECISION_ASK;
	return refuse(d, METRIC_WEBHOOKS_UNCHECKED, 503,
		      "too many webhooks that cannot be accepted: please "
		      "send it again");
}

static void say_too_many(struct live_route *r, const struct bucket_rate *rate,
			 int64_t mono_ms)
{
	if (mono_ms < r->limits.quiet_until_ms)
		return;
	r->limits.quiet_until_ms = mono_ms + SAY_EVERY_MS;
	log_warn("more webhooks than webhook-rate allows are put off",
		 log_str("connection", r->connection),
		 log_int("per_second", rate->per_second));
}

/*
 * True when its rate is used up: answered. Only what was verified is counted:
 * else whoever knows the address could keep genuine deliveries out.
 */
static bool is_too_much(struct delivery *d, struct live_route *r,
			const struct delivery_work *w)
{
	const struct bucket_rate *rate = &w->routes->rate;
	int64_t wait_ms = bucket_take(&r->limits.taken, rate, w->mono_ms);

	if (wait_ms == 0)
		return false;
	say_too_many(r, rate, w->mono_ms);
	(void)refuse(d, METRIC_WEBHOOKS_LIMITED,
		     webhook_too_many_status(r->manifest),
		     "too many webhooks for this connection: send it again "
		     "after Retry-After");
	d->verdict.retry_ms = wait_ms;
	return true;
}

static enum decision decide_known(struct delivery *d, struct live_route *r,
				  const struct webhook *wh,
				  struct delivery_work *w)
{
	struct bucket *asked = &r->limits.asked;
	enum decision decision;
	struct err err = { 0 };

	/* A handshake may come before its secret does, or bring it. */
	if (r->manifest && is_handshake(d, r, wh, w, &decision))
		return decision;
	if (!r->manifest || !r->keys)
		return refuse_freshly(d, w, asked, &not_set_up);
	if (!str_is(wh->method, "POST"))
		return refuse(d, METRIC_WEBHOOKS_REFUSED_MALFORMED, 405, NULL);
	if (webhook_verify(r->manifest, r->keys, wh, w->arena, &err) < 0)
		return refuse_freshly(d, w, asked, &not_verified);
	if (r->status != CONNECTION_ENABLED)
		return refuse_freshly(d, w, asked, &not_enabled);
	if (is_too_much(d, r, w))
		return DECISION_ANSWER;
	return read_and_queue(d, r, wh, w);
}

static enum decision decide_unknown(struct delivery *d,
				    const struct delivery_work *w)
{
	/* No connection at all: Redis was emptied, or we are starting. */
	if (w->asked && live_count(w->routes) == 0)
		return refuse(d, METRIC_WEBHOOKS_UNAVAILABLE, 503,
			      "no connection is known yet");
	return refuse_freshly(d, w, &w->routes->asked, &not_known);
}

enum decision delivery_decide(struct delivery *d, struct delivery_work *w,
			      struct str connection, const struct webhook *wh)
{
	struct live_route *r;

	*d = (struct delivery){ 0 };
	arena_clear(w->arena);
	buf_clear(w->text);
	if (connection.len != RANDOM_ID_SIZE - 1)
		return refuse(d, METRIC_WEBHOOKS_REFUSED_UNKNOWN, 404, NULL);
	r = live_find(w->routes, connection, wh->now_ms);
	return r ? decide_known(d, r, wh, w) : decide_unknown(d, w);
}

void delivery_queued(struct delivery *d, enum queue_accepted how,
		     const struct err *err)
{
	if (err->kind != ERR_NONE) {
		(void)refuse(d, METRIC_WEBHOOKS_UNAVAILABLE, 503,
			     "not stored: please send it again");
		return;
	}
	(void)answer(d, d->success_status, NULL);
	if (how == QUEUE_DUPLICATE) {
		metrics_add(METRIC_WEBHOOKS_DUPLICATE, 1);
		return;
	}
	metrics_add(d->dead ? METRIC_WEBHOOKS_DEAD : METRIC_WEBHOOKS_ACCEPTED,
		    1);
	metrics_add(METRIC_EVENTS_QUEUED, (int64_t)d->changes);
	metrics_add(METRIC_LOOKUPS_QUEUED, (int64_t)d->lookups);
}
