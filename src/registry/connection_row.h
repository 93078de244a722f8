/* A connection's row, for the files that change it. */
#ifndef REGISTRY_CONNECTION_ROW_H
#define REGISTRY_CONNECTION_ROW_H

#include "registry/registry.h"

/*
 * Inside the transaction that changes the connection: the row of the counter
 * is locked until its end, so generations are committed in their order, and
 * who has seen one will not be shown a smaller one later.
 */
int connection_next_generation(struct db *db, int64_t *out,
			       struct err *err) MUST_CHECK;

/* All that may change of it; sets generation and changed_ms. */
int connection_update_row(struct db *db, struct connection *c,
			  struct err *err) MUST_CHECK;

#endif
