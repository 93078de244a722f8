#include "rate_part.h"

#include "base/assert.h"
#include "base/clock.h"
#include "parts.h"

#include <stdio.h>

#define LIMITED_MAX 4
#define RESETS_MAX  4
#define MOMENT_MAX  63	    /* bytes of a time in a header */
#define UNSAID_MS   60000LL /* no call is left, and not until when */

/* The ms to wait that a header's text stands for. */
typedef bool moment_fn(struct str text, int64_t now_ms, int64_t *ms);

struct reset_row {
	const char *header;
	unsigned format;
};

/* ------------------------------------------------------------------ formats */

/* A fraction is rounded up: a little later is never wrong. */
static bool number(struct str text, int64_t *out)
{
	struct str whole;
	bool fraction;

	text = str_trim(text);
	fraction = str_cut(&text, '.', &whole);
	if (!str_to_i64(whole, out) || *out < 0 ||
	    *out > RATE_ASKED_MAX_MS * 1000000)
		return false;
	*out += fraction;
	return true;
}

static bool in_seconds(struct str text, int64_t now_ms, int64_t *ms)
{
	(void)now_ms;
	if (!number(text, ms) || *ms > RATE_ASKED_MAX_MS)
		return false;
	*ms *= 1000;
	return true;
}

static bool at_unix(struct str text, int64_t now_ms, int64_t *ms)
{
	if (!number(text, ms) || *ms > INT64_MAX / 1000)
		return false;
	*ms = *ms * 1000 - now_ms;
	return true;
}

static bool at_unix_ms(struct str text, int64_t now_ms, int64_t *ms)
{
	if (!number(text, ms))
		return false;
	*ms -= now_ms;
	return true;
}

/* Also "2025-07-08 15:35:40 -0700": with spaces, as some write it. */
static bool at_date_time(struct str text, int64_t now_ms, int64_t *ms)
{
	char room[MOMENT_MAX];
	size_t len = 0;
	bool time = false;

	text = str_trim(text);
	if (text.len > sizeof(room))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != ' ')
			room[len++] = text.ptr[i];
		else if (!time)
			room[len++] = 'T';
		time |= text.ptr[i] == ' ';
	}
	if (!clock_parse_ms((struct str){ room, len }, ms))
		return false;
	*ms -= now_ms;
	return true;
}

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

/* RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". */
static bool at_http_date(struct str text, int64_t now_ms, int64_t *ms)
{
	struct str part[6], rest = str_trim(text);
	char room[MOMENT_MAX + 1];
	int len;

	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		(void)str_cut(&rest, ' ', &part[i]);
	if (!str_is(part[5], "GMT") || part[3].len != 4 || part[1].len != 2)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		if (!str_is(part[2], months[i]))
			continue;
		len = snprintf(room, sizeof(room), "%.*s-%02zu-%.*sT%.*sZ",
			       STR_ARG(part[3]), i + 1, STR_ARG(part[1]),
			       STR_ARG(part[4]));
		if (len < 0 || (size_t)len >= sizeof(room) ||
		    !clock_parse_ms(str_of(room), ms))
			return false;
		*ms -= now_ms;
		return true;
	}
	return false;
}

struct moment_row {
	const char *name;
	moment_fn *read;
};

static const struct moment_row formats[] = {
	{ "seconds", in_seconds },     { "unix", at_unix },
	{ "unix-ms", at_unix_ms },     { "http-date", at_http_date },
	{ "date-time", at_date_time },
};

static const struct load_words format_words = LOAD_WORDS(formats);

/* -------------------------------------------------------------------- words */

static const struct load_range status_range = { 400, 599 };

static const struct load_items statuses = {
	.load = load_int,
	.size = sizeof(int64_t),
	.max = LIMITED_MAX,
	.arg = &status_range,
};

static const struct load_key reset_keys[] = {
	{ "header", load_z, offsetof(struct reset_row, header), NULL, true },
	{ "format", load_word, offsetof(struct reset_row, format),
	  &format_words, true },
};

static const struct load_table reset_table = LOAD_TABLE(reset_keys);

static const struct load_items resets = {
	.load = load_nested,
	.size = sizeof(struct reset_row),
	.max = RESETS_MAX,
	.arg = &reset_table,
	.one = true,
};

#define AT(member) offsetof(struct rate_part, member)

