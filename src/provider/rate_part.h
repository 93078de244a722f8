/* "rate" of a manifest, compiled. */
#ifndef PROVIDER_RATE_PART_H
#define PROVIDER_RATE_PART_H

#include "loader.h"
#include "provider/rate.h"

struct rate_part {
	struct rate rate;
	struct list limited;   /* int64_t: statuses */
	struct list reset;     /* struct reset_row */
	const char *remaining; /* a header that counts down; or NULL */
	int64_t pause_s;       /* after a refusal that says no time; or 0 */
};

load_fn load_rate; /* out: struct rate_part */

#endif
