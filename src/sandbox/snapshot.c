#include "snapshot.h"

#include "base/assert.h"
#include "base/clock.h"
#include "kept.h"
#include "sender.h"
#include "state.h"

#define FORMAT	  1
#define VALUES	  4000000
#define ARENA_MAX (512u << 20) /* some 100 bytes for each */
#define COUNT_MAX (INT64_MAX / 4)
#define MS_MAX	  (INT64_C(10000000) * CLOCK_DAY_MS)

/* More than can be given or can happen in the seconds that a crash loses. */
#define SKIPPED_IDS    1000000000
#define SKIPPED_MS     10000
#define SKIPPED_EVENTS 100000
#define EVENTS_MAX     (1 << 28) /* over which their numbers come again */

#define NUMBER(name, member, min, max)                                       \
	{                                                                    \
		name, KEPT_NUMBER, KEPT_AT(struct company, member), min, max \
	}

static const struct kept_field fields[] = {
	NUMBER("size", size, 1, COMPANY_MAX_PEOPLE + COMPANY_MAX_HIRES),
	NUMBER("reference_day", reference_day, 0, 10000000),
	NUMBER("stands_at_ms", fixed_ms, -1, MS_MAX),
	NUMBER("offset_ms", offset_ms, 0, MS_MAX),
	NUMBER("settled_ms", settled_ms, -MS_MAX, 2 * MS_MAX),
	NUMBER("epoch", epoch, 0, UINT32_MAX),
	NUMBER("draws", draws, 0, COUNT_MAX),
};

/* Refresh tokens that others keep, and ids of events that they remember. */
static void write_apis(const struct sandbox *sb, struct json_writer *w)
{
	json_add_int(w, "events", sb->journal.next);
	json_open_object(w, "refresh_tokens");
	for (unsigned v = 0; v < API_COUNT; v++)
		if (sb->apis[v].token.rotation)
			json_add_int(w, vendor_name((enum vendor)v),
				     sb->apis[v].token.rotation);
	json_close(w);
}

static int read_apis(struct sandbox *sb, const struct json *root,
		     struct err *err)
{
	const struct json *tokens = json_get(root, "refresh_tokens");
	const struct json *events = json_get(root, "events");
	int64_t n = 0; /* of an older sandbox, which told none */

	if (events && (!json_int(events, &n) || n < 0 || n > EVENTS_MAX))
		return err_set(err, ERR_INVALID, "no number of events");
	sb->journal.first = sb->journal.next = (uint32_t)n;
	for (const struct json *v = json_first(tokens); v; v = json_next(v)) {
		enum vendor who;

		if (!vendor_find(json_key(v), &who) || who >= API_COUNT ||
		    !json_int(v, &n) || n < 0 || n > UINT32_MAX)
			return err_set(err, ERR_INVALID,
				       "a refresh token of nobody");
		sb->apis[who].token.rotation = (uint32_t)n;
	}
	return 0;
}

void snapshot_write(struct sandbox *sb, bool ended, struct buf *out)
{
	const struct company *c = &sb->company;
	struct json_writer w;
	struct buf seed;

	buf_init(&seed, 32);
	buf_add_u64(&seed, c->seed);
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "sandbox_state", FORMAT);
	json_add_string(&w, "seed", buf_str(&seed)); /* may pass an int64_t */
	json_add_int(&w, "people", c->base);
	json_add_bool(&w, "ended", ended);
	json_add_int(&w, "rate_per_minute", (int64_t)sb->rate);
	json_open_object(&w, "company");
	kept_write(fields, ARRAY_LEN(fields), c, NULL, &w);
	json_close(&w);
	write_apis(sb, &w);
	snapshot_write_webhooks(sb, &w);
	json_open_array(&w, "changed");
	snapshot_write_people(sb, &w);
	json_close(&w);
	json_close(&w);
	buf_release(&seed);
}

static int check_origin(const struct company *c, const struct json *root,
			struct err *err)
{
	struct str seed = json_string(json_get(root, "seed"));
	uint64_t seed_n = 0;
	int64_t format = 0, people = 0;

	(void)json_int(json_get(root, "sandbox_state"), &format);
	if (format != FORMAT)
		return err_set(err, ERR_CONFIG,
			       "is not a state of this version of the sandbox: "
			       "name another file, or remove it to start anew");
	if (!str_to_u64(seed, &seed_n) ||
	    !json_int(json_get(root, "people"), &people))
		return err_set(err, ERR_INVALID, "no seed or people");
	if (seed_n != c->seed || people != c->base)
		return err_set(
			err, ERR_CONFIG,
			"is of another company: start it with "
			"--seed=%llu --people=%lld, or name another file",
			(unsigned long long)seed_n, (long long)people);
	return 0;
}

static int read_company(struct company *c, const struct json *root,
			bool clock_given, struct err *err)
{
	int64_t fixed_ms = c->fixed_ms;

	if (kept_read(fields, ARRAY_LEN(fields), json_get(root, "company"),
		      false, c, err) < 0)
		return -1;
	if (c->size < c->base || c->size - c->base > COMPANY_MAX_HIRES)
		return err_set(err, ERR_INVALID, "\"size\" is not possible");
	if (clock_given && fixed_ms != c->fixed_ms)
		return err_set(err, ERR_CONFIG,
			       "has a clock that was started otherwise: leave "
			       "--clock out, or name another file");
	company_go_on(c);
	return 0;
}

/* What came after the last writing is lost, but may have been told. */
static void skip_what_was_lost(struct sandbox *sb)
{
	sender_marks(sb->sender)->last_delivery += SKIPPED_IDS;
	sb->journal.first = sb->journal.next += SKIPPED_EVENTS;
	if (sb->company.fixed_ms >= 0) /* else time has passed by itself */
		sb->company.offset_ms += SKIPPED_MS;
}

static int read_all(struct sandbox *sb, const struct json *root,
		    bool clock_given, struct err *err)
{
	int64_t rate;

	if (check_origin(&sb->company, root, err) < 0 ||
	    read_company(&sb->company, root, clock_given, err) < 0 ||
	    snapshot_read_people(sb, json_get(root, "changed"), err) < 0 ||
	    read_apis(sb, root, err) < 0 ||
	    snapshot_read_webhooks(sb, root, err) < 0)
		return -1;
	if (!json_int(json_get(root, "rate_per_minute"), &rate) || rate < 0 ||
	    rate > SANDBOX_RATE_MAX)
		return err_set(err, ERR_INVALID, "no rate");
	sb->rate = (uint64_t)rate;
	if (!json_true(json_get(root, "ended")))
		skip_what_was_lost(sb);
	return 0;
}

int snapshot_read(struct sandbox *sb, struct str text, bool clock_given,
		  struct err *err)
{
	const struct json_limits limits = { SNAPSHOT_MAX, 8, VALUES };
	struct err why = { 0 };
	const struct json *root;
	struct arena a;
	int result;

	arena_init(&a, ARENA_MAX);
	result = json_parse(&root, &a, text, &limits, &why);
	if (result == 0)
		result = read_all(sb, root, clock_given, &why);
	arena_release(&a);
	if (result == 0)
		return 0;
	if (why.kind == ERR_INVALID)
		return err_set(err, ERR_CONFIG,
			       "is damaged (%s): put back a copy, or remove "
			       "it to start anew",
			       why.text);
	return err_set(err, ERR_CONFIG, "%s", why.text);
}
