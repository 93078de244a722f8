/* Checking a signature: all the work is done before anything is decided. */
#include "signature.h"

#include "base/assert.h"
#include "base/clock.h"
#include "canonical.h"

#define SECONDS_MAX UINT64_C(100000000000) /* the year 5138 */

static struct str header(const struct webhook *w, const char *name)
{
	return name ? w->header(w->headers, name) : (struct str){ 0 };
}

const struct header_set *signature_set(const struct signature *s,
				       const struct webhook *w)
{
	const struct header_set *sets = s->headers.items;

	for (size_t i = 0; i < s->headers.count; i++)
		if (header(w, sets[i].signature).ptr)
			return &sets[i];
	return sets;
}

struct str signature_id(const struct signature *s, const struct webhook *w)
{
	return header(w, signature_set(s, w)->id);
}

/* What a request offers as proof. */
struct evidence {
	struct str id;
	struct str timestamp;
	unsigned char macs[SIGNATURE_MAX_LISTED][HMAC_MAX_SIZE];
	size_t count;
	bool good; /* nothing is missing, malformed, or too much */
};

static void add_mac(const struct signature *s, struct str text,
		    struct evidence *e)
{
	size_t len;

	if (e->count == SIGNATURE_MAX_LISTED) {
		e->good = false;
		return;
	}
	if (decode_public((enum encoding)s->encoding, text, e->macs[e->count],
			  HMAC_MAX_SIZE, &len) &&
	    len == hmac_size((enum hmac_algorithm)s->algorithm))
		e->count++;
}

static void add_prefixed(const struct signature *s, struct str text,
			 struct evidence *e)
{
	if (!str_starts(text, s->prefix))
		return; /* of a version that we do not know */
	text.ptr += s->prefix.len;
	text.len -= s->prefix.len;
	add_mac(s, text, e);
}

static void take_list(const struct signature *s, struct str rest,
		      struct evidence *e)
{
	struct str one;

	for (size_t i = 0; rest.len; i++) {
		if (i == 2 * SIGNATURE_MAX_LISTED) {
			e->good = false;
			return;
		}
		(void)str_cut(&rest, s->separator.ptr[0], &one);
		add_prefixed(s, one, e);
	}
}

/* t=1700000000,v1=0123…; a timestamp that stands there twice is refused. */
static void take_fields(const struct signature *s, struct str rest,
			struct evidence *e)
{
	struct str value, name;

	for (size_t i = 0; rest.len; i++) {
		if (i == 2 * SIGNATURE_MAX_LISTED) {
			e->good = false;
			return;
		}
		(void)str_cut(&rest, s->separator.ptr[0], &value);
		value = str_trim(value);
		(void)str_cut(&value, '=', &name);
		if (str_eq(name, s->field))
			add_mac(s, value, e);
		if (!s->timestamp_field.len ||
		    !str_eq(name, s->timestamp_field))
			continue;
		e->good = e->good && !e->timestamp.ptr;
		e->timestamp = value;
	}
}

static void take_signatures(const struct signature *s, struct str text,
			    struct evidence *e)
{
	if (!text.len || text.len > SIGNATURE_HEADER_MAX)
		e->good = false;
	else if (s->layout == LAYOUT_LIST)
		take_list(s, text, e);
	else if (s->layout == LAYOUT_FIELDS)
		take_fields(s, text, e);
	else
		add_prefixed(s, text, e);
}

/*
 * The text "a.b" would let the end of an id be read as a timestamp; a control
 * byte has no business in a header.
 */
static bool id_is_safe(struct str id)
{
	if (!id.len || id.len > SIGNATURE_ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		unsigned char c = (unsigned char)id.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '.')
			return false;
	}
	return true;
}

static bool read_time(unsigned unit, struct str text, int64_t *ms)
{
	uint64_t scale = unit == UNIT_SECONDS ? 1000 : 1;
	uint64_t n;

	if (unit == UNIT_RFC3339)
		return clock_parse_ms(text, ms);
	if (!str_to_u64(text, &n) || n > SECONDS_MAX * 1000 / scale)
		return false;
	*ms = (int64_t)(n * scale);
	return true;
}

static bool is_fresh(const struct signature *s, struct str timestamp,
		     int64_t now_ms)
{
	int64_t ms;

	if (!s->tolerance_s)
		return true;
	if (!read_time(s->unit, timestamp, &ms))
		return false;
	return ms >= now_ms - s->tolerance_s * 1000 &&
	       ms <= now_ms + s->tolerance_s * 1000;
}

/* Only for the few schemes that look into a body before it is proven. */
static const struct json *parse_body(const struct webhook *w, struct arena *a)
{
	const struct json *root;

	return json_parse(&root, a, w->body, NULL, NULL) < 0 ? NULL : root;
}

static void gather(const struct signature *s, const struct webhook *w,
		   struct arena *a, struct evidence *e)
{
	const struct header_set *set = signature_set(s, w);

