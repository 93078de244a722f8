/*
 * What must hold before anything starts. `hrisd check` prints each step,
 * `hrisd serve` refuses to start when one fails: never "started with
 * defaults".
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

#endif
