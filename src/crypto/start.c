#include "start.h"

#include "base/assert.h"

#include <sodium.h>
#include <stdbool.h>

void crypto_start(void)
{
	static bool started;

	if (started)
		return;
	ASSERT(sodium_init() >= 0);
	started = true;
}
