#include "credentials.h"

#include "base/assert.h"
#include "base/buf.h"
#include "crypto/encode.h"
#include "override.h"

#include <inttypes.h>
#include <stdio.h>

#define SALT_CREDENTIALS 2000
#define SALT_WEBHOOK	 3000

/* Made of a mark: the text before it and 16 hexadecimal digits. */
static const struct row {
	enum vendor vendor;
	const char *name;
	const char *text;
	bool marked;
} rows[CREDENTIAL_COUNT] = {
	[CRED_BAMBOOHR_DOMAIN] = { VENDOR_BAMBOOHR, "company_domain",
				   BAMBOOHR_DOMAIN, false },
	[CRED_BAMBOOHR_KEY] = { VENDOR_BAMBOOHR, "api_key",
				"decafbaddecafbaddecafbad", true },
	[CRED_BAMBOOHR_CLIENT] = { VENDOR_BAMBOOHR, "client_id",
				   "sandbox-bamboohr-client", false },
	[CRED_BAMBOOHR_SECRET] = { VENDOR_BAMBOOHR, "client_secret",
				   "sandbox-bamboohr-secret-", true },
	[CRED_HIBOB_ID] = { VENDOR_HIBOB, "service_user_id", "SERVICE-", true },
	[CRED_HIBOB_TOKEN] = { VENDOR_HIBOB, "token", "sandbox-hibob-", true },
	[CRED_RIPPLING_TOKEN] = { VENDOR_RIPPLING, "token", "sandbox-rippling-",
				  true },
	[CRED_RIPPLING_CLIENT] = { VENDOR_RIPPLING, "client_id",
				   "sandbox-rippling-client", false },
	[CRED_RIPPLING_SECRET] = { VENDOR_RIPPLING, "client_secret",
				   "sandbox-rippling-secret-", true },
	[CRED_WORKDAY_TENANT] = { VENDOR_WORKDAY, "tenant", WORKDAY_TENANT,
				  false },
	[CRED_WORKDAY_USER] = { VENDOR_WORKDAY, "user",
				WORKDAY_ISU "@" WORKDAY_TENANT, false },
	[CRED_WORKDAY_PASSWORD] = { VENDOR_WORKDAY, "password",
				    "sandbox-workday-<&>-", true },
	[CRED_WORKDAY_OWNER] = { VENDOR_WORKDAY, "report_owner", WORKDAY_ISU,
				 false },
	[CRED_WORKDAY_REPORT] = { VENDOR_WORKDAY, "report_name", WORKDAY_REPORT,
				  false },
	[CRED_WORKDAY_CLIENT] = { VENDOR_WORKDAY, "client_id",
				  "sandbox-workday-client", false },
	[CRED_WORKDAY_SECRET] = { VENDOR_WORKDAY, "client_secret",
				  "sandbox-workday-secret-", true },
	[CRED_PERSONIO_CLIENT] = { VENDOR_PERSONIO, "client_id",
				   "papi-sandbox-client", false },
	[CRED_PERSONIO_SECRET] = { VENDOR_PERSONIO, "client_secret",
				   "papi-sandbox-secret-", true },
	[CRED_GUSTO_COMPANY] = { VENDOR_GUSTO, "company_id", GUSTO_COMPANY,
				 false },
	[CRED_GUSTO_CLIENT] = { VENDOR_GUSTO, "client_id",
				"sandbox-gusto-client", false },
	[CRED_GUSTO_SECRET] = { VENDOR_GUSTO, "client_secret",
				"sandbox-gusto-secret-", true },
	[CRED_DEEL_TOKEN] = { VENDOR_DEEL, "token", "sandbox-deel-", true },
	[CRED_DEEL_CLIENT] = { VENDOR_DEEL, "client_id", "sandbox-deel-client",
			       false },
	[CRED_DEEL_SECRET] = { VENDOR_DEEL, "client_secret",
			       "sandbox-deel-secret-", true },
	[CRED_MERGE_KEY] = { VENDOR_MERGE, "api_key", "sandbox-merge-", true },
	[CRED_MERGE_ACCOUNT] = { VENDOR_MERGE, "account_token",
				 "sandbox-merge-account-", true },
	[CRED_WORKOS_KEY] = { VENDOR_WORKOS, "api_key", "sk_sandbox_", true },
	[CRED_WORKOS_DIRECTORY] = { VENDOR_WORKOS, "directory_id",
				    WORKOS_DIRECTORY, false },
	[CRED_FACTORIAL_KEY] = { VENDOR_FACTORIAL, "api_key",
				 "sandbox-factorial-", true },
	[CRED_FACTORIAL_CLIENT] = { VENDOR_FACTORIAL, "client_id",
				    "sandbox-factorial-client", false },
	[CRED_FACTORIAL_SECRET] = { VENDOR_FACTORIAL, "client_secret",
				    "sandbox-factorial-secret-", true },
	[CRED_HUMAANS_TOKEN] = { VENDOR_HUMAANS, "token", "sandboxhumaans00",
				 true },
	[CRED_NAMELY_TOKEN] = { VENDOR_NAMELY, "token", "sandbox-namely-",
				true },
	[CRED_NAMELY_CLIENT] = { VENDOR_NAMELY, "client_id",
				 "sandbox-namely-client", false },
	[CRED_NAMELY_SECRET] = { VENDOR_NAMELY, "client_secret",
				 "sandbox-namely-secret-", true },
	[CRED_CSV_USER] = { VENDOR_CSV, "user", "sandbox", false },
	[CRED_CSV_PASSWORD] = { VENDOR_CSV, "password", "sandbox-csv-", true },
};

void credentials_make(struct credentials *out, uint64_t seed)
{
	uint64_t mark = company_hash(seed, 0, SALT_CREDENTIALS);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char digits[24] = "";

		if (rows[i].marked)
			(void)snprintf(digits, sizeof(digits), "%016" PRIx64,
				       mark);
		(void)snprintf(out->text[i], CREDENTIAL_SIZE, "%s%s",
			       rows[i].text, digits);
	}
}

void credentials_write(const struct credentials *c, enum vendor v,
		       struct json_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].vendor == v)
			json_add_z(w, rows[i].name, c->text[i]);
}

static void standard_secret(uint64_t mark, char out[static CREDENTIAL_SIZE])
{
	char plain[25]; /* 24 letters: as many bytes as the standard asks */
	struct buf b;

	(void)snprintf(plain, sizeof(plain), "sandbox-%016" PRIx64, mark);
	buf_init(&b, CREDENTIAL_SIZE);
	encode(ENCODING_BASE64, plain, 24, &b);
	(void)snprintf(out, CREDENTIAL_SIZE, "whsec_%s", buf_z(&b));
	buf_release(&b);
}

void credentials_webhook(enum vendor v, uint64_t seed, unsigned k,
			 char out[static CREDENTIAL_SIZE])
{
	uint64_t mark = company_hash(seed, k, SALT_WEBHOOK + v);

	if (v == VENDOR_STANDARD)
		standard_secret(mark, out);
	else if (v == VENDOR_BAMBOOHR)
		(void)snprintf(out, CREDENTIAL_SIZE,
			       "decafbaddecafbad%016" PRIx64, mark);
	else
		(void)snprintf(out, CREDENTIAL_SIZE, "sandbox-%s-%016" PRIx64,
			       vendor_name(v), mark);
}
