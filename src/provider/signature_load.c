/* The words of "signature", and what each scheme lets a manifest say. */
#include "base/assert.h"
#include "signature.h"

#define SIG(member) offsetof(struct signature, member)

static const struct load_name algorithms[] = {
	[HMAC_SHA1] = { "sha1" },
	[HMAC_SHA256] = { "sha256" },
	[HMAC_SHA512] = { "sha512" },
};

static const struct load_name encodings[] = {
	[ENCODING_HEX] = { "hex" },
	[ENCODING_BASE64] = { "base64" },
	[ENCODING_BASE64URL] = { "base64url" },
};

static const struct load_name spellings[] = {
	[SECRET_RAW] = { "raw" },
	[SECRET_BASE64] = { "base64" },
	[SECRET_HEX] = { "hex" },
	[SECRET_WHSEC] = { "whsec" },
};

static const struct load_name layouts[] = {
	[LAYOUT_VALUE] = { "value" },
	[LAYOUT_LIST] = { "list" },
	[LAYOUT_FIELDS] = { "fields" },
};

static const struct load_name units[] = {
	[UNIT_SECONDS] = { "s" },
	[UNIT_MS] = { "ms" },
	[UNIT_RFC3339] = { "rfc3339" },
};

static const struct load_name part_names[] = {
	[PART_BODY] = { "body" },      [PART_TIMESTAMP] = { "timestamp" },
	[PART_ID] = { "id" },	       [PART_METHOD] = { "method" },
	[PART_URL] = { "url" },	       [PART_CANONICAL] = { "canonical-body" },
	[PART_HEADER] = { "header:" }, [PART_TEXT] = { "text:" },
};

static const struct load_words algorithm_words = LOAD_WORDS(algorithms);
static const struct load_words encoding_words = LOAD_WORDS(encodings);
static const struct load_words spelling_words = LOAD_WORDS(spellings);
static const struct load_words layout_words = LOAD_WORDS(layouts);
static const struct load_words unit_words = LOAD_WORDS(units);
static const struct load_words part_words = LOAD_WORDS(part_names);

/* Up to the longest that a sender tries again. */
static const struct load_range tolerance_range = { 1, 7 * 24 * 3600 };

static int load_part(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	struct part *p = out;
	unsigned kind;

	(void)arg;
	if (load_text(l, v, &p->text, NULL) < 0)
		return -1;
	for (kind = PART_HEADER; kind <= PART_TEXT; kind++) {
		struct str prefix = str_of(part_names[kind].name);

		if (!str_starts(p->text, prefix))
			continue;
		p->kind = (enum part_kind)kind;
		p->text.ptr += prefix.len;
		p->text.len -= prefix.len;
		p->name = p->text.ptr;
		return p->text.len ? 0 : load_fail(l, "needs more after ':'");
	}
	if (!words_find(&part_words, p->text, &kind))
		return load_unknown(l, "part", &part_words, p->text);
	p->kind = (enum part_kind)kind;
	return 0;
}

static const struct load_items parts = {
	.load = load_part,
	.size = sizeof(struct part),
	.max = SIGNATURE_MAX_PARTS,
};

/* While a signature is read: names that go into its one header_set. */
struct spec {
	struct signature s;
	struct header_set names;
	struct str scheme; /* known before; the key is allowed */
};

#define NAMES(member) offsetof(struct spec, names.member)
#define SCHEME                                                                 \
	{                                                                      \
		"scheme", load_text, offsetof(struct spec, scheme), NULL, true \
	}

static int load_header(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct spec *spec = out;

	(void)arg;
	return load_header_by(l, v, &spec->names.signature, &spec->s.by.header);
}

static const struct load_key timestamp_keys[] = {
	{ "header", load_z, NAMES(timestamp), NULL, false },
	{ "field", load_text, SIG(timestamp_field), NULL, false },
	{ "body", load_pointer, SIG(timestamp_path), NULL, false },
	{ "unit", load_word, SIG(unit), &unit_words, true },
	{ "tolerance_s", load_int, SIG(tolerance_s), &tolerance_range, true },
};

static const struct load_table timestamp_table = LOAD_TABLE(timestamp_keys);

