/* Addresses that an HRIS gives: their parts, and whether calls may go there. */
#ifndef PROVIDER_ADDRESS_H
#define PROVIDER_ADDRESS_H

#include "base/str.h"

#include <stdbool.h>

/* Views of one URL. */
struct address {
	struct str origin; /* https://host:port */
	struct str path;   /* from '/'; may be empty */
	struct str query;  /* after '?'; ptr NULL: none */
};

struct address address_split(struct str text); /* without its fragment */

/* Nothing that has to be escaped in a URL. */
bool address_is_clean(struct str text);

/*
 * Whether what a call to from is sent with may go to the origin to as well: it
 * is the same, or https at the usual port of a host in the domain (NULL: of
 * none).
 */
bool address_may_go(struct str from, struct str to, const char *domain);

#endif
