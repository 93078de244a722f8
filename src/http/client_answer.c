/* How a call ended, in our words; and what its headers say. */
#include "client_call.h"
#include "client_sftp.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/str.h"

struct failure {
	enum err_kind kind;
	const char *text;
};

static const struct failure ours[WHY_COUNT] = {
	[WHY_LARGE] = { ERR_LIMIT, "the answer is too large" },
	[WHY_PACKED] = { ERR_INVALID,
			 "the answer is compressed, which was not asked for" },
	[WHY_READER] = { ERR_INVALID, "the answer was not wanted any more" },
	[WHY_STALLED] = { ERR_TEMP, "the answer stalled" },
	[WHY_SLOW] = { ERR_TEMP, "the answer came too slowly" },
};

/* Those whose cause an operator can act upon; the rest is in curl's words. */
static const struct {
	CURLcode rc;
	struct failure failure;
} curls[] = {
	{ CURLE_COULDNT_RESOLVE_HOST,
	  { ERR_TEMP, "its name does not resolve: check the address" } },
	{ CURLE_COULDNT_CONNECT,
	  { ERR_TEMP, "cannot connect: check the address, and what stands "
		      "between" } },
	{ CURLE_OPERATION_TIMEDOUT, { ERR_TEMP, "no whole answer in time" } },
	{ CURLE_PEER_FAILED_VERIFICATION,
	  { ERR_TEMP,
	    "its certificate is not valid: check ca-file and the host name" } },
	{ CURLE_SSL_CERTPROBLEM,
	  { ERR_CONFIG, "the client certificate or its key cannot be used: "
			"give a pair in PEM, the key without a password" } },
};

/* What curl sees itself, before we do. */
static enum call_why why_of(const struct http_call *call, CURLcode rc)
{
	if (rc == CURLE_FILESIZE_EXCEEDED)
		return WHY_LARGE;
	if (rc == CURLE_BAD_CONTENT_ENCODING)
		return WHY_PACKED;
	return call->why;
}

static void fill(struct err *err, const struct http_call *call, CURLcode rc)
{
	enum call_why why = why_of(call, rc);

	if (ours[why].text) {
		err_fill(err, ours[why].kind, "%s", ours[why].text);
		return;
	}
	if (call->refused && !call->opened) {
		err_fill(err, ERR_FORBIDDEN,
			 "the host has an internal address: name it with its "
			 "port in allow-hosts to call it");
		return;
	}
	if (call->sftp && client_sftp_explain(rc, err))
		return;
	for (size_t i = 0; i < ARRAY_LEN(curls); i++) {
		if (curls[i].rc == rc) {
			err_fill(err, curls[i].failure.kind, "%s",
				 curls[i].failure.text);
			return;
		}
	}
	err_fill(err, ERR_TEMP, "the call failed: %s", curl_easy_strerror(rc));
}

void call_answer(const struct http_call *call, CURLcode rc,
		 struct http_answer *out)
{
	long status = 0;

	*out = (struct http_answer){ .call = call, .received = call->received };
	if (call->sftp && call->why == WHY_NONE && client_sftp_status(rc)) {
		out->status = client_sftp_status(rc);
		out->body = buf_str(&call->body);
		return;
	}
	if (rc && call->why != WHY_ENOUGH) {
		fill(&out->err, call, rc);
		return;
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	out->status = (int)status;
	out->body = buf_str(&call->body);
}

struct str http_answer_header(const struct http_answer *a, const char *name)
{
	struct curl_header *h;

	if (!a->call ||
	    curl_easy_header(a->call->easy, name, 0, CURLH_HEADER, -1, &h))
		return (struct str){ 0 };
	return str_of(h->value);
}

int64_t http_answer_retry_after(const struct http_answer *a)
{
	struct str value = http_answer_header(a, "Retry-After");
	int64_t seconds, date;

	if (!value.ptr)
		return -1;
	if (str_to_i64(value, &seconds))
		return seconds < 0 ? -1 : seconds;
	date = (int64_t)curl_getdate(value.ptr, NULL);
	if (date < 0)
		return -1;
	seconds = date - clock_wall_ms() / 1000;
	return seconds < 0 ? 0 : seconds;
}
