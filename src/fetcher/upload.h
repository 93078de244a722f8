/*
 * The newest file that an admin uploaded, read as if it were the answer to a
 * call: a piece at each turn of the loop.
 */
#ifndef FETCHER_UPLOAD_H
#define FETCHER_UPLOAD_H

#include "base/err.h"
#include "base/str.h"
#include "http/client.h"
#include "loop/loop.h"

#include <stddef.h>

struct upload;

struct upload_spec {
	http_chunk_fn *chunk;  /* NULL: the body comes with the answer */
	size_t max_body_bytes; /* then; 0: UPLOAD_BODY_MAX */
	http_answer_fn *ended; /* once, later, unless cancelled; status 200 */
	void *arg;
};

#define UPLOAD_BODY_MAX ((size_t)16 << 20)

/* ERR_NOT_FOUND when no file was uploaded; ERR_CONFIG: it cannot be read. */
int upload_start(struct upload **out, struct loop *loop, const char *spool,
		 struct str connection, const struct upload_spec *spec,
		 struct err *err) MUST_CHECK;

/* NULL is fine. */
void upload_cancel(struct upload **u);
void upload_resume(struct upload *u); /* after HTTP_PAUSE */

/* Its path, when it was read to the end; NULL: not yet. */
const char *upload_read(const struct upload *u);

#endif
