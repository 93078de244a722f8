/*
 * Writing JSON into a buf: commas, escapes and nesting are taken care of.
 * What does not fit makes the buf fail, to be checked once at the end.
 *
 *	json_open_object(&w, NULL);
 *	json_add_string(&w, "id", id);
 *	json_open_array(&w, "roles");
 *	json_close(&w);
 *	json_close(&w);
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_WRITE_DEPTH 32

struct json_writer {
	struct buf *out;
	unsigned depth;
	char closers[JSON_WRITE_DEPTH];
	bool comma; /* before the next item */
};

void json_writer_init(struct json_writer *w, struct buf *out);

/*
 * key NULL: an item of an array, or the document itself. A key that is missing
 * in an object or given in an array, and nesting past JSON_WRITE_DEPTH, are
 * mistakes of the program and end it.
 */
void json_open_object(struct json_writer *w, const char *key);
void json_open_array(struct json_writer *w, const char *key);
void json_close(struct json_writer *w); /* the innermost open one */

/*
 * s must be UTF-8; invalid bytes are written as U+FFFD, and so is NUL, which
 * json_parse would refuse.
 */
void json_add_string(struct json_writer *w, const char *key, struct str s);
void json_add_z(struct json_writer *w, const char *key, const char *z);
void json_add_int(struct json_writer *w, const char *key, int64_t n);
void json_add_bool(struct json_writer *w, const char *key, bool b);
void json_add_null(struct json_writer *w, const char *key);

/* text is valid JSON already. */
void json_add_raw(struct json_writer *w, const char *key, struct str text);

/*
 * A parsed value with all in it; NULL is written as null. Numbers keep their
 * text. It must fit in what is left of JSON_WRITE_DEPTH.
 */
void json_add_value(struct json_writer *w, const char *key,
		    const struct json *v);

#endif
