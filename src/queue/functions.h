/* The functions that run inside Redis, see functions.lua. */
#ifndef QUEUE_FUNCTIONS_H
#define QUEUE_FUNCTIONS_H

#include "base/str.h"

#define FUNCTION_PREFIX "hrisd_v3_"

/* The library's source, for FUNCTION LOAD. */
struct str functions_source(void);

#endif
