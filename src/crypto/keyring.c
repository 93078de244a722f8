/*
 * Keys as text. Whatever is odd in it is an error rather than skipped: a key
 * that is silently not loaded shows only when something cannot be opened.
 */
#include "keyring.h"

#include "base/assert.h"
#include "crypto/encode.h"
#include "start.h"
#include "vault.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

static const char *const names[SEAL_BOX_COUNT] = {
	[SEAL_WEBHOOK] = "webhook",
	[SEAL_API] = "api",
};

enum half { PUBLIC, SECRET };

static const char *const halves[] = {
	[PUBLIC] = "public",
	[SECRET] = "secret",
};

/* "api.secret" to its two parts. */
static bool find_name(struct str name, enum seal_box *box, enum half *half)
{
	struct str first;

	if (!str_cut(&name, '.', &first))
		return false;
	for (size_t b = 0; b < ARRAY_LEN(names); b++)
		for (size_t h = 0; h < ARRAY_LEN(halves); h++)
			if (str_is(first, names[b]) &&
			    str_is(name, halves[h])) {
				*box = (enum seal_box)b;
				*half = (enum half)h;
				return true;
			}
	return false;
}

/* False when there is one already. */
static bool store_key(struct keyring *k, enum seal_box box, enum half half,
		      const unsigned char key[static SEAL_KEY_SIZE])
{
	if (half == SECRET) {
		if (k->secret_key[box])
			return false;
		k->secret_key[box] = secret_new(
			(struct str){ (const char *)key, SEAL_KEY_SIZE });
		return true;
	}
	if (k->has_public[box])
		return false;
	memcpy(k->public_key[box], key, SEAL_KEY_SIZE);
	k->has_public[box] = 1;
	return true;
}

/* Messages name the line, never what stands in it: it may be a secret. */
static int parse_line(struct keyring *k, struct str line, size_t number,
		      struct err *err)
{
	unsigned char key[SEAL_KEY_SIZE];
	enum seal_box box;
	enum half half;
	struct str name;
	size_t len;
	bool fresh;

	if (!str_cut(&line, ' ', &name) || !find_name(name, &box, &half))
		return err_set(err, ERR_CONFIG,
			       "line %zu: must be webhook.public, "
			       "webhook.secret, api.public or api.secret, a "
			       "space and the key in base64",
			       number);
	if (!decode(ENCODING_BASE64, line, key, sizeof(key), &len) ||
	    len != sizeof(key)) {
		secret_wipe(key, sizeof(key));
		return err_set(err, ERR_CONFIG,
			       "line %zu: %s.%s must be %d bytes in base64",
			       number, names[box], halves[half], SEAL_KEY_SIZE);
	}
	fresh = store_key(k, box, half, key);
	secret_wipe(key, sizeof(key));
	if (!fresh)
		return err_set(err, ERR_CONFIG,
			       "line %zu: %s.%s is there twice", number,
			       names[box], halves[half]);
	return 0;
}

/* Opening needs both keys: the public one follows from the secret one. */
static int complete(struct keyring *k, enum seal_box box, struct err *err)
{
	unsigned char public_key[SEAL_KEY_SIZE];

	if (!k->secret_key[box])
		return 0;
	if (crypto_scalarmult_base(
		    public_key,
		    (const unsigned char *)secret_bytes(k->secret_key[box])
			    .ptr) != 0)
		return err_set(err, ERR_CONFIG, "%s.secret is not a key",
			       names[box]);
	if (k->has_public[box] &&
	    memcmp(public_key, k->public_key[box], sizeof(public_key)) != 0)
		return err_set(err, ERR_CONFIG,
			       "%s.public and %s.secret do not belong "
			       "together: restore the file from its backup",
			       names[box], names[box]);
	memcpy(k->public_key[box], public_key, sizeof(public_key));
	k->has_public[box] = 1;
	return 0;
}

static int parse_all(struct keyring *k, struct str text, struct err *err)
{
	struct str line;
	size_t keys = 0;

	for (size_t number = 1; text.len; number++) {
		str_cut(&text, '\n', &line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (parse_line(k, line, number, err) < 0)
			return -1;
		keys++;
	}
	if (keys == 0)
		return err_set(err, ERR_CONFIG, "there is no key in it");
	for (size_t b = 0; b < SEAL_BOX_COUNT; b++)
		if (complete(k, (enum seal_box)b, err) < 0)
			return -1;
	return 0;
}

int keyring_parse(struct keyring *k, struct str text, struct err *err)
{
	struct keyring fresh = { 0 };

	crypto_start();
	if (text.len > KEYRING_TEXT_MAX)
		return err_set(err, ERR_CONFIG,
			       "longer than %d bytes: not keys",
			       KEYRING_TEXT_MAX);
	if (parse_all(&fresh, text, err) < 0) {
		keyring_release(&fresh);
		return -1;
	}
	*k = fresh;
	return 0;
}

static void write_key(const char *name, const char *half, struct str key,
		      struct buf *out)
{
	buf_add_z(out, name);
	buf_add_char(out, '.');
	buf_add_z(out, half);
	buf_add_char(out, ' ');
	encode(ENCODING_BASE64, key.ptr, key.len, out);
	buf_add_char(out, '\n');
}

void keyring_write(const struct keyring *k, unsigned secret_boxes,
		   struct buf *out)
{
	/* All at once: growing would leave copies of secrets behind. */
	if (!buf_reserve(out, KEYRING_TEXT_MAX / 4))
		return;
	for (size_t b = 0; b < SEAL_BOX_COUNT; b++) {
		struct str public_key = { (const char *)k->public_key[b],
					  SEAL_KEY_SIZE };

		if (k->has_public[b])
			write_key(names[b], halves[PUBLIC], public_key, out);
		if (k->secret_key[b] && (secret_boxes & 1u << b))
			write_key(names[b], halves[SECRET],
				  secret_bytes(k->secret_key[b]), out);
	}
}

void keyring_release(struct keyring *k)
{
	for (size_t b = 0; b < SEAL_BOX_COUNT; b++)
		secret_free(&k->secret_key[b]);
	*k = (struct keyring){ 0 };
}

void keyring_make(struct keyring *k)
{
	crypto_start();
	*k = (struct keyring){ 0 };
	for (size_t b = 0; b < SEAL_BOX_COUNT; b++) {
		unsigned char *bytes;

		k->secret_key[b] = secret_new_empty(SEAL_KEY_SIZE, &bytes);
		ASSERT(crypto_box_keypair(k->public_key[b], bytes) == 0);
		k->has_public[b] = 1;
	}
}
