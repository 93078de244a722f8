/* Credentials of a connection: checked, sealed, stored one by one. */
#ifndef REGISTRY_CREDENTIAL_H
#define REGISTRY_CREDENTIAL_H

#include "registry/registry.h"

/*
 * Are these what the manifest asks for? Object of strings, null for one to be
 * removed; every name known. ERR_INVALID, naming the field, never its value.
 */
int credentials_check(const struct manifest *m, const struct json *credentials,
		      struct err *err) MUST_CHECK;

/* Of what credentials_check took; inside a transaction. */
int credentials_store(const struct registry *r, const struct manifest *m,
		      const char *connection, const struct json *credentials,
		      int64_t now_ms, struct err *err) MUST_CHECK;

/*
 * A webhook secret, as the HRIS told it. ERR_CONFIG when the manifest has no
 * such field; inside a transaction.
 */
int credential_capture(const struct registry *r, const struct manifest *m,
		       const char *connection, struct str field,
		       struct str value, int64_t now_ms,
		       struct err *err) MUST_CHECK;

#endif