static const struct load_range calls_range = { 1, 1000000 };
static const struct load_range per_range = { 1, 86400 };
static const struct load_range burst_range = { 1, 1000 };
static const struct load_range parallel_range = { 1, 64 };
static const struct load_range pause_range = { 1, RATE_ASKED_MAX_MS / 1000 };

static const struct load_key rate_keys[] = {
	{ "calls", load_int, AT(rate.calls), &calls_range, false },
	{ "per_s", load_int, AT(rate.per_s), &per_range, false },
	{ "burst", load_int, AT(rate.burst), &burst_range, false },
	{ "max_parallel", load_int, AT(rate.max_parallel), &parallel_range,
	  false },
	{ "limited", load_list, AT(limited), &statuses, false },
	{ "reset", load_list, AT(reset), &resets, false },
	{ "remaining", load_z, AT(remaining), NULL, false },
	{ "pause_s", load_int, AT(pause_s), &pause_range, false },
};

int load_rate(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	struct rate_part *r = out;

	(void)arg;
	if (load_object(l, v, rate_keys, ARRAY_LEN(rate_keys), r) < 0)
		return -1;
	if (!r->rate.calls && (r->rate.per_s || r->rate.burst))
		return load_fail(l, "'per_s' and 'burst' need 'calls'");
	if (r->rate.calls && !r->rate.per_s)
		r->rate.per_s = 1;
	if (r->rate.calls && !r->rate.burst)
		r->rate.burst = 1;
	return 0;
}

/* ------------------------------------------------------------------- asking */

struct rate rate_of(const struct manifest *m)
{
	return m->fetch.rate.rate;
}

/*
 * The virtual scheduling form of a leaky bucket: what was let through early
 * moves the moment at which the next one would be on time.
 */
int64_t rate_take(const struct rate *r, struct rate_bucket *b, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000;
	int64_t due_us = b->due_us > now_us ? b->due_us : now_us;
	int64_t every_us, early_us;

	if (!r->calls)
		return 0;
	every_us = r->per_s * 1000000 / r->calls;
	early_us = due_us - (r->burst - 1) * every_us - now_us;
	if (early_us > 0)
		return (early_us + 999) / 1000;
	b->due_us = due_us + every_us;
	return 0;
}

bool rate_is_limited(const struct manifest *m, int status)
{
	const int64_t *limited = m->fetch.rate.limited.items;

	for (size_t i = 0; i < m->fetch.rate.limited.count; i++)
		if (limited[i] == status)
			return true;
	return status == 429;
}

static int64_t bounded(int64_t ms)
{
	if (ms < 0)
		return 0;
	return ms < RATE_ASKED_MAX_MS ? ms : RATE_ASKED_MAX_MS;
}

static int64_t retry_after_ms(struct str text, int64_t now_ms)
{
	int64_t ms;

	if (in_seconds(text, now_ms, &ms) || at_http_date(text, now_ms, &ms))
		return bounded(ms);
	return -1;
}

static int64_t reset_ms(const struct rate_part *r, rate_header_fn *header,
			const void *headers, int64_t now_ms)
{
	const struct reset_row *row = r->reset.items;
	int64_t ms;

	for (size_t i = 0; i < r->reset.count; i++) {
		struct str text = header(headers, row[i].header);

		if (text.len && formats[row[i].format].read(text, now_ms, &ms))
			return bounded(ms);
	}
	return -1;
}

/* The last one was taken. */
static bool none_left(const struct rate_part *r, rate_header_fn *header,
		      const void *headers)
{
	struct str left;
	int64_t n;

	if (!r->remaining)
		return false;
	left = str_trim(header(headers, r->remaining));
	return str_to_i64(left, &n) && n <= 0;
}

int64_t rate_asked_ms(const struct manifest *m, int status,
		      rate_header_fn *header, const void *headers,
		      int64_t now_ms)
{
	const struct rate_part *r = &m->fetch.rate;
	int64_t ms = -1;

	if (rate_is_limited(m, status) || status == 503) {
		ms = retry_after_ms(header(headers, "Retry-After"), now_ms);
		return ms >= 0 ? ms : reset_ms(r, header, headers, now_ms);
	}
	if (!none_left(r, header, headers))
		return -1;
	ms = reset_ms(r, header, headers, now_ms);
	return ms >= 0 ? ms : UNSAID_MS;
}

int64_t rate_pause_ms(const struct manifest *m, int status)
{
	const struct rate_part *r = &m->fetch.rate;

	return r->pause_s && rate_is_limited(m, status) ? r->pause_s * 1000
							: -1;
}
