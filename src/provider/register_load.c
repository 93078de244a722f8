/* The words of "register". */
#include "base/assert.h"
#include "provider/register.h"
#include "register_part.h"
#include "source.h"

/* One table of names for all of its calls; what has no value is left out. */
static const struct load_name names[] = {
	{ "webhook_url" }, { "event" },	     { "new_secret" },
	{ "expires" },	   { "expires_ms" }, { "subscription_id" },
	{ "token" },
};

static const struct template_place create_place = {
	.offers = LOAD_WORDS(names),
	.needs = "webhook_url",
};

static const struct template_place any_place = {
	.offers = LOAD_WORDS(names),
};

static const struct template_place one_place = {
	.offers = LOAD_WORDS(names),
	.needs = "subscription_id",
};

static const struct template_place token_place = {
	.offers = LOAD_WORDS(names),
	.needs = "token",
};

#define CALL(member) offsetof(struct register_call, member)

static const struct load_key create_keys[] = {
	{ "id", load_list, CALL(id), &load_sources, false },
};

static const struct load_key list_keys[] = {
	{ "items", load_list, CALL(items), &load_sources, true },
	{ "url", load_list, CALL(url), &load_sources, true },
	{ "id", load_list, CALL(id), &load_sources, true },
};

struct call_kind {
	const struct template_place *place;
	const struct load_key *more;
	size_t count;
};

static const struct call_kind create_kind = { &create_place, create_keys,
					      ARRAY_LEN(create_keys) };
/* Its own "url" is the place of an address: the call's is a path. */
static const struct call_kind remove_kind = { &one_place, NULL, 0 };
static const struct call_kind confirm_kind = { &token_place, NULL, 0 };
static const struct call_kind renew_kind = { &one_place, NULL, 0 };

static int load_kind(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	const struct call_kind *kind = arg;
	struct register_call *c = out;

	c->there = true;
	return load_call_with(l, v, kind->place, &c->call, kind->more,
			      kind->count, c);
}

static int load_list_call(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	(void)arg;
	return load_call(l, v, out, &any_place);
}

static const struct load_key found_keys[] = {
	{ "call", load_list_call, CALL(call), NULL, true },
};

static int load_found(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct register_call *c = out;
	const struct load_group groups[] = {
		{ found_keys, ARRAY_LEN(found_keys), c },
		{ list_keys, ARRAY_LEN(list_keys), c },
	};

	(void)arg;
	c->there = true;
	return load_groups(l, v, groups, ARRAY_LEN(groups));
}

/* ------------------------------------------------------------------- secret */

static const struct load_name news[] = {
	[NEW_HEX] = { "hex" },
	[NEW_BASE64] = { "base64" },
	[NEW_WHSEC] = { "whsec" },
};

static const struct load_words new_words = LOAD_WORDS(news);

#define SECRET(member) offsetof(struct register_secret, member)

static int load_into(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	if (load_z(l, v, out, arg) < 0)
		return -1;
	return load_check_credential(l, json_string(v), true);
}

static const struct load_key secret_keys[] = {
	{ "into", load_into, SECRET(into), NULL, true },
	{ "from", load_list, SECRET(from), &load_sources, false },
	{ "new", load_word, SECRET(new_as), &new_words, false },
};

static int load_secret(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct register_secret *s = out;

	(void)arg;
	if (load_object(l, v, secret_keys, ARRAY_LEN(secret_keys), s) < 0)
		return -1;
	if ((s->from.count > 0) == (json_get(v, "new") != NULL))
		return load_fail(l, "needs exactly one of from and new");
	return 0;
}

/* -------------------------------------------------------------------- whole */

static const struct load_items events = {
	.load = load_text,
	.size = sizeof(struct str),
	.max = REGISTER_MAX_MADE,
};

static const struct load_range lifetime_range = { 3600, 31622400 };

#define AT(member) offsetof(struct register_part, member)

static const struct load_key keys[] = {
	{ "when", load_when, AT(when), NULL, false },
	{ "per", load_list, AT(per), &events, false },
	{ "secret", load_secret, AT(secret), NULL, false },
	{ "lifetime_s", load_int, AT(lifetime_s), &lifetime_range, false },
	{ "create", load_kind, AT(create), &create_kind, true },
	{ "list", load_found, AT(list), NULL, false },
	{ "delete", load_kind, AT(remove), &remove_kind, true },
	{ "confirm", load_kind, AT(confirm), &confirm_kind, false },
	{ "renew", load_kind, AT(renew), &renew_kind, false },
};

int load_register(struct loader *l, const struct json *v, void *out,
		  const void *arg)
{
	struct register_part *r = out;

	(void)arg;
	r->there = true;
	if (load_object(l, v, keys, ARRAY_LEN(keys), r) < 0)
		return -1;
	if (!r->create.id.count)
		return load_fail(l, "'create' needs 'id', by which a webhook "
				    "is removed");
	if (r->secret.from.count && r->per.count > 1)
		return load_fail(l, "several webhooks cannot have secrets of "
				    "their own");
	if (r->renew.there && !r->lifetime_s)
		return load_fail(l, "'renew' needs 'lifetime_s'");
	return 0;
}
