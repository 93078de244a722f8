/*
 * What comes, byte for byte: counted, judged when the body begins, and kept
 * or handed on.
 */
#include "client_call.h"

#include "base/clock.h"
#include "base/str.h"

#define STOP 0 /* what a callback returns to end the call */

/* curl keeps the headers itself (curl_easy_header); here they are counted. */
size_t call_header_cb(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	(void)data;
	call->heard_ms = clock_mono_ms();
	call->header_bytes += len;
	if (call->header_bytes <= HTTP_CLIENT_MAX_HEADER_BYTES)
		return len;
	call->why = WHY_LARGE;
	return STOP;
}

/* Every field of this name has this value; or there is none. */
static bool is_only(const struct http_call *call, const char *name,
		    const char *value)
{
	struct curl_header *h;

	for (size_t i = 0;
	     !curl_easy_header(call->easy, name, i, CURLH_HEADER, -1, &h); i++)
		if (!str_eq_nocase(str_trim(str_of(h->value)), str_of(value)))
			return false;
	return true;
}

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

/*
 * Some versions of curl unpack a transfer coding that nobody asked for, so
 * that it too is refused by its name, before there is much to unpack.
 */
static bool begin_body(struct http_call *call)
{
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	call->status = (int)status;
	if (is_only(call, "Content-Encoding", "identity") &&
	    is_only(call, "Transfer-Encoding", "chunked"))
		return true;
	call->why = is_good(call->status) ? WHY_PACKED : WHY_ENOUGH;
	return false;
}

static size_t hand_on(struct http_call *call, struct str bytes)
{
	enum http_flow flow;

	if (call->received > call->max_body) {
		call->why = WHY_LARGE;
		return STOP;
	}
	flow = call->chunk(bytes, call->arg);
	if (flow == HTTP_GO_ON)
		return bytes.len;
	if (flow == HTTP_PAUSE) {
		call->paused = true;
		return bytes.len;
	}
	call->why = WHY_READER;
	return STOP;
}

static size_t keep(struct http_call *call, struct str bytes)
{
	size_t room = call->body.max - call->body.len;

	buf_add(&call->body, bytes.ptr, bytes.len < room ? bytes.len : room);
	if (bytes.len <= room)
		return bytes.len;
	call->why = call->chunk ? WHY_ENOUGH : WHY_LARGE;
	return STOP;
}

size_t call_body_cb(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	struct str bytes = { data, size * count };

	if (call->dropped)
		return STOP;
	if (call->paused)
		return CURL_WRITEFUNC_PAUSE;
	call->heard_ms = clock_mono_ms();
	if (!call->status && !begin_body(call))
		return STOP;
	call->received += bytes.len;
	if (call->chunk && is_good(call->status))
		return hand_on(call, bytes);
	return keep(call, bytes);
}
