/*
 * Webhooks that run out at their HR systems: looked for every now and then,
 * and given to the fetchers to be renewed in time.
 */
#ifndef CONSOLE_RENEWAL_H
#define CONSOLE_RENEWAL_H

#include "api.h"

#define RENEWAL_FIRST_MS 5000	/* after the start: redis is there by then */
#define RENEWAL_EVERY_MS 600000 /* what was not renewed is tried again then */
#define RENEWAL_MAX	 100	/* of a provider at once */

void renewal_init(struct api *api);
void renewal_release(struct api *api);

#endif
