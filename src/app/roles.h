/* The roles: what each may open, how many there are, what it runs. */
#ifndef APP_ROLES_H
#define APP_ROLES_H

#include "base/err.h"
#include "base/settings.h"
#include "base/str.h"
#include "crypto/seal.h"

#include <stdbool.h>
#include <stddef.h>

typedef int role_run_fn(const struct settings *s, const struct keyring *keys,
			struct err *err);

struct role {
	const char *name;
	role_run_fn *run;
	unsigned secret_boxes; /* bits 1 << enum seal_box: keys it is given */
	size_t (*count)(const struct settings *s); /* processes wanted */
	bool uses_store;
};

extern const struct role roles[];
extern const size_t role_count;

/* NULL when unknown. */
const struct role *role_find(struct str name);

/*
 * "receiver,console" as bits 1 << index in roles; "" means all. ERR_CONFIG
 * names the word that is no role, and those that are.
 */
int roles_parse(const char *list, unsigned *out, struct err *err) MUST_CHECK;

#endif
