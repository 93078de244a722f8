/*
 * Members of a struct as members of a JSON object, by a table: so that what is
 * written and what is read cannot differ.
 */
#ifndef SANDBOX_KEPT_H
#define SANDBOX_KEPT_H

#include "base/err.h"
#include "json/json.h"
#include "json/write.h"

#include <stddef.h>
#include <stdint.h>

enum kept_kind {
	KEPT_TEXT,   /* char[], NUL-terminated */
	KEPT_BOOL,   /* bool */
	KEPT_NUMBER, /* 1 or 4 bytes unsigned, or 8 that hold an int64_t */
};

struct kept_field {
	const char *name;
	enum kept_kind kind;
	size_t offset;
	size_t size;
	int64_t min, max; /* of a number */
};

#define KEPT_AT(type, member) \
	offsetof(type, member), sizeof(((type *)0)->member)

/*
 * As members of an open object. usual NULL: all; else only those in which
 * object differs from it.
 */
void kept_write(const struct kept_field *fields, size_t count,
		const void *object, const void *usual, struct json_writer *w);

/*
 * sparse: what is not there stays as it is; else it is an error. ERR_INVALID
 * names the member.
 */
int kept_read(const struct kept_field *fields, size_t count,
	      const struct json *from, bool sparse, void *object,
	      struct err *err) MUST_CHECK;

#endif
