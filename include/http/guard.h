/* Which addresses a call may go to: nothing internal, whatever DNS says. */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>

struct sockaddr;

/*
 * False for loopback, private, link-local, documentation, multicast and other
 * special ranges of IPv4 and IPv6 (IANA's special-purpose registries), IPv4
 * inside IPv6 included.
 */
bool http_guard_is_public(const struct sockaddr *addr);

/* Is "host:port" one of the comma-separated list? Exact, but for case. */
bool http_guard_is_allowed(const char *allow_hosts, const char *host,
			   unsigned port);

#endif
