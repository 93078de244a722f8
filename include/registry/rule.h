/*
 * Rules of an organization: what its admins chose for all its connections.
 * Written by the console, read by the roles that go by them.
 */
#ifndef REGISTRY_RULE_H
#define REGISTRY_RULE_H

#include "base/err.h"
#include "db/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule {
	/*
	 * R7: percent of the last accepted snapshot's people that the next
	 * must have for its absences to count.
	 */
	RULE_SNAPSHOT_LEAST,
	RULE_COUNT
};

struct rule_kind {
	const char *name; /* in the API */
	int64_t least;
	int64_t most;
	int64_t fallback; /* where nobody chose */
};

const struct rule_kind *rule_kind(enum rule r);

struct rules {
	int64_t values[RULE_COUNT];
};

/* Fallbacks for an organization that is not known. */
int registry_get_rules(struct db *db, const char *organization,
		       struct rules *out, struct err *err) MUST_CHECK;

/*
 * All of them, by an admin. ERR_INVALID for a value out of range, with the
 * rule's name; nothing is written then.
 */
int registry_set_rules(struct db *db, const char *organization,
		       const char *admin, const struct rules *rules,
		       int64_t now_ms, struct err *err) MUST_CHECK;

#endif
