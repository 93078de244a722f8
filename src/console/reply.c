#include "reply.h"

#include "base/assert.h"
#include "base/log.h"
#include "json/write.h"

#include <string.h>

#define HEADERS_MAX   8
#define PROBLEM_MAX   4096
#define RETRY_AFTER_S "5"

/*
 * Answers hold personal data and belong to nobody's cache; no browser may
 * guess at their type, frame them, or read them from another site.
 */
static const struct http_header standing[] = {
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Content-Security-Policy", "default-src 'none'; "
				     "frame-ancestors 'none'" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Referrer-Policy", "no-referrer" },
};

static void send(struct http_request *req, int status, const char *type,
		 struct str body, const struct http_header *extra)
{
	struct http_header headers[HEADERS_MAX];
	struct http_reply reply = { .status = status, .body = body };
	size_t n = ARRAY_LEN(standing);

	memcpy(headers, standing, sizeof(standing));
	headers[n++] = (struct http_header){ "Content-Type", type };
	if (extra)
		headers[n++] = *extra;
	reply.headers = headers;
	reply.header_count = n;
	http_reply(req, &reply);
}

void reply_json(struct http_request *req, int status, struct str body,
		const char *location)
{
	struct http_header extra = { "Location", location };

	send(req, status, "application/json", body, location ? &extra : NULL);
}

void reply_problem(struct http_request *req, int status, const char *detail,
		   const struct http_header *extra)
{
	static const struct http_header retry = { "Retry-After",
						  RETRY_AFTER_S };
	struct json_writer w;
	struct buf body;

	if (!extra && (status == 503 || status == 429))
		extra = &retry;
	buf_init(&body, PROBLEM_MAX);
	json_writer_init(&w, &body);
	json_open_object(&w, NULL);
	json_add_z(&w, "type", "about:blank");
	json_add_z(&w, "title", http_reason(status));
	json_add_int(&w, "status", status);
	if (detail)
		json_add_z(&w, "detail", detail);
	json_close(&w);
	ASSERT(!body.failed); /* an err's text is short */
	send(req, status, "application/problem+json", buf_str(&body), extra);
	buf_release(&body);
}

void reply_text(struct http_request *req, int status, const char *text)
{
	struct buf body;

	buf_init(&body, PROBLEM_MAX);
	buf_add_z(&body, text);
	buf_add_char(&body, '\n');
	ASSERT(!body.failed);
	send(req, status, "text/plain; charset=utf-8", buf_str(&body), NULL);
	buf_release(&body);
}

static const char *detail_of(int status, const struct err *err)
{
	if (status < 500)
		return err->text;
	if (status == 503)
		return "try again in a moment";
	return "hrisd cannot do this now; its log says why";
}

void reply_err(struct http_request *req, const struct err *err)
{
	const struct err_policy *policy = err_policy(err->kind);

	if (policy->http_status >= 500)
		log_error("a call failed", log_str("kind", policy->name),
			  log_str("why", err->text));
	reply_problem(req, policy->http_status,
		      detail_of(policy->http_status, err), NULL);
}