static const struct load_key hmac_keys[] = {
	SCHEME,
	{ "secret", load_z, SIG(secret), NULL, true },
	{ "secret_encoding", load_word, SIG(spelling), &spelling_words, false },
	{ "algorithm", load_algorithm, 0, &algorithm_words, true },
	{ "encoding", load_encoding, 0, &encoding_words, true },
	{ "header", load_header, 0, NULL, true },
	{ "id_header", load_z, NAMES(id), NULL, false },
	{ "prefix", load_prefix, 0, NULL, false },
	{ "layout", load_word, SIG(layout), &layout_words, false },
	{ "separator", load_text, SIG(separator), NULL, false },
	{ "field", load_text, SIG(field), NULL, false },
	{ "signed", load_list, SIG(parts), &parts, true },
	{ "timestamp", load_nested, 0, &timestamp_table, false },
};

static const struct load_key set_keys[] = {
	{ "id", load_z, offsetof(struct header_set, id), NULL, true },
	{ "timestamp", load_z, offsetof(struct header_set, timestamp), NULL,
	  true },
	{ "signature", load_z, offsetof(struct header_set, signature), NULL,
	  true },
};

static const struct load_table set_table = LOAD_TABLE(set_keys);

static const struct load_items sets = {
	.load = load_nested,
	.size = sizeof(struct header_set),
	.max = SIGNATURE_MAX_HEADERS,
	.arg = &set_table,
	.one = true,
};

static const struct load_key standard_keys[] = {
	SCHEME,
	{ "secret", load_z, SIG(secret), NULL, true },
	{ "headers", load_list, SIG(headers), &sets, false },
	{ "tolerance_s", load_int, SIG(tolerance_s), &tolerance_range, false },
};

static const struct load_key header_keys[] = {
	SCHEME,
	{ "secret", load_z, SIG(secret), NULL, true },
	{ "header", load_header, 0, NULL, true },
};

static const struct load_key bearer_keys[] = {
	SCHEME,
	{ "secret", load_z, SIG(secret), NULL, true },
};

static const struct load_key basic_keys[] = {
	SCHEME,
	{ "user", load_z, SIG(user), NULL, true },
	{ "password", load_z, SIG(secret), NULL, true },
};

static const struct load_key body_field_keys[] = {
	SCHEME,
	{ "secret", load_z, SIG(secret), NULL, true },
	{ "items", load_pointer, SIG(items), NULL, false },
	{ "field", load_pointer, SIG(field_path), NULL, true },
};

static const struct load_key none_keys[] = {
	SCHEME,
};

static bool signs(const struct signature *s, enum part_kind kind)
{
	const struct part *p = s->parts.items;

	for (size_t i = 0; i < s->parts.count; i++)
		if (p[i].kind == kind)
			return true;
	return false;
}

/* A part that has nowhere to come from, or a time that proves nothing. */
static int check_parts(struct loader *l, const struct spec *h)
{
	const struct signature *s = &h->s;
	int places = (h->names.timestamp != NULL) +
		     (s->timestamp_field.len > 0) + (s->timestamp_path != NULL);

	if (!signs(s, PART_BODY) && !signs(s, PART_CANONICAL))
		return load_fail(l, "'signed' does not cover the body");
	if (places != (s->tolerance_s > 0))
		return load_fail(l, "'timestamp' needs exactly one of header, "
				    "field, body");
	if (signs(s, PART_TIMESTAMP) && !places)
		return load_fail(l, "'signed' has a timestamp from nowhere");
	if (places && !s->timestamp_path && !signs(s, PART_TIMESTAMP))
		return load_fail(l, "'signed' does not cover the timestamp");
	if (signs(s, PART_ID) != (h->names.id != NULL))
		return load_fail(l, "an id that is signed and 'id_header' need "
				    "each other");
	return 0;
}

static int check_layout(struct loader *l, const struct signature *s)
{
	bool fields = s->layout == LAYOUT_FIELDS;

	if ((s->layout != LAYOUT_VALUE) != (s->separator.len == 1))
		return load_fail(l, "'separator' is one character, for the "
				    "layouts list and fields");
	if (fields != (s->field.len > 0))
		return load_fail(l, "'field' names a signature in the layout "
				    "fields, and only there");
	if (s->timestamp_field.len && !fields)
		return load_fail(l, "a timestamp's 'field' is for the layout "
				    "fields");
	if (fields && s->prefix.len)
		return load_fail(l, "'prefix' is not for the layout fields");
	return 0;
}

