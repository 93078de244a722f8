/*
 * The sandbox as one JSON text, to go on from after a restart: everybody in
 * whom they differ from what the seed makes, the clock, the webhooks with
 * their secrets, what waits to be sent, and what ids are made from. Not in it:
 * the log, faults, jobs.
 */
#ifndef SANDBOX_SNAPSHOT_H
#define SANDBOX_SNAPSHOT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

#define SNAPSHOT_MAX (32u << 20) /* bytes */

struct sandbox;
struct json;
struct json_writer;

/*
 * ended: nothing happens after it. One that is not was cut off by a crash: who
 * reads it must not give an id again that was given in the meantime. out fails
 * when it takes more than out allows.
 */
void snapshot_write(struct sandbox *sb, bool ended, struct buf *out);

/*
 * Into a sandbox that was just made, with the company's seed and size.
 * clock_given: its clock must be as the company's was made. ERR_CONFIG for a
 * text of another seed, size, clock or format, or a damaged one; sb is then
 * good for nothing but to be closed. The text says what to do.
 */
int snapshot_read(struct sandbox *sb, struct str text, bool clock_given,
		  struct err *err) MUST_CHECK;

/* Its parts. */
void snapshot_write_people(struct sandbox *sb, struct json_writer *w);
int snapshot_read_people(struct sandbox *sb, const struct json *list,
			 struct err *err) MUST_CHECK;
void snapshot_write_webhooks(struct sandbox *sb, struct json_writer *w);
int snapshot_read_webhooks(struct sandbox *sb, const struct json *root,
			   struct err *err) MUST_CHECK;

#endif
