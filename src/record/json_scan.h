/*
 * Where a JSON value ends, found in pieces of text that may be cut anywhere.
 * Strings, their escapes and the nesting are followed; nothing else is looked
 * at, so that it is about as fast as the bytes can be read.
 */
#ifndef RECORD_JSON_SCAN_H
#define RECORD_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>

struct json_scan {
	uint64_t kinds; /* a bit per open value, the lowest the innermost:
			   an object or an array */
	unsigned depth; /* of open values */
	unsigned max;	/* RECORD_MAX_DEPTH or less */
	bool in_string;
	bool escaped; /* the next byte is */
	bool scalar;  /* a number or a word: ends before what ends it */
	bool done;
	const char *wrong; /* what stands at the byte returned */
	bool too_deep;	   /* … is nested too deeply */
};

/* A value that starts with first, whatever that is; max levels deep. */
void json_scan_start(struct json_scan *s, unsigned char first, unsigned max);

/*
 * From p on. Returns the end of the value (done), the place of an error
 * (wrong), or end. The first call starts at the value's first byte.
 */
const unsigned char *json_scan(struct json_scan *s, const unsigned char *p,
			       const unsigned char *end);

#endif
