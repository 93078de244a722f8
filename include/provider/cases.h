/*
 * The cases of a provider: files in <dir>/cases that say what goes in and what
 * has to come out. docs/providers.md describes them. For every case of a
 * genuine delivery the refusals are derived as well: unsigned, signed with
 * another key, one byte changed, too old, too far in the future.
 */
#ifndef PROVIDER_CASES_H
#define PROVIDER_CASES_H

#include "base/err.h"

#include <stddef.h>

/* Of the derived deliveries: what was done to the genuine one. */
enum cases_refusal {
	CASES_UNSIGNED,	 /* a header that proves it was left out */
	CASES_OTHER_KEY, /* the secret is another */
	CASES_CHANGED,	 /* a byte of the signature or of the body */
	CASES_OUT_OF_TIME,
	CASES_REFUSAL_COUNT
};

const char *cases_refusal_name(enum cases_refusal r); /* "unsigned" */

struct cases_report {
	/* Called for everything that is not as it should be. May be NULL. */
	void (*failed)(const char *name, const char *why, void *arg);
	void *arg;
	/* Filled in: */
	size_t cases;
	size_t refusals; /* derived deliveries that had to be refused */
	size_t refused[CASES_REFUSAL_COUNT]; /* of each kind */
	size_t failures;
};

/*
 * Run all cases of the provider's folder. -1 when its manifest does not load
 * or a case cannot be read; else 0, and the report tells. A type of event that
 * no case shows is a failure too, and so is a case with secrets that nothing
 * is signed with.
 */
int cases_run(const char *dir, struct cases_report *report,
	      struct err *err) MUST_CHECK;

#endif
