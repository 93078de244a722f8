/* How the company stores who was changed; for its own files only. */
#ifndef SANDBOX_OVERRIDE_H
#define SANDBOX_OVERRIDE_H

#include "company.h"

struct override {
	struct employee now;
	struct employee before; /* as it was before the last change */
	int64_t written_ms;	/* on the monotonic clock */
	bool is_new;		/* before is nothing */
};

/* A number that depends on nothing but these. */
uint64_t company_hash(uint64_t seed, uint64_t n, uint64_t salt);

/* Person n as the seed makes it, whatever happened since. */
void company_generate(const struct company *c, uint32_t n,
		      struct employee *out);
void company_generate_texts(const struct company *c, struct employee *e);

/* first.last.number@example.com, which nobody else has. */
void company_email(const struct company *c, struct employee *e);
void company_title(struct employee *e, unsigned role);

/* Where today[] holds the local day of each location. */
enum employee_status company_status_on(const struct employee *e,
				       const int64_t *today);

/* Store e over what it was, with a new version. */
void company_store(struct company *c, struct employee *e);
void company_tell(struct company *c, enum happening_kind kind,
		  const struct employee *e, unsigned fields);

#endif
