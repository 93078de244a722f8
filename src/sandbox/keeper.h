/*
 * Keeps the sandbox in a file: read at the start, written when something has
 * changed, every few seconds and at the end. A file is replaced as a whole,
 * so that it is never half written.
 */
#ifndef SANDBOX_KEEPER_H
#define SANDBOX_KEEPER_H

#include "base/err.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox;

struct keeper_mark { /* when it differs, something has changed */
	uint64_t company, draws, sender, rate, tokens;
	int64_t offset_ms, in_flight, minute_ms;
};

struct keeper {
	const char *path; /* borrowed; NULL: nothing is kept */
	struct loop_timer timer;
	struct keeper_mark written;
	bool failing; /* said so already */
};

/*
 * Go on from what the file at path holds; with no such file, anew. path NULL:
 * does nothing, and so do the others. ERR_CONFIG when it cannot be read or is
 * not of this company: see snapshot_read.
 */
int keeper_open(struct sandbox *sb, const char *path, bool clock_given,
		struct err *err) MUST_CHECK;

/*
 * Write it for the first time, and from here on when something has changed.
 * ERR_CONFIG when it cannot be written.
 */
int keeper_start(struct sandbox *sb, struct err *err) MUST_CHECK;

/* Write it for the last time: nothing may happen any more. */
int keeper_end(struct sandbox *sb, struct err *err) MUST_CHECK;

void keeper_close(struct sandbox *sb); /* writes nothing */

#endif
