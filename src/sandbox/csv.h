/* Writing CSV (RFC 4180) into a buf. */
#ifndef SANDBOX_CSV_H
#define SANDBOX_CSV_H

#include "base/buf.h"

#include <stdbool.h>

/* One cell, quoted when it needs to be, behind the delimiter unless first. */
void csv_add(struct buf *out, bool behind, char delimiter, const char *text);

#endif
