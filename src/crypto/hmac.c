/*
 * HMAC with the two padded blocks of the key absorbed once: what remains per
 * message is its own bytes and one more block. Of the ways that OpenSSL 3
 * offers, copying a plain hash state is the only one that neither looks up
 * an algorithm nor allocates per message (at 64 bytes: 0.12 us instead of
 * 0.28 us with EVP_MD_CTX_copy_ex and 0.37 us with EVP_MAC_init), and the only
 * one whose state, which is as good as the key, can lie in locked memory.
 * OpenSSL calls these functions deprecated, so this is the one file that uses
 * them; the unit test compares each with EVP_MAC.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hmac.h"

#include "base/assert.h"
#include "vault.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define MAX_BLOCK SHA512_CBLOCK

union state {
	SHA_CTX sha1;
	SHA256_CTX sha256;
	SHA512_CTX sha512;
};

struct hash {
	const char *name;
	size_t size, block;
	void (*init)(union state *s);
	void (*update)(union state *s, const void *data, size_t len);
	void (*finish)(union state *s, unsigned char *out);
};

struct hmac_key {
	const struct hash *hash;
	union state inner, outer;
};

/* Of the message being hashed; one serves all keys. */
static union state *now;

/* OpenSSL's results are always 1 here: there is nothing that could fail. */
#define DEFINE_HASH(name, NAME)                                       \
	static void name##_init(union state *s)                       \
	{                                                             \
		(void)NAME##_Init(&s->name);                          \
	}                                                             \
	static void name##_update(union state *s, const void *data,   \
				  size_t len)                         \
	{                                                             \
		(void)NAME##_Update(&s->name, data, len);             \
	}                                                             \
	static void name##_finish(union state *s, unsigned char *out) \
	{                                                             \
		(void)NAME##_Final(out, &s->name);                    \
	}

DEFINE_HASH(sha1, SHA1)
DEFINE_HASH(sha256, SHA256)
DEFINE_HASH(sha512, SHA512)

static const struct hash hashes[HMAC_ALGORITHM_COUNT] = {
	[HMAC_SHA1] = { "sha1", SHA_DIGEST_LENGTH, SHA_CBLOCK, sha1_init,
			sha1_update, sha1_finish },
	[HMAC_SHA256] = { "sha256", SHA256_DIGEST_LENGTH, SHA256_CBLOCK,
			  sha256_init, sha256_update, sha256_finish },
	[HMAC_SHA512] = { "sha512", SHA512_DIGEST_LENGTH, SHA512_CBLOCK,
			  sha512_init, sha512_update, sha512_finish },
};

bool hmac_algorithm_find(struct str name, enum hmac_algorithm *out)
{
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		if (!str_is(name, hashes[i].name))
			continue;
		*out = (enum hmac_algorithm)i;
		return true;
	}
	return false;
}

size_t hmac_size(enum hmac_algorithm alg)
{
	ASSERT((unsigned)alg < HMAC_ALGORITHM_COUNT);
	return hashes[alg].size;
}

static void update(const struct hash *h, union state *s,
		   const struct str *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			h->update(s, parts[i].ptr, parts[i].len);
}

/* RFC 2104: a key longer than a block is replaced by its hash. */
static void shorten(const struct hash *h, struct str secret,
		    unsigned char block[static MAX_BLOCK])
{
	union state s;

	if (secret.len <= h->block) {
		if (secret.len)
			memcpy(block, secret.ptr, secret.len);
		return;
	}
	h->init(&s);
	h->update(&s, secret.ptr, secret.len);
	h->finish(&s, block);
	secret_wipe(&s, sizeof(s));
}

static void absorb(const struct hash *h, union state *s,
		   const unsigned char *block, unsigned char pad)
{
	unsigned char padded[MAX_BLOCK];

	for (size_t i = 0; i < h->block; i++)
		padded[i] = block[i] ^ pad;
	h->init(s);
	h->update(s, padded, h->block);
	secret_wipe(padded, sizeof(padded));
}

int hmac_key_new(struct hmac_key **out, enum hmac_algorithm alg,
		 struct str secret, struct err *err)
{
	unsigned char block[MAX_BLOCK] = { 0 };
	struct hmac_key *k;

	ASSERT((unsigned)alg < HMAC_ALGORITHM_COUNT);
	if (secret.len == 0)
		return err_set(err, ERR_CONFIG,
			       "the secret for HMAC is empty: enter the one "
			       "that the sender shows");
	if (!now)
		now = vault_alloc(sizeof(*now));
	k = vault_alloc(sizeof(*k));
	k->hash = &hashes[alg];
	shorten(k->hash, secret, block);
	absorb(k->hash, &k->inner, block, 0x36);
	absorb(k->hash, &k->outer, block, 0x5c);
	secret_wipe(block, sizeof(block));
	*out = k;
	return 0;
}

void hmac_key_free(struct hmac_key **key)
{
	vault_free(*key);
	*key = NULL;
}

size_t hmac_compute(struct hmac_key *key, const struct str *parts, size_t count,
		    unsigned char out[static HMAC_MAX_SIZE])
{
	const struct hash *h = key->hash;

	*now = key->inner;
	update(h, now, parts, count);
	h->finish(now, out);
	*now = key->outer;
	h->update(now, out, h->size);
	h->finish(now, out);
	return h->size;
}

void sha256(const struct str *parts, size_t count,
	    unsigned char out[static SHA256_SIZE])
{
	const struct hash *h = &hashes[HMAC_SHA256];
	union state s;

	h->init(&s);
	update(h, &s, parts, count);
	h->finish(&s, out);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}
