/* Parameters of a request's query, strictly: what is not known is refused. */
#ifndef CONSOLE_PARAMS_H
#define CONSOLE_PARAMS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define PARAMS_MAX_BYTES 2048

struct param {
	const char *name;
	struct str *value; /* decoded; left as it is when absent */
};

/* ERR_INVALID, naming the parameter that is unknown, double or bad. */
int params_parse(struct str query, const struct param *fields, size_t count,
		 struct arena *a, struct err *err) MUST_CHECK;

/* limit: 1 to most; out keeps its value when text is empty. */
int params_limit(struct str text, size_t most, size_t *out,
		 struct err *err) MUST_CHECK;

#endif
