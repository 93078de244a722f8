/*
 * A role as a process: the same program, run again, so that it starts with a
 * clean memory and only the keys that it may have.
 */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include "roles.h"

#include <stddef.h>
#include <sys/types.h>

/* Start role r, counting in slot of the metrics page behind metrics_fd. */
int child_start(const struct role *r, const struct settings *s,
		const struct keyring *keys, int metrics_fd, size_t slot,
		pid_t *out, struct err *err) MUST_CHECK;

/*
 * The other side, called for `hrisd role NAME SLOT`: run the role to its end.
 * Returns an exit code.
 */
int child_main(int argc, char **argv, const struct settings *s);

/* No core files, no new rights, no reading by other processes. */
void child_harden(void);

/* Log to standard error as the settings say. ERR_CONFIG for an unknown word. */
int open_log(const char *role, const struct settings *s,
	     struct err *err) MUST_CHECK;

#endif
