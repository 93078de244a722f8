/* Answers that wait, for a moment, until the receivers can know. */
#ifndef CONSOLE_PUBLISH_H
#define CONSOLE_PUBLISH_H

#include "api.h"
#include "base/buf.h"

#define PUBLISH_WAIT_MS	 1000
#define PUBLISH_WAIT_MAX 256 /* calls at once; more are answered at once */

/*
 * A connection was committed: publish it, and answer with status and body
 * when Redis has it, or after PUBLISH_WAIT_MS all the same: the row is what
 * counts, and the publisher repairs Redis. body is copied.
 */
void publish_and_reply(struct call *c, int status, struct str body);

/* What still waits, unanswered: before the server is freed. */
void publish_release(struct api *api);

#endif
