/*
 * Which addresses a call may go to: nothing internal, whatever a name
 * resolves to. It looks at the address about to be connected, so a name that
 * answers differently the second time gains nothing.
 */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>

struct sockaddr;

/*
 * False for loopback, private, link-local, documentation, multicast and other
 * special ranges (IANA's special-purpose address registries, RFC 6890), for
 * everything of IPv6 outside 2000::/3, and for families other than IP. IPv4
 * mapped into IPv6 is judged as the IPv4 address it is.
 */
bool http_guard_is_public(const struct sockaddr *addr);

/*
 * Is "host:port" in the comma-separated list? Exact but for case; an IPv6
 * literal stands in brackets on both sides. allow_hosts may be NULL.
 */
bool http_guard_is_allowed(const char *allow_hosts, const char *host,
			   unsigned port);

#endif
