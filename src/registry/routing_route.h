/* A connection as its row and its credentials make it a route. */
#ifndef REGISTRY_ROUTING_ROUTE_H
#define REGISTRY_ROUTING_ROUTE_H

#include "registry/routing.h"

/* What Redis is to know of c. *out borrows from c and a. */
int route_of(struct db *db, const struct connection *c, int64_t now_ms,
	     struct arena *a, struct route *out, struct err *err) MUST_CHECK;

#endif
