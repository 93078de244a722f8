/*
 * Stands before the sandbox's HTTP server and passes bytes on, so that a
 * connection can be reset, cut or slowed below the level of HTTP. A link is
 * found by the port from which it reaches the server.
 */
#ifndef SANDBOX_RELAY_H
#define SANDBOX_RELAY_H

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay;
struct relay_link;

/* listen: "127.0.0.1:9090" or "[::1]:0". Passes on to 127.0.0.1:port. */
int relay_new(struct relay **out, struct loop *loop, const char *listen,
	      unsigned port, struct err *err) MUST_CHECK;
void relay_free(struct relay **r); /* closes every link */

unsigned relay_port(const struct relay *r);

/* peer as the server sees it: "127.0.0.1:40000". NULL: not through here. */
struct relay_link *relay_find(struct relay *r, struct str peer);

/* Does the client sit on this machine? */
bool relay_is_local(const struct relay_link *l);

/* What happens to the answer that is about to be written. */
void relay_reset(struct relay_link *l);		    /* RST at its first byte */
void relay_cut(struct relay_link *l, size_t bytes); /* closed in its middle */
void relay_slow(struct relay_link *l, size_t bytes, int64_t ms);
void relay_drip(struct relay_link *l, int64_t ms); /* a byte each time */

#endif
