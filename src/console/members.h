/* The part of members.c that is pure. */
#ifndef CONSOLE_MEMBERS_H
#define CONSOLE_MEMBERS_H

#include "directory/directory.h"

/*
 * From ?status=&role=&q=&limit=&cursor=. ERR_INVALID, naming the parameter
 * that is unknown or not what it may be.
 */
int member_filter_parse(struct str query, struct arena *a,
			struct member_filter *out, struct err *err) MUST_CHECK;

#endif
