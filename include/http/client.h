/*
 * HTTP calls to an HRIS: libcurl's multi interface on the loop. Guarded: only
 * https to public addresses, unless a host is allowed by name; no redirects;
 * no proxy or netrc from the environment; bounded in time and bytes.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;
struct http_call;

struct http_client_config {
	/*
	 * "host:port", separated by commas: hosts that may be internal and
	 * may be spoken to without TLS. For the sandbox and for tests.
	 */
	const char *allow_hosts;
	const char *ca_file;   /* NULL: the system's */
	size_t max_parallel;   /* calls at once; more wait in line. 64 */
	size_t max_body_bytes; /* of an answer, decoded. 16 MiB */
	int64_t connect_ms;    /* 5 s */
	int64_t total_ms;      /* 30 s */
};

int http_client_new(struct http_client **out, struct loop *loop,
		    const struct http_client_config *cfg,
		    struct err *err) MUST_CHECK;

/* Calls under way end without a word: their callbacks are not called. */
void http_client_free(struct http_client **c);

struct http_call_header {
	struct str name;
	struct str value;
};

/* Copied when the call starts. */
struct http_call_spec {
	const char *method; /* "GET", "POST", … */
	const char *url;    /* whole, https://… */
	const struct http_call_header *headers;
	size_t header_count;
	struct str body; /* ptr NULL: none */
};

struct http_answer {
	int status; /* 0 when there was no answer: see err */
	struct str body;
	const struct http_call *call; /* for http_answer_header */
	struct err err; /* ERR_TEMP: try again; ERR_FORBIDDEN: the guard;
			   ERR_LIMIT: too large */
};

/* ptr NULL when absent. Borrowed until the callback returns. */
struct str http_answer_header(const struct http_answer *a, const char *name);

/*
 * Seconds that a 429 or 503 asks to wait, from Retry-After (seconds or an
 * HTTP date); -1 when it does not say.
 */
int64_t http_answer_retry_after(const struct http_answer *a);

/* From the loop, never from within http_client_start; a is freed after. */
typedef void http_answer_fn(const struct http_answer *a, void *arg);

/* On success exactly one callback follows, unless cancelled. */
int http_client_start(struct http_client *c, const struct http_call_spec *spec,
		      http_answer_fn *fn, void *arg, struct http_call **out,
		      struct err *err) MUST_CHECK;
void http_call_cancel(struct http_call **call);

/* Calls started and not ended. */
size_t http_client_active(const struct http_client *c);

#endif
