/* What an admin enters to connect, as a manifest declares it. */
#ifndef PROVIDER_FIELDS_H
#define PROVIDER_FIELDS_H

#include "loader.h"

extern const struct load_items load_settings;	 /* struct setting_field */
extern const struct load_items load_credentials; /* struct credential_field */

/* 1 to 32 of a-z, 0-9, '-' and '_'. */
bool name_is_good(const char *z);

load_fn load_name;    /* a good name; out: const char * */
load_fn load_name_of; /* the key of a member, likewise */

#endif