	e->good = true;
	e->count = 0;
	e->id = header(w, set->id);
	e->timestamp = header(w, set->timestamp);
	take_signatures(s, header(w, set->signature), e);
	if (s->timestamp_path)
		e->timestamp = json_text(
			json_path_find(s->timestamp_path, parse_body(w, a)));
	if (set->id && (s->strict_id ? !id_is_safe(e->id) : !e->id.len))
		e->good = false;
	if (!is_fresh(s, e->timestamp, w->now_ms))
		e->good = false;
}

static struct str canonical_body(const struct webhook *w, struct arena *a,
				 struct evidence *e)
{
	const struct json *root = parse_body(w, a);
	struct str text = { 0 };

	if (!root || json_canonical(root, a, &text, NULL) < 0)
		e->good = false;
	return text;
}

static struct str part_text(const struct part *p, const struct webhook *w,
			    struct arena *a, struct evidence *e)
{
	struct str text = p->text;

	switch (p->kind) {
	case PART_BODY:
		return w->body;
	case PART_TIMESTAMP:
		return e->timestamp;
	case PART_ID:
		return e->id;
	case PART_METHOD:
		return w->method;
	case PART_URL:
		return w->url;
	case PART_CANONICAL:
		return canonical_body(w, a, e);
	case PART_HEADER:
		text = header(w, p->name);
		e->good = e->good && text.ptr;
		return text;
	case PART_TEXT:
		return text;
	}
	return text;
}

/* Every secret against every signature, whatever was found so far. */
static bool any_matches(const struct webhook_keys *keys,
			const struct str *parts, size_t count,
			const struct evidence *e)
{
	unsigned char mac[HMAC_MAX_SIZE];
	bool any = false;

	for (size_t i = 0; i < keys->count; i++) {
		size_t size =
			hmac_compute(keys->slots[i].hmac, parts, count, mac);

		for (size_t k = 0; k < e->count; k++)
			any |= crypto_equal(mac, e->macs[k], size);
	}
	return any;
}

bool check_hmac(const struct signature *s, const struct webhook_keys *keys,
		const struct webhook *w, struct arena *a)
{
	const struct part *p = s->parts.items;
	struct str texts[SIGNATURE_MAX_PARTS];
	struct evidence e;
	bool matches;

	gather(s, w, a, &e);
	for (size_t i = 0; i < s->parts.count; i++)
		texts[i] = part_text(&p[i], w, a, &e);
	matches = any_matches(keys, texts, s->parts.count, &e);
	return matches & e.good;
}

/* Compared as digests, so that the time tells nothing of length or bytes. */
static bool is_secret(const struct webhook_keys *keys, struct str value)
{
	unsigned char digest[SHA256_SIZE];
	bool any = false;

	sha256(&value, 1, digest);
	for (size_t i = 0; i < keys->count; i++)
		any |= crypto_equal(digest, keys->slots[i].digest,
				    sizeof(digest));
	return any & (value.len > 0);
}

bool check_header(const struct signature *s, const struct webhook_keys *keys,
		  const struct webhook *w, struct arena *a)
{
	(void)a;
	return is_secret(keys, header(w, signature_set(s, w)->signature));
}

/* What follows the scheme's name (RFC 9110, 11.4); empty when it is another. */
static struct str authorization(const struct webhook *w, struct str scheme)
{
	struct str rest = header(w, "Authorization");
	struct str name;

	if (!str_cut(&rest, ' ', &name) || !str_eq_nocase(name, scheme))
		return (struct str){ 0 };
	return str_trim(rest);
}

bool check_bearer(const struct signature *s, const struct webhook_keys *keys,
		  const struct webhook *w, struct arena *a)
{
	(void)s;
	(void)a;
	return is_secret(keys, authorization(w, STR("Bearer")));
}

bool check_basic(const struct signature *s, const struct webhook_keys *keys,
		 const struct webhook *w, struct arena *a)
{
	unsigned char pair[1024];
	size_t len = 0;

	(void)s;
	(void)a;
	if (!decode(ENCODING_BASE64, authorization(w, STR("Basic")), pair,
		    sizeof(pair), &len))
		len = 0;
	return is_secret(keys, (struct str){ (const char *)pair, len });
}

bool check_body_field(const struct signature *s,
		      const struct webhook_keys *keys, const struct webhook *w,
		      struct arena *a)
{
	const struct json *v = parse_body(w, a);
	size_t count = 0;
	bool all = true;

	if (!s->items)
		return is_secret(keys,
				 json_string(json_path_find(s->field_path, v)));
	v = json_path_find(s->items, v);
	for (v = json_first(v); v; v = json_next(v), count++)
		all &= is_secret(keys,
				 json_string(json_path_find(s->field_path, v)));
	return all && count > 0;
}

bool check_nothing(const struct signature *s, const struct webhook_keys *keys,
		   const struct webhook *w, struct arena *a)
{
	(void)s;
	(void)keys;
	(void)w;
	(void)a;
	return true;
}

bool signature_is_none(const struct signature *s)
{
	return s->scheme->check == check_nothing;
}

bool signature_time(const struct signature *s, const struct webhook *w,
		    int64_t *ms)
{
	const char *name = signature_set(s, w)->timestamp;

	return s->tolerance_s && name &&
	       read_time(s->unit, header(w, name), ms);
}
