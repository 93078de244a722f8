#include "http/guard.h"

#include "base/assert.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct range {
	uint8_t address[16]; /* the first 4 for IPv4 */
	unsigned bits;
};

static const struct range refused4[] = {
	{ { 0 }, 8 },		  /* this network, RFC 791 */
	{ { 10 }, 8 },		  /* private, RFC 1918 */
	{ { 100, 64 }, 10 },	  /* carriers' NAT, RFC 6598 */
	{ { 127 }, 8 },		  /* loopback */
	{ { 169, 254 }, 16 },	  /* link-local; clouds' metadata */
	{ { 172, 16 }, 12 },	  /* private */
	{ { 192, 0, 0 }, 24 },	  /* protocol assignments, RFC 6890 */
	{ { 192, 0, 2 }, 24 },	  /* documentation, RFC 5737 */
	{ { 192, 88, 99 }, 24 },  /* 6to4 relays, RFC 7526 */
	{ { 192, 168 }, 16 },	  /* private */
	{ { 198, 18 }, 15 },	  /* benchmarks, RFC 2544 */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 4 },		  /* multicast */
	{ { 240 }, 4 },		  /* reserved, and broadcast */
};

/* All unicast that is handed out is in here (RFC 4291, IANA). */
static const struct range global6 = { { 0x20 }, 3 };

/* Special parts of global6. */
static const struct range refused6[] = {
	{ { 0x20, 0x01 }, 23 },		    /* Teredo, ORCHID, … RFC 2928 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation, RFC 3849 */
	{ { 0x20, 0x02 }, 16 },		    /* 6to4: any IPv4 inside */
	{ { 0x3f, 0xff }, 20 },		    /* documentation, RFC 9637 */
};

static bool in_range(const uint8_t *address, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;
	unsigned mask = 0xff00u >> rest & 0xff;

	if (memcmp(address, r->address, whole) != 0)
		return false;
	return rest == 0 ||
	       (address[whole] & mask) == (r->address[whole] & mask);
}

static bool in_any(const uint8_t *address, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(address, &ranges[i]))
			return true;
	return false;
}

static bool is_public4(const uint8_t *address)
{
	return !in_any(address, refused4, ARRAY_LEN(refused4));
}

static bool is_public6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_V4MAPPED(a))
		return is_public4(a->s6_addr + 12);
	return in_range(a->s6_addr, &global6) &&
	       !in_any(a->s6_addr, refused6, ARRAY_LEN(refused6));
}

/* Copied out: what curl hands us need not be aligned for the family. */
bool http_guard_is_public(const struct sockaddr *addr)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (addr->sa_family == AF_INET) {
		memcpy(&v4, addr, sizeof(v4));
		return is_public4((const uint8_t *)&v4.sin_addr);
	}
	if (addr->sa_family != AF_INET6)
		return false;
	memcpy(&v6, addr, sizeof(v6));
	return is_public6(&v6.sin6_addr);
}

bool http_guard_is_allowed(const char *allow_hosts, const char *host,
			   unsigned port)
{
	struct str rest = str_of(allow_hosts), item;
	char wanted[300]; /* a name has 255 bytes at most */
	int len = snprintf(wanted, sizeof(wanted), "%s:%u", host, port);
	bool more = true;

	if (len < 0 || (size_t)len >= sizeof(wanted))
		return false;
	while (more) {
		more = str_cut(&rest, ',', &item);
		if (str_eq_nocase(str_trim(item), str_of(wanted)))
			return true;
	}
	return false;
}
