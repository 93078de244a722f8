/*
 * What is done before anything starts, and after everything ended.
 * `hrisd check` prints each step, `hrisd serve` refuses to start when one
 * fails: never "started with defaults".
 */
#ifndef APP_PREFLIGHT_H
#define APP_PREFLIGHT_H

#include "roles.h"

/*
 * For serve: manifests load, and the schema is brought up to date when a role
 * of the set uses the database. Redis may still be away: the roles wait.
 */
int prepare_to_serve(const struct settings *s, unsigned set,
		     struct err *err) MUST_CHECK;

/*
 * When the roles of the set have ended: nothing of SQLite's stays beside the
 * database but what others still use.
 */
void tidy_up(const struct settings *s, unsigned set);

#endif
