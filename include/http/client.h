/*
 * HTTP calls to an HRIS: libcurl's multi interface on the loop. Guarded: only
 * https to port 443 of public addresses, unless a host is allowed by name; no
 * redirects (a 3xx is handed over as it is); no proxy, netrc or cookies;
 * bounded in time and bytes. Compression is not asked for, and a body that
 * comes compressed all the same is refused before it is unpacked.
 *
 * Name look-ups never block: a libcurl without the threaded or the c-ares
 * resolver is refused (Debian 12 and 13 have the threaded one).
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

#define HTTP_CLIENT_MAX_WAITING	     4096  /* calls in line */
#define HTTP_CLIENT_MAX_HEADER_BYTES 65536 /* of an answer, all lines */
#define HTTP_CLIENT_MAX_ERROR_BYTES  65536 /* see http_call_spec */
#define HTTP_CLIENT_MAX_IDENTITY     65536 /* certificate and key */

struct http_client_config {
	/*
	 * "host:port", separated by commas: hosts that may be internal and
	 * may be spoken to without TLS. For the sandbox and for tests.
	 */
	const char *allow_hosts;
	const char *ca_file;   /* NULL or "": the system's */
	size_t max_parallel;   /* calls at once; more wait in line. 64 */
	size_t max_body_bytes; /* of an answer. 16 MiB */
	int64_t connect_ms;    /* name look-up and TLS included. 5 s */
	int64_t total_ms;      /* without the time in line. 30 s */
	int64_t stall_ms;      /* without a byte of the answer. 20 s */
};

/* 0 in a field of cfg: its default. ERR_CONFIG for an unfit libcurl. */
int http_client_new(struct http_client **out, struct loop *loop,
		    const struct http_client_config *cfg,
		    struct err *err) MUST_CHECK;

/*
 * Calls under way end without a word: their callbacks are not called. Not
 * from within a callback of this client.
 */
void http_client_free(struct http_client **c);

struct http_call_header {
	struct str name;
	struct str value;
};

enum http_flow {
	HTTP_GO_ON,
	HTTP_PAUSE, /* these bytes are taken; no more until http_call_resume */
	HTTP_ABORT  /* end the call: its answer has status 0 and an err */
};

/*
 * Bytes of a 2xx's body, as they come, 16 KiB at most; they are gone when it
 * returns. It may start and cancel calls, also its own. What it has taken is
 * worth nothing when the answer then has no status: the body was cut short.
 */
typedef enum http_flow http_chunk_fn(struct str bytes, void *arg);

/*
 * A file on an SFTP server, whose url is sftp://host/path: port 22 of a public
 * address, or a host that is allowed by name. What came of it is told as of
 * HTTP: 200, 401 (login), 403, 404 (no such file). No method, headers, body.
 */
struct http_sftp {
	const char *user;
	const char *password; /* NULL: none */
	struct str key;	      /* PEM, or as OpenSSH writes it; empty: none */
	const char *host_key; /* its SHA-256, base64 without '='; needed */
};

/* Copied when the call starts. */
struct http_call_spec {
	const char *method;	      /* "GET", "POST", … */
	const char *url;	      /* whole, https://… */
	const struct http_sftp *sftp; /* NULL: HTTP */
	const struct http_call_header *headers;
	size_t header_count;
	struct str body; /* ptr NULL: none. Name its Content-Type yourself */
	/*
	 * Who we are, by TLS: PEM, the chain after our own certificate, the
	 * key without a password. Both or none. Connections are shared only
	 * by calls with the same ones.
	 */
	struct str certificate;
	struct str key;
	/*
	 * NULL: the body comes with the answer, whole. Else a 2xx's goes here
	 * and the answer's is empty; other statuses have theirs, cut off at
	 * HTTP_CLIENT_MAX_ERROR_BYTES.
	 */
	http_chunk_fn *chunk;
	size_t max_body_bytes; /* these three: 0: as the client's config says */
	int64_t total_ms;      /* pauses included */
	int64_t stall_ms;      /* pauses not included */
	/*
	 * Who sends a byte now and then does not stall and never ends: in each
	 * so many ms, pauses not included, so much of the body has to come.
	 * 0: no such rule.
	 */
	int64_t slow_ms;
	uint64_t slow_bytes;
};

struct http_answer {
	int status; /* 0 when there was no answer: see err */
	struct str body;
	uint64_t received;	      /* bytes of body, streamed ones too */
	const struct http_call *call; /* for http_answer_header; NULL: none */
	struct err err; /* ERR_TEMP: try again; ERR_FORBIDDEN: the guard;
			   ERR_LIMIT: too large; ERR_INVALID: compressed, or
			   HTTP_ABORT; ERR_CONFIG: the client certificate */
};

/* ptr NULL when absent. Borrowed until the callback returns. */
struct str http_answer_header(const struct http_answer *a, const char *name);

/*
 * Seconds that a 429 or 503 asks to wait, from Retry-After (seconds or an
 * HTTP date, RFC 9110 10.2.3); -1 when it does not say.
 */
int64_t http_answer_retry_after(const struct http_answer *a);

/*
 * From the loop, never from within a function of this header; a is freed
 * after. During a pause only a failure is told; the end waits for resume.
 */
typedef void http_answer_fn(const struct http_answer *a, void *arg);

/*
 * On success exactly one callback follows, unless cancelled; *out (may be
 * NULL) is valid until that callback returns. ERR_FORBIDDEN: the guard does
 * not like the URL; ERR_INVALID: not a URL, method or header; ERR_LIMIT: too
 * many in line. No text quotes the URL or a header's value.
 */
int http_client_start(struct http_client *c, const struct http_call_spec *spec,
		      http_answer_fn *fn, void *arg, struct http_call **out,
		      struct err *err) MUST_CHECK;

/* No callback any more; NULL is fine. */
void http_call_cancel(struct http_call **call);

/* After HTTP_PAUSE: bytes come again, from the loop. Else nothing happens. */
void http_call_resume(struct http_call *call);

/* Calls started and not ended. */
size_t http_client_active(const struct http_client *c);

#endif
