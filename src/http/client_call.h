/* One call: its curl handle, what it has received, and how it ended. */
#ifndef HTTP_CLIENT_CALL_H
#define HTTP_CLIENT_CALL_H

#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum call_state {
	CALL_WAITING, /* in line: curl does not know it yet */
	CALL_RUNNING,
	CALL_ENDED /* its callback is on the stack, or it is being freed */
};

struct http_call {
	struct http_client *client;
	enum call_state state;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	struct buf body;
	size_t header_bytes;
	bool allowed;	/* the host is on the allow list */
	bool refused;	/* the guard refused an address of the host */
	bool opened;	/* … and let another one pass */
	bool too_large; /* headers or body */
	http_answer_fn *fn;
	void *arg;
	TAILQ_ENTRY(http_call) link; /* waiting or running */
};

/* cfg has its defaults filled in. The caller sets client, fn and arg. */
int call_new(struct http_call **out, const struct http_client_config *cfg,
	     const struct http_call_spec *spec, struct err *err) MUST_CHECK;

/* Must not be with a multi handle any more. */
void call_free(struct http_call *call);

/* What curl said at the end, in the words of http_answer. */
void call_answer(const struct http_call *call, CURLcode rc,
		 struct http_answer *out);

#endif
