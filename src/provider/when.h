/* "when": a part that counts only while a setting has a certain value. */
#ifndef PROVIDER_WHEN_H
#define PROVIDER_WHEN_H

#include "loader.h"
#include "provider/fetch.h"

#include <stdbool.h>

struct when {
	struct list all; /* struct when_row; empty: always */
};

load_fn load_when; /* {"setting": "value"}; out: struct when */

bool when_holds(const struct when *w, const struct manifest *m,
		const struct fetch_context *ctx);

#endif
