/*
 * hiredis on our loop. Of its hooks only the fields of redisAsyncContext that
 * 0.14 and 1.x have in common are used.
 */
#ifndef QUEUE_ADAPTER_H
#define QUEUE_ADAPTER_H

#include "conn.h"

/*
 * c->redis is fresh: watch its socket for c. The rest comes by c->flush and
 * the hooks; c->redis is NULL once hiredis has given it up.
 */
void adapter_attach(struct conn *c);

#endif
