/*
 * What the calls of a connection are made of, as it was at one time: its
 * manifest, credentials and settings, opened. Immutable and counted, so that a
 * call under way keeps the old one when an admin saves another.
 */
#ifndef FETCHER_SETUP_H
#define FETCHER_SETUP_H

#include "base/arena.h"
#include "base/err.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "provider/mapping.h"
#include "registry/registry.h"

struct desk;

struct setup {
	unsigned refs;
	struct manifest_set *manifests;
	const struct manifest *manifest; /* one of them */
	struct arena arena;		 /* holds what follows */
	struct str organization;
	struct str connection;
	const struct json *credentials;
	/*
	 * A digest, the same for all connections whose calls the HRIS counts
	 * as one caller's: see quota.h. Empty: it is like no other's.
	 */
	struct str credential;
	const struct json *settings;
	struct mapping *mapping; /* NULL: the manifest's own */
};

/*
 * ERR_CONFIG when there is no such provider, ERR_INVALID when something does
 * not open or parse, ERR_TEMP without a database.
 */
int setup_load(struct setup **out, struct desk *d, const struct connection *c,
	       struct err *err) MUST_CHECK;
struct setup *setup_ref(struct setup *s);
void setup_unref(struct setup **s); /* NULL is fine */

/* Without tokens; now_ms is set. */
struct fetch_context setup_context(const struct setup *s);

#endif
