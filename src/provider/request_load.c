/* The words of "fetch" that are no call's. */
#include "answer.h"
#include "auth.h"
#include "base/assert.h"
#include "check_part.h"
#include "parts.h"
#include "source.h"
#include "token.h"

#define TLS(member) offsetof(struct tls_part, member)

static const struct load_key tls_keys[] = {
	{ "certificate", load_api_credential, TLS(certificate), NULL, true },
	{ "key", load_api_credential, TLS(key), NULL, true },
};

static const struct load_table tls_table = LOAD_TABLE(tls_keys);

/* "example.com": two labels at least, so that it is nobody's whole ending. */
static int load_domain(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
	const char *z;

	if (load_z(l, v, &z, arg) < 0)
		return -1;
	if (z[strspn(z, letters)] || !strchr(z, '.') || *z == '.' ||
	    z[strlen(z) - 1] == '.')
		return load_fail(l, "is no domain such as example.com");
	*(const char **)out = z;
	return 0;
}

/* ------------------------------------------------------------------- whole */

static const struct load_range delay_range = { 0, 600 };

#define AT(member) offsetof(struct fetch_part, member)

static const struct load_key fetch_keys[] = {
	{ "base_url", load_address, AT(base_url), NULL, false },
	{ "auth", load_list, AT(auth), &load_auths, false },
	{ "tokens", load_list, AT(tokens), &load_tokens, false },
	{ "tls", load_nested, AT(tls), &tls_table, false },
	{ "headers", load_list, AT(headers), &load_headers, false },
	{ "rate", load_rate, AT(rate), NULL, false },
	{ "delay_s", load_int, AT(delay_s), &delay_range, false },
	{ "redirects", load_domain, AT(redirects), NULL, false },
	{ "answers", load_list, AT(answers), &load_answers, false },
	{ "tables", load_list, AT(tables), &load_tables, false },
	{ "side_tables", load_list, AT(side), &load_side, false },
};

static const struct load_key ways_keys[] = {
	{ "ways", load_list, AT(ways), &load_ways, false },
	{ "test", load_list, AT(test), &load_checks, false },
	{ "register", load_register, AT(registration), NULL, false },
};

/* Parts that others name are loaded before them: in the order of groups. */
int load_fetch(struct loader *l, const struct json *v, void *out,
	       const void *arg)
{
	struct fetch_part *f = out;
	const struct load_group groups[] = {
		{ fetch_keys, ARRAY_LEN(fetch_keys), f },
		{ way_keys, WAY_KEY_COUNT, &f->way },
		{ ways_keys, ARRAY_LEN(ways_keys), f },
	};

	(void)arg;
	if (load_groups(l, v, groups, ARRAY_LEN(groups)) < 0)
		return -1;
	if (f->ways.count)
		return 0; /* each was checked with what it has of all */
	f->ways = (struct list){ &f->way, 1 };
	return way_check(l, &f->way);
}
