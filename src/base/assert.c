#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr,
		"level=error msg=\"assertion failed\" at=%s:%d "
		"cond=\"%s\"\n",
		file, line, cond);
	abort();
}
