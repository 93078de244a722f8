#include "functions.h"

static const char source[] = {
#include <src/queue/functions.lua.inc>
};

struct str functions_source(void)
{
	return (struct str){ source, sizeof(source) };
}
