/* "register" of a manifest, compiled. */
#ifndef PROVIDER_REGISTER_PART_H
#define PROVIDER_REGISTER_PART_H

#include "call.h"
#include "loader.h"
#include "when.h"

#include <stdint.h>

/* A call that may not be there. */
struct register_call {
	bool there;
	struct call_part call;
	struct list id;	   /* struct source: of the webhook, in the answer */
	struct list items; /* struct source: of "list": the array */
	struct list url;   /* struct source: of an item of it */
};

enum new_secret { NEW_HEX, NEW_BASE64, NEW_WHSEC };

struct register_secret {
	const char *into; /* name of the credential; NULL: there is none */
	struct list from; /* struct source; empty: we choose it */
	unsigned new_as;  /* enum new_secret */
};

struct register_part {
	bool there;
	struct when when;
	struct list per; /* struct str; empty: one webhook for all */
	struct register_secret secret;
	int64_t lifetime_s; /* 0: for ever */
	struct register_call create;
	struct register_call list;
	struct register_call remove;
	struct register_call confirm;
	struct register_call renew;
};

load_fn load_register; /* out: struct register_part */

#endif
