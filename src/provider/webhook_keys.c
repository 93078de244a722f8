/* The secrets of a connection, decoded and prepared for checking. */
#include "base/assert.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "parts.h"
#include "signature.h"

#include <stdlib.h>

#define KEY_MAX	       512 /* bytes of a decoded secret */
#define WHSEC_MIN      24  /* Standard Webhooks: 24 to 64 bytes */
#define WHSEC_MAX      64
#define KEYS_MAX       4096 /* bytes of what settings say */
#define BASIC_PAIR_MAX 1023 /* bytes of user:password; see check_basic */

static int find_secret(const struct webhook_secret *list, size_t count,
		       const char *name, struct str *out, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) != 0)
			continue;
		if (!list[i].value.len)
			break;
		*out = list[i].value;
		return 0;
	}
	return err_set(err, ERR_CONFIG, "the credential '%s' is missing", name);
}

struct spelling {
	const char *prefix;
	enum encoding encoding;
	size_t min, max; /* decoded bytes */
	const char *help;
};

static const struct spelling spellings[] = {
	[SECRET_BASE64] = { "", ENCODING_BASE64, 1, KEY_MAX, "base64" },
	[SECRET_HEX] = { "", ENCODING_HEX, 1, KEY_MAX, "hex" },
	[SECRET_WHSEC] = { "whsec_", ENCODING_BASE64, WHSEC_MIN, WHSEC_MAX,
			   "'whsec_' and base64 of 24 to 64 bytes" },
};

static int decode_secret(const struct signature *s, struct str text,
			 unsigned char out[static KEY_MAX], size_t *len,
			 struct err *err)
{
	const struct spelling *how = &spellings[s->spelling];
	struct str prefix = str_of(how->prefix);

	if (str_starts(text, prefix)) {
		text.ptr += prefix.len;
		text.len -= prefix.len;
		if (decode(how->encoding, text, out, KEY_MAX, len) &&
		    *len >= how->min && *len <= how->max)
			return 0;
	}
	return err_set(err, ERR_CONFIG, "the credential '%s' is not %s",
		       s->secret, how->help);
}

int prepare_hmac(const struct signature *s,
		 const struct webhook_secret *secrets, size_t count,
		 struct prepared *out, struct err *err)
{
	unsigned char key[KEY_MAX];
	struct str text;
	size_t len;
	int res;

	if (find_secret(secrets, count, s->secret, &text, err) < 0)
		return -1;
	if (s->spelling == SECRET_RAW)
		return hmac_key_new(&out->hmac,
				    (enum hmac_algorithm)s->algorithm, text,
				    err);
	res = decode_secret(s, text, key, &len, err);
	if (res == 0)
		res = hmac_key_new(&out->hmac,
				   (enum hmac_algorithm)s->algorithm,
				   (struct str){ (const char *)key, len }, err);
	secret_wipe(key, sizeof(key));
	return res;
}

int prepare_value(const struct signature *s,
		  const struct webhook_secret *secrets, size_t count,
		  struct prepared *out, struct err *err)
{
	struct str value;

	if (find_secret(secrets, count, s->secret, &value, err) < 0)
		return -1;
	sha256(&value, 1, out->digest);
	return 0;
}

int prepare_basic(const struct signature *s,
		  const struct webhook_secret *secrets, size_t count,
		  struct prepared *out, struct err *err)
{
	struct str pair[3] = { { 0 }, STR(":"), { 0 } };

	if (find_secret(secrets, count, s->user, &pair[0], err) < 0 ||
	    find_secret(secrets, count, s->secret, &pair[2], err) < 0)
		return -1;
	if (memchr(pair[0].ptr, ':', pair[0].len))
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' holds a ':'", s->user);
	if (pair[0].len + pair[2].len > BASIC_PAIR_MAX - 1)
		return err_set(err, ERR_CONFIG,
			       "user and password are longer than %d bytes",
			       BASIC_PAIR_MAX - 1);
	sha256(pair, ARRAY_LEN(pair), out->digest);
	return 0;
}

int prepare_nothing(const struct signature *s,
		    const struct webhook_secret *secrets, size_t count,
		    struct prepared *out, struct err *err)
{
	(void)s;
	(void)secrets;
	(void)count;
	(void)out;
	(void)err;
	return 0;
}

static int add_slot(struct webhook_keys *k, const struct signature *s,
		    const struct webhook_secret *secrets, size_t count,
		    struct err *err)
{
	if (s->scheme->prepare(s, secrets, count, &k->slots[k->count], err) < 0)
		return -1;
	k->count++;
	return 0;
}

static int fill_keys(struct webhook_keys *k, const struct manifest *m,
		     const struct json *settings,
		     const struct webhook_secret *current, size_t count,
		     const struct webhook_secret *previous,
		     size_t previous_count, struct err *err)
{
	if (signature_resolve(&m->webhook.signature, m, settings, &k->arena,
			      &k->signature, err) < 0 ||
	    add_slot(k, &k->signature, current, count, err) < 0)
		return -1;
	return previous_count ? add_slot(k, &k->signature, previous,
					 previous_count, err)
			      : 0;
}

int webhook_keys_new(struct webhook_keys **out, const struct manifest *m,
		     const struct json *settings,
		     const struct webhook_secret *current, size_t count,
		     const struct webhook_secret *previous,
		     size_t previous_count, struct err *err)
{
	struct webhook_keys *k;

	if (!m->has_webhooks)
		return err_set(err, ERR_CONFIG, "%s sends no webhooks",
			       m->name);
	k = mem_new(sizeof(*k));
	arena_init(&k->arena, KEYS_MAX);
	if (fill_keys(k, m, settings, current, count, previous, previous_count,
		      err) < 0) {
		webhook_keys_free(&k);
		return err_prefix(err, "%s", m->name);
	}
	*out = k;
	return 0;
}

void webhook_keys_free(struct webhook_keys **keys)
{
	struct webhook_keys *k = *keys;

	*keys = NULL;
	if (!k)
		return;
	for (size_t i = 0; i < SIGNATURE_MAX_SECRETS; i++)
		hmac_key_free(&k->slots[i].hmac);
	arena_release(&k->arena);
	secret_wipe(k, sizeof(*k));
	free(k);
}
