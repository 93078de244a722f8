/* The listener for probes: /healthz, /readyz, /metrics. */
#ifndef APP_OPS_H
#define APP_OPS_H

#include "loop/loop.h"
#include "roles.h"

struct ops;

/* set: the roles that should be running here, bits 1 << index. */
int ops_new(struct ops **out, struct loop *loop, const struct settings *s,
	    unsigned set, struct err *err) MUST_CHECK;
void ops_free(struct ops **ops);

/* From now on not ready: load balancers should look elsewhere. */
void ops_stopping(struct ops *ops);

#endif
