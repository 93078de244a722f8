/*
 * The provisioner: takes changes from the queue in batches and applies them to
 * members, once each, acknowledging after commit. The only writer of members.
 */
#ifndef PROVISIONER_PROVISIONER_H
#define PROVISIONER_PROVISIONER_H

#include "base/err.h"
#include "base/settings.h"
#include "crypto/seal.h"

/*
 * Run until SIGTERM or SIGINT, then drain and return 0; -1 when it cannot
 * start. keys holds what this role may open.
 */
int provisioner_run(const struct settings *s, const struct keyring *keys,
		    struct err *err) MUST_CHECK;

#endif
