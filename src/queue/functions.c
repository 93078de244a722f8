#include "functions.h"

/* Made of functions.lua by the Makefile. */
static const char source[] = {
#include "queue_functions.h"
};

struct str functions_source(void)
{
	return (struct str){ source, sizeof(source) };
}
