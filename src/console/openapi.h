/* docs/api/openapi.json, carried in the program. */
#ifndef CONSOLE_OPENAPI_H
#define CONSOLE_OPENAPI_H

#include "base/str.h"

struct str openapi_document(void);

#endif
