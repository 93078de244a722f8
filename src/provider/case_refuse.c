/* What must be refused, derived from a delivery that is genuine. */
#include "case.h"

static const char *const names[CASES_REFUSAL_COUNT] = {
	[CASES_UNSIGNED] = "unsigned",
	[CASES_OTHER_KEY] = "another key",
	[CASES_CHANGED] = "a byte changed",
	[CASES_OUT_OF_TIME] = "out of time",
};

const char *cases_refusal_name(enum cases_refusal r)
{
	return names[r];
}

static void must_refuse(struct case_run *c, const struct case_delivery *d,
			enum cases_refusal kind, const char *what)
{
	struct err err = { .kind = ERR_NONE };

	c->report->refusals++;
	c->report->refused[kind]++;
	if (case_verify(c, d, &err) == 0)
		case_fail(c, "was taken although %s", what);
	else if (err.kind != ERR_AUTH)
		case_fail(c, "%s: %s", what, err.text);
}

static void hide(struct case_run *c, struct case_delivery *d, const char *name,
		 const char *what)
{
	if (!name)
		return;
	d->hidden = name;
	must_refuse(c, d, CASES_UNSIGNED, what);
	d->hidden = NULL;
}

static void hide_headers(struct case_run *c, struct case_delivery *d)
{
	const struct header_set *set = signature_set(&d->signature, &d->w);

	hide(c, d, set->signature, "it is not signed");
	hide(c, d, set->timestamp, "its timestamp is missing");
	hide(c, d, set->id, "its id is missing");
}

/* Still spelt as it has to be: A and B are digits of every encoding. */
static struct str other_secret(struct arena *a, struct str secret)
{
	struct str prefix = STR("whsec_");
	size_t at = str_starts(secret, prefix) ? prefix.len : 0;
	char *copy = arena_alloc(a, secret.len);

	if (!copy)
		return (struct str){ 0 };
	memcpy(copy, secret.ptr, secret.len);
	at = at < secret.len ? at : 0;
	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	return (struct str){ copy, secret.len };
}

static void change_secrets(struct case_run *c, const struct case_delivery *d)
{
	struct case_delivery other = *d;

	other.w.headers = &other;
	for (size_t i = 0; i < SIGNATURE_MAX_SECRETS; i++)
		for (size_t k = 0; k < d->secret_count[i]; k++)
			other.secrets[i][k].value =
				other_secret(c->arena, d->secrets[i][k].value);
	must_refuse(c, &other, CASES_OTHER_KEY, "the key is another");
}

/* Flip the lowest bit of each byte in turn. */
static void change_body(struct case_run *c, struct case_delivery *d)
{
	struct str body = d->w.body;
	char *copy = arena_alloc(c->arena, body.len + 1);

	if (!copy) {
		case_fail(c, "needs too much memory");
		return;
	}
	if (body.len)
		memcpy(copy, body.ptr, body.len);
	d->w.body.ptr = copy;
	for (size_t i = 0; i < body.len; i++) {
		copy[i] ^= 1;
		must_refuse(c, d, CASES_CHANGED,
			    "a byte of the body was changed");
		copy[i] ^= 1;
	}
	d->w.body = body;
}

static bool lists_several(const struct signature *s, struct str value)
{
	return s->layout == LAYOUT_LIST && value.len && s->separator.len &&
	       memchr(value.ptr, s->separator.ptr[0], value.len);
}

static void change_signature(struct case_run *c, struct case_delivery *d)
{
	const struct signature *s = &d->signature;
	const char *name = signature_set(s, &d->w)->signature;
	struct str value = name ? d->w.header(d, name) : (struct str){ 0 };
	char *copy = arena_alloc(c->arena, value.len + 1);

	if (!copy || lists_several(s, value) || !value.len)
		return; /* the others of a list are still good */
	memcpy(copy, value.ptr, value.len);
	d->changed = name;
	d->value = (struct str){ copy, value.len };
	for (size_t i = 0; i < value.len; i++) {
		copy[i] ^= 1;
		must_refuse(c, d, CASES_CHANGED,
			    "a byte of the signature was changed");
		copy[i] ^= 1;
	}
	d->changed = NULL;
}

/* It was fresh at now: so it is not, more than two tolerances away. */
static void change_time(struct case_run *c, struct case_delivery *d)
{
	int64_t far = 2000 * d->signature.tolerance_s + 1000;

	if (!d->signature.tolerance_s)
		return;
	d->w.now_ms += far;
	must_refuse(c, d, CASES_OUT_OF_TIME, "it is too old");
	d->w.now_ms -= 2 * far;
	must_refuse(c, d, CASES_OUT_OF_TIME, "it is from the future");
	d->w.now_ms += far;
}

void case_refusals(struct case_run *c, struct case_delivery *d)
{
	const struct signature *s = &d->signature;

	if (signature_is_none(s)) {
		if (json_first(json_get(c->input, "secrets")))
			case_fail(c, "has secrets, and nothing is signed");
		return;
	}
	hide_headers(c, d);
	change_secrets(c, d);
	change_signature(c, d);
	change_time(c, d);
	if (s->scheme->covers_body)
		change_body(c, d);
}
