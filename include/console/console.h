/*
 * The console: the admin API. It seals credentials and cannot open them.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "base/err.h"
#include "base/settings.h"
#include "crypto/seal.h"

/*
 * Run until SIGTERM or SIGINT, then drain and return 0; -1 when it cannot
 * start. keys holds what this role may open.
 */
int console_run(const struct settings *s, const struct keyring *keys,
		struct err *err) MUST_CHECK;

#endif
