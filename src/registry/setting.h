/* Settings of a connection, as its provider's manifest allows them. */
#ifndef REGISTRY_SETTING_H
#define REGISTRY_SETTING_H

#include "registry/registry.h"

/*
 * From the object that an admin sent (NULL: {}) to the text to be stored,
 * every name and value checked. ERR_INVALID, naming the setting.
 */
int settings_check(const struct manifest *m, const struct json *settings,
		   struct arena *a, struct str *out,
		   struct err *err) MUST_CHECK;

/*
 * What the manifest requires and c has not, as "webhook_secret, subdomain";
 * empty when nothing is missing.
 */
int connection_missing(struct db *db, const struct manifest *m,
		       const struct connection *c, struct arena *a,
		       struct str *out, struct err *err) MUST_CHECK;

#endif
