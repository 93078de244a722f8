/*
 * The fetcher: all that talks to an HRIS. Sync runs (R7, R17), persons read
 * back after thin webhooks (R5), what an admin tries out; it queues the
 * changes. It does not listen, nor write members.
 */
#ifndef FETCHER_FETCHER_H
#define FETCHER_FETCHER_H

#include "base/err.h"
#include "base/settings.h"
#include "crypto/seal.h"

/*
 * Run until SIGTERM or SIGINT, then drain and return 0; -1 when it cannot
 * start. keys holds what this role may open.
 */
int fetcher_run(const struct settings *s, const struct keyring *keys,
		struct err *err) MUST_CHECK;

#endif