static int complete_hmac(struct loader *l, struct spec *h)
{
	if (check_parts(l, h) < 0)
		return -1;
	return check_layout(l, &h->s);
}

static const struct header_set standard_sets[] = {
	{ "webhook-signature", "webhook-timestamp", "webhook-id" },
	{ "svix-signature", "svix-timestamp", "svix-id" },
};

static const struct part standard_parts[] = {
	{ PART_ID, NULL, { 0 } },	 { PART_TEXT, NULL, { ".", 1 } },
	{ PART_TIMESTAMP, NULL, { 0 } }, { PART_TEXT, NULL, { ".", 1 } },
	{ PART_BODY, NULL, { 0 } },
};

#define STANDARD_TOLERANCE_S 300

/* https://www.standardwebhooks.com/, version 1, symmetric signatures. */
static int complete_standard(struct loader *l, struct spec *h)
{
	struct signature *s = &h->s;

	(void)l;
	s->spelling = SECRET_WHSEC;
	s->algorithm = HMAC_SHA256;
	s->encoding = ENCODING_BASE64;
	s->layout = LAYOUT_LIST;
	s->prefix = STR("v1,");
	s->separator = STR(" ");
	s->unit = UNIT_SECONDS;
	s->strict_id = true;
	s->parts = (struct list){ standard_parts, ARRAY_LEN(standard_parts) };
	if (!s->headers.count)
		s->headers = (struct list){ standard_sets,
					    ARRAY_LEN(standard_sets) };
	if (!s->tolerance_s)
		s->tolerance_s = STANDARD_TOLERANCE_S;
	return 0;
}

static int complete_bearer(struct loader *l, struct spec *h)
{
	(void)l;
	h->names.signature = "Authorization";
	return 0;
}

static int complete_nothing(struct loader *l, struct spec *h)
{
	(void)l;
	(void)h;
	return 0;
}

struct signature_row {
	struct signature_scheme scheme; /* first: it starts with the name */
	struct load_table keys;
	int (*complete)(struct loader *l, struct spec *h);
};

static const struct signature_row schemes[] = {
	{ { "hmac", prepare_hmac, check_hmac, true },
	  LOAD_TABLE(hmac_keys),
	  complete_hmac },
	{ { "standard-webhooks", prepare_hmac, check_hmac, true },
	  LOAD_TABLE(standard_keys),
	  complete_standard },
	{ { "header", prepare_value, check_header, false },
	  LOAD_TABLE(header_keys),
	  complete_nothing },
	{ { "bearer", prepare_value, check_bearer, false },
	  LOAD_TABLE(bearer_keys),
	  complete_bearer },
	{ { "basic", prepare_basic, check_basic, false },
	  LOAD_TABLE(basic_keys),
	  complete_bearer },
	{ { "body-field", prepare_value, check_body_field, false },
	  LOAD_TABLE(body_field_keys),
	  complete_nothing },
	{ { "none", prepare_nothing, check_nothing, false },
	  LOAD_TABLE(none_keys),
	  complete_nothing },
};

static const struct load_words scheme_words = LOAD_WORDS(schemes);

/* An HMAC and the schemes of one value name their headers themselves. */
static int keep_names(struct loader *l, struct spec *h)
{
	struct header_set *set;

	if (h->s.headers.count)
		return 0;
	set = load_alloc(l, 1, sizeof(*set));
	if (!set)
		return -1;
	*set = h->names;
	h->s.headers = (struct list){ set, 1 };
	return 0;
}

int load_signature(struct loader *l, const struct json *v, void *out,
		   const void *arg)
{
	const struct json *word = json_get(v, "scheme");
	struct spec h = { .s = { .scheme = NULL } };
	const struct signature_row *row;
	unsigned i;

	(void)arg;
	if (!json_is(word, JSON_STRING))
		return load_fail(l, "has no 'scheme'");
	if (!words_find(&scheme_words, json_string(word), &i)) {
		(void)load_enter(l, STR("scheme"));
		return load_unknown(l, "word", &scheme_words,
				    json_string(word));
	}
	row = &schemes[i];
	if (load_object(l, v, row->keys.keys, row->keys.count, &h) < 0 ||
	    row->complete(l, &h) < 0 || keep_names(l, &h) < 0)
		return -1;
	h.s.scheme = &row->scheme;
	*(struct signature *)out = h.s;
	return 0;
}
