/*
 * The receiver: takes webhooks, proves that they are genuine, queues them, and
 * answers 2xx only after Redis has them. It never opens the database, never
 * calls an HRIS, and cannot open API credentials.
 */
#ifndef RECEIVER_RECEIVER_H
#define RECEIVER_RECEIVER_H

#include "base/err.h"
#include "base/settings.h"
#include "crypto/seal.h"

/*
 * Run until SIGTERM or SIGINT, then drain and return 0; -1 when it cannot
 * start. keys holds what this role may open.
 */
int receiver_run(const struct settings *s, const struct keyring *keys,
		 struct err *err) MUST_CHECK;

#endif
