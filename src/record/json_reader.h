/*
 * The reader of JSON: from the root down to the list of records it walks level
 * by level (json_walk.c); every other value it skips over (json.c). Included
 * by these two only.
 */
#ifndef RECORD_JSON_READER_H
#define RECORD_JSON_READER_H

#include "base/arena.h"
#include "base/buf.h"
#include "format.h"
#include "json_scan.h"
#include "json/json.h"

enum json_state {
	WANT_VALUE,
	WANT_KEY,
	IN_KEY,
	WANT_COLON,
	IN_VALUE,
	WANT_NEXT, /* a comma, or the end of the level */
	AT_END,	   /* after the document */
	STATE_COUNT
};

struct json_level {
	bool is_object;
	uint64_t index; /* of an array's value */
};

struct json_reader {
	struct record_reader base;
	struct arena arena; /* of items */
	const struct json_path *items;
	bool keyed;
	bool found;	 /* items */
	unsigned bom;	 /* bytes seen of a byte order mark, or all of it */
	bool fresh;	 /* the level has just been opened: it may end */
	bool is_items;	 /* the value under way stands where items should */
	bool is_on_path; /* the key just read is the path's next */
	enum json_state state;
	struct json_level levels[JSON_PATH_MAX + 1]; /* walked, and open */
	size_t depth;
	struct json_scan scan;
	const unsigned char *first; /* of this feed */
	size_t key_at;		    /* in rest */
	size_t value_at;	    /* in rest */
	struct buf record;	    /* as much as earlier feeds had of it */
	struct buf rest;
};

/* Records are inside the list: its level is open, and the innermost walked. */
static inline bool json_is_inside(const struct json_reader *j)
{
	return j->depth == json_path_size(j->items) + 1;
}

/*
 * One byte that is in no value, or the start of one or of a key: then the
 * state is IN_VALUE or IN_KEY, and the byte is not taken.
 */
int json_walk(struct json_reader *j, const unsigned char **at,
	      struct err *err) MUST_CHECK;

/* ERR_INVALID with the place. */
int json_refuse(struct json_reader *j, const unsigned char *at,
		const char *what, struct err *err);

#endif
