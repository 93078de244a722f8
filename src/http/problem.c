#include "http/problem.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"

#include <stdio.h>
#include <strings.h>

#define BODY_MAX      4096
#define RETRY_MIN_S   5
#define RETRY_SPREAD  15 /* so 5 to 19 s: within the wait of most senders */
#define RETRY_HEADERS 3

/*
 * Inside a JSON string. Details are ours and in ASCII; any other byte came
 * from input, maybe cut within a character, and becomes a question mark.
 */
static void add_text(struct buf *b, const char *z)
{
	for (; *z; z++) {
		unsigned char c = (unsigned char)*z;

		if (c == '"' || c == '\\')
			buf_add_char(b, '\\');
		if (c < ' ' || c >= 0x7f)
			c = '?';
		buf_add(b, &c, 1);
	}
}

static void format_body(struct buf *b, int status, const char *detail)
{
	buf_add_z(b, "{\"type\":\"about:blank\",\"title\":\"");
	add_text(b, http_reason(status));
	buf_addf(b, "\",\"status\":%d", status);
	if (detail) {
		buf_add_z(b, ",\"detail\":\"");
		add_text(b, detail);
		buf_add_char(b, '"');
	}
	buf_add_char(b, '}');
}

/* Spreads retries; nothing secret depends on it. splitmix64's last step. */
static unsigned retry_after_s(void)
{
	static uint64_t state;
	uint64_t x = state += (uint64_t)clock_mono_us() | 1;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return RETRY_MIN_S + (unsigned)((x ^ x >> 31) % RETRY_SPREAD);
}

/* Whoever says itself when to come back knows better than chance does. */
static bool wants_retry(int status, const struct http_header *extra)
{
	if (extra && !strcasecmp(extra->name, "Retry-After"))
		return false;
	return status == 503 || status == 429;
}

void http_reply_problem_with(struct http_request *req, int status,
			     const char *detail,
			     const struct http_header *extra)
{
	struct http_header headers[RETRY_HEADERS] = {
		{ "Content-Type", "application/problem+json" },
	};
	struct http_reply r = { .status = status, .headers = headers };
	char seconds[16];
	struct buf body;

	r.header_count = 1;
	if (wants_retry(status, extra)) {
		ASSERT(snprintf(seconds, sizeof(seconds), "%u",
				retry_after_s()) > 0);
		headers[r.header_count++] =
			(struct http_header){ "Retry-After", seconds };
	}
	if (extra)
		headers[r.header_count++] = *extra;
	buf_init(&body, BODY_MAX);
	format_body(&body, status, detail);
	ASSERT(!body.failed);
	r.body = buf_str(&body);
	http_reply(req, &r);
	buf_release(&body);
}

void http_reply_problem(struct http_request *req, int status,
			const char *detail)
{
	http_reply_problem_with(req, status, detail, NULL);
}

void http_reply_err(struct http_request *req, const struct err *err)
{
	http_reply_problem(req, err_policy(err->kind)->http_status, err->text);
}
