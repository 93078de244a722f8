/* The words of "fetch" that are no call's. */
#include "auth.h"
#include "base/assert.h"
#include "parts.h"
#include "source.h"
#include "token.h"

#define TLS(member) offsetof(struct tls_part, member)

static const struct load_key tls_keys[] = {
	{ "certificate", load_api_credential, TLS(certificate), NULL, true },
	{ "key", load_api_credential, TLS(key), NULL, true },
};

static const struct load_table tls_table = LOAD_TABLE(tls_keys);

/* --------------------------------------------------------------------- one */

static const struct load_name one_names[] = { { PERSON_ID_NAME } };

static const struct template_place one_place = {
	.offers = LOAD_WORDS(one_names),
	.needs = PERSON_ID_NAME,
};

#define ONE(member) offsetof(struct one_part, member)

static const struct load_key one_keys[] = {
	{ "person", load_list, ONE(person), &load_sources, true },
};

static int load_one(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	struct one_part *one = out;

	(void)arg;
	if (load_call_with(l, v, &one_place, &one->call, one_keys,
			   ARRAY_LEN(one_keys), one) < 0)
		return -1;
	if (!one->call.gone.count)
		return load_fail(l, "'gone' is missing");
	return 0;
}

/* ------------------------------------------------------------------- whole */

static const struct load_range delay_range = { 0, 600 };

#define AT(member) offsetof(struct fetch_part, member)

static const struct load_key fetch_keys[] = {
	{ "base_url", load_address, AT(base_url), NULL, true },
	{ "auth", load_list, AT(auth), &load_auths, false },
	{ "tokens", load_list, AT(tokens), &load_tokens, false },
	{ "tls", load_nested, AT(tls), &tls_table, false },
	{ "headers", load_list, AT(headers), &load_headers, false },
	{ "delay_s", load_int, AT(delay_s), &delay_range, false },
	{ "one", load_one, AT(one), NULL, true },
};

const struct load_table load_fetch = LOAD_TABLE(fetch_keys);
