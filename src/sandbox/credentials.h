/* What opens the APIs, and secrets of webhooks: made of the seed, for show. */
#ifndef SANDBOX_CREDENTIALS_H
#define SANDBOX_CREDENTIALS_H

#include "vendor.h"
#include "json/write.h"

#define CREDENTIAL_SIZE 80

enum credential {
	CRED_BAMBOOHR_DOMAIN,
	CRED_BAMBOOHR_KEY,
	CRED_BAMBOOHR_CLIENT,
	CRED_BAMBOOHR_SECRET,
	CRED_HIBOB_ID,
	CRED_HIBOB_TOKEN,
	CRED_RIPPLING_TOKEN,
	CRED_RIPPLING_CLIENT,
	CRED_RIPPLING_SECRET,
	CRED_WORKDAY_TENANT,
	CRED_WORKDAY_USER,
	CRED_WORKDAY_PASSWORD,
	CRED_WORKDAY_OWNER,
	CRED_WORKDAY_REPORT,
	CRED_WORKDAY_CLIENT,
	CRED_WORKDAY_SECRET,
	CRED_PERSONIO_CLIENT,
	CRED_PERSONIO_SECRET,
	CRED_GUSTO_COMPANY,
	CRED_GUSTO_CLIENT,
	CRED_GUSTO_SECRET,
	CRED_DEEL_TOKEN,
	CRED_DEEL_CLIENT,
	CRED_DEEL_SECRET,
	CRED_MERGE_KEY,
	CRED_MERGE_ACCOUNT,
	CRED_WORKOS_KEY,
	CRED_WORKOS_DIRECTORY,
	CRED_FACTORIAL_KEY,
	CRED_FACTORIAL_CLIENT,
	CRED_FACTORIAL_SECRET,
	CRED_HUMAANS_TOKEN,
	CRED_NAMELY_TOKEN,
	CRED_NAMELY_CLIENT,
	CRED_NAMELY_SECRET,
	CRED_CSV_USER,
	CRED_CSV_PASSWORD,
	CREDENTIAL_COUNT
};

struct credentials {
	char text[CREDENTIAL_COUNT][CREDENTIAL_SIZE];
};

void credentials_make(struct credentials *out, uint64_t seed);

/* Those of v, as members of an open object. */
void credentials_write(const struct credentials *c, enum vendor v,
		       struct json_writer *w);

/* A webhook secret in the vendor's form, for subscription number k. */
void credentials_webhook(enum vendor v, uint64_t seed, unsigned k,
			 char out[static CREDENTIAL_SIZE]);

#endif
