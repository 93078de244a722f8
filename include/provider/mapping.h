/*
 * A connection's own mapping: where its fields stand when the manifest's
 * places do not fit this account. It is written by an admin, in the words of
 * a manifest's "person", and laid over them:
 *
 *	{"department": "/custom/team", "seniority_level": {"from": …},
 *	 "location": null, "status": {"words": {"furloughed": "on_leave"}}}
 *
 * A field is a place, a list of places, a rule as in a manifest, or null: not
 * taken from this HRIS. "id" takes the place of the manifest's; of "status",
 * words go before the manifest's, and word, rules and default take the place
 * of its. docs/providers.md describes it.
 */
#ifndef PROVIDER_MAPPING_H
#define PROVIDER_MAPPING_H

#include "base/err.h"
#include "base/str.h"
#include "provider/manifest.h"

#include <stdint.h>

struct mapping; /* immutable once compiled */

#define MAPPING_MAX_BYTES 16384

/*
 * Compile it for a manifest, whose tables and settings it may name; to be
 * done anew when the manifest is loaded anew. An empty object changes
 * nothing. ERR_INVALID, saying where and what is known there as for a
 * manifest: "mapping: /department/as: unknown word …".
 */
int mapping_compile(struct mapping **out, const struct manifest *m,
		    struct str text, struct err *err) MUST_CHECK;
void mapping_free(struct mapping **m);

/* PERSON_BITs of what is taken from this HRIS; own NULL: the manifest's. */
uint32_t mapping_fields(const struct manifest *m, const struct mapping *own);

#endif
