#include "reply.h"

#include "base/assert.h"
#include "http/problem.h"

#include <inttypes.h>
#include <stdio.h>

static void reply_refusal(struct http_request *req, const struct verdict *v)
{
	char seconds[24];
	struct http_header retry = { "Retry-After", seconds };

	/* Rounded up: a moment too early would be refused again. */
	ASSERT(snprintf(seconds, sizeof(seconds), "%" PRId64,
			(v->retry_ms + 999) / 1000) > 0);
	http_reply_problem_with(req, v->status, v->detail,
				v->retry_ms ? &retry : NULL);
}

static void reply_success(struct http_request *req, const struct verdict *v)
{
	struct http_header type = { "Content-Type", v->content_type };
	struct http_reply reply = { .status = v->status, .body = v->body };

	if (v->content_type) {
		reply.headers = &type;
		reply.header_count = 1;
	}
	http_reply(req, &reply);
}

void reply_verdict(struct http_request *req, const struct verdict *v)
{
	if (v->status >= 400)
		reply_refusal(req, v);
	else
		reply_success(req, v);
}
