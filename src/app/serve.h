/* The supervisor of `hrisd serve`. */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "roles.h"

/*
 * Run the roles of the set (bits 1 << index in roles) until SIGTERM or SIGINT.
 * SIGHUP is passed on to them. *exit_code tells how it ended.
 */
int serve(const struct settings *s, const struct keyring *keys, unsigned set,
	  int *exit_code, struct err *err) MUST_CHECK;

#endif
