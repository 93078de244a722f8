/* What the vendors' own calls about webhooks have in common. */
#ifndef SANDBOX_HOOKS_H
#define SANDBOX_HOOKS_H

#include "exchange.h"
#include "sender.h"

/* The vendor's id of a subscription: it does not change with the epoch. */
const char *hook_id(const struct id_form *f, const struct subscription *sub,
		    char out[static VENDOR_ID_SIZE]);

/* The one that the path's first parameter names. NULL: refused, not found. */
struct subscription *hook_find(struct exchange *x, const struct id_form *f);

/* The next of x's vendor, from NULL on; NULL: there is none. */
struct subscription *hook_next(struct exchange *x, struct subscription *sub);

/*
 * A specification to be completed and given to hook_make. url and secret may
 * be of any type; of events those that the company knows are taken, NULL means
 * all. False: refused.
 */
bool hook_begin(struct exchange *x, const struct json *url,
		const struct json *secret, const struct json *events,
		struct subscription *spec);

/* NULL: refused. Else the status is 201. */
struct subscription *hook_make(struct exchange *x,
			       const struct subscription *spec);

/* Remove it: 204 without a body. */
void hook_remove(struct exchange *x, struct subscription *sub);

#endif
