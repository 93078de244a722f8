#include "vendor.h"

#include "base/buf.h"
#include "company.h"
#include "crypto/encode.h"
#include "override.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Records of one epoch; both company limits fit in. */
#define EPOCH_SIZE     10000000u
#define BAMBOOHR_FIRST 101u
#define HIBOB_FIRST    3332883894011691100u /* over 2^53, as theirs are */

#define SALT_CREDENTIALS 2000
#define SALT_WEBHOOK	 3000

static const char *const names[VENDOR_COUNT] = {
	[VENDOR_BAMBOOHR] = "bamboohr",
	[VENDOR_HIBOB] = "hibob",
	[VENDOR_RIPPLING] = "rippling",
	[VENDOR_STANDARD] = "standard",
};

const char *vendor_name(enum vendor v)
{
	return names[v];
}

bool vendor_find(struct str name, enum vendor *out)
{
	for (unsigned v = 0; v < VENDOR_COUNT; v++) {
		if (str_is(name, names[v])) {
			*out = (enum vendor)v;
			return true;
		}
	}
	return false;
}

static uint64_t first_of(enum vendor v)
{
	return v == VENDOR_HIBOB      ? HIBOB_FIRST
	       : v == VENDOR_BAMBOOHR ? BAMBOOHR_FIRST
				      : 1;
}

const char *vendor_id(enum vendor v, const struct company *c, uint32_t n,
		      char out[static VENDOR_ID_SIZE])
{
	uint64_t id = first_of(v) + (uint64_t)c->epoch * EPOCH_SIZE + n;

	if (v == VENDOR_RIPPLING)
		return rippling_id(RIPPLING_WORKER, c, n, out);
	(void)snprintf(out, VENDOR_ID_SIZE, "%s%" PRIu64,
		       v == VENDOR_STANDARD ? "person-" : "", id);
	return out;
}

bool vendor_id_find(enum vendor v, const struct company *c, struct str id,
		    uint32_t *n)
{
	uint64_t first = first_of(v) + (uint64_t)c->epoch * EPOCH_SIZE;
	struct str prefix = STR("person-");
	uint64_t number;

	if (v == VENDOR_RIPPLING)
		return rippling_id_find(RIPPLING_WORKER, c, id, n);
	if (v == VENDOR_STANDARD) {
		if (!str_starts(id, prefix))
			return false;
		id = (struct str){ id.ptr + prefix.len, id.len - prefix.len };
	}
	if (!str_to_u64(id, &number) || number < first ||
	    number - first >= EPOCH_SIZE)
		return false;
	*n = (uint32_t)(number - first);
	return true;
}

static const char *const rippling_prefixes[RIPPLING_OBJECT_COUNT] = {
	[RIPPLING_WORKER] = "66f",	 [RIPPLING_USER] = "65f",
	[RIPPLING_LEGAL_ENTITY] = "64f", [RIPPLING_EMPLOYMENT_TYPE] = "63f",
	[RIPPLING_DEPARTMENT] = "62f",	 [RIPPLING_LEVEL] = "61f",
};

const char *rippling_id(enum rippling_object o, const struct company *c,
			uint32_t n, char out[static VENDOR_ID_SIZE])
{
	(void)snprintf(out, VENDOR_ID_SIZE, "%s%05x%016x", rippling_prefixes[o],
		       c->epoch & 0xfffffu, n + 1);
	return out;
}

/* Reading back by writing again: one spelling only, and no second parser. */
bool rippling_id_find(enum rippling_object o, const struct company *c,
		      struct str id, uint32_t *n)
{
	char again[VENDOR_ID_SIZE];
	uint32_t number = 0;

	if (id.len != 24)
		return false;
	for (size_t i = 16; i < 24; i++) {
		char d = id.ptr[i];
		uint32_t digit = d >= '0' && d <= '9' ? (uint32_t)(d - '0')
				 : d >= 'a' && d <= 'f'
					 ? (uint32_t)(d - 'a') + 10
					 : 16;

		if (digit == 16)
			return false;
		number = number << 4 | digit;
	}
	*n = number - 1;
	return number > 0 && str_is(id, rippling_id(o, c, *n, again));
}

void credentials_make(struct credentials *out, uint64_t seed)
{
	uint64_t mark = company_hash(seed, 0, SALT_CREDENTIALS);

	(void)snprintf(out->bamboohr_key, CREDENTIAL_SIZE,
		       "decafbaddecafbaddecafbad%016" PRIx64, mark);
	(void)snprintf(out->hibob_id, CREDENTIAL_SIZE, "SERVICE-%05u",
		       (unsigned)(mark % 100000));
	(void)snprintf(out->hibob_token, CREDENTIAL_SIZE,
		       "sandbox-hibob-%016" PRIx64, mark);
	(void)snprintf(out->rippling_token, CREDENTIAL_SIZE,
		       "sandbox-rippling-%016" PRIx64, mark);
}

void credentials_webhook(enum vendor v, uint64_t seed, unsigned k,
			 char out[static CREDENTIAL_SIZE])
{
	uint64_t mark = company_hash(seed, k, SALT_WEBHOOK + v);
	char plain[25]; /* 24 letters: as many bytes as the standard asks */
	struct buf b;

	switch (v) {
	case VENDOR_BAMBOOHR:
		(void)snprintf(out, CREDENTIAL_SIZE,
			       "decafbaddecafbad%016" PRIx64, mark);
		return;
	case VENDOR_STANDARD:
		(void)snprintf(plain, sizeof(plain), "sandbox-%016" PRIx64,
			       mark);
		buf_init(&b, CREDENTIAL_SIZE);
		encode(ENCODING_BASE64, plain, 24, &b);
		(void)snprintf(out, CREDENTIAL_SIZE, "whsec_%s", buf_z(&b));
		buf_release(&b);
		return;
	default:
		(void)snprintf(out, CREDENTIAL_SIZE, "sandbox-%s-%016" PRIx64,
			       names[v], mark);
	}
}
