/* One call: its curl handle, what it has received, and how it ended. */
#ifndef HTTP_CLIENT_CALL_H
#define HTTP_CLIENT_CALL_H

#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"
#include "loop/loop.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum call_state {
	CALL_WAITING, /* in line: curl does not know it yet */
	CALL_RUNNING,
	CALL_ENDED /* its callback is on the stack, or it is being freed */
};

/* Why we ended it ourselves; curl then says no more than that we did. */
enum call_why {
	WHY_NONE,
	WHY_LARGE,   /* headers or body */
	WHY_PACKED,  /* the body is compressed */
	WHY_READER,  /* HTTP_ABORT */
	WHY_STALLED, /* no byte for too long */
	WHY_SLOW,    /* too few bytes for too long */
	WHY_ENOUGH,  /* an error's body: its status is told all the same */
	WHY_COUNT
};

struct http_call {
	struct http_client *client;
	enum call_state state;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	bool sftp;
	int key_fd;	     /* of SFTP: our key, in memory; -1: none */
	struct buf sent;     /* the request's body */
	struct buf identity; /* our certificate and its key */
	struct buf body;     /* as far as it is not streamed */
	size_t header_bytes;
	uint64_t received; /* bytes of body */
	uint64_t max_body;
	int status;    /* 0 until the body begins */
	bool allowed;  /* the host is on the allow list */
	bool refused;  /* the guard refused an address of the host */
	bool opened;   /* … and let another one pass */
	bool paused;   /* by the reader of the body */
	bool finished; /* all is there, but the reader pauses */
	bool dropped;  /* cancelled while curl was on the stack */
	enum call_why why;
	int64_t stall_ms;
	int64_t heard_ms;	 /* when the last byte came */
	int64_t slow_ms;	 /* 0: it may take its time */
	uint64_t slow_bytes;	 /* … in which these have to come */
	int64_t window_ms;	 /* when such a time began */
	uint64_t window_bytes;	 /* … and what had come before */
	struct loop_timer stall; /* these two are the client's */
	struct loop_task resume;
	http_chunk_fn *chunk;
	http_answer_fn *fn;
	void *arg;
	TAILQ_ENTRY(http_call) link; /* waiting or running */
};

/*
 * cfg has its defaults filled in. The caller sets client, fn and arg, and
 * initialises stall and resume.
 */
int call_new(struct http_call **out, const struct http_client_config *cfg,
	     const struct http_call_spec *spec, struct err *err) MUST_CHECK;

/* Must not be with a multi handle any more, nor with the loop. */
void call_free(struct http_call *call);

/* client_receive.c: what comes. curl's callbacks; arg is the call. */
size_t call_header_cb(char *data, size_t size, size_t count, void *arg);
size_t call_body_cb(char *data, size_t size, size_t count, void *arg);

/* client_headers.c: what we send. Free with call_wipe_headers. */
int call_add_headers(struct http_call *call, const struct http_call_spec *spec,
		     struct err *err) MUST_CHECK;
void call_wipe_headers(struct http_call *call);

/* What curl said at the end, in the words of http_answer. */
void call_answer(const struct http_call *call, CURLcode rc,
		 struct http_answer *out);

#endif
