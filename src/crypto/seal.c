#include "crypto/seal.h"

#include "base/assert.h"
#include "start.h"
#include "vault.h"

#include <sodium.h>

_Static_assert(SEAL_KEY_SIZE == crypto_box_PUBLICKEYBYTES,
	       "libsodium's public keys have another size");
_Static_assert(SEAL_KEY_SIZE == crypto_box_SECRETKEYBYTES,
	       "libsodium's secret keys have another size");

int seal(const struct keyring *k, enum seal_box box, struct str plain,
	 struct buf *out, struct err *err)
{
	char *room;

	ASSERT((unsigned)box < SEAL_BOX_COUNT);
	if (!k->has_public[box])
		return err_set(err, ERR_CONFIG,
			       "no public key to seal with: this process was "
			       "started without it");
	crypto_start();
	if (plain.len > out->max)
		out->failed = true;
	room = buf_reserve(out, plain.len + crypto_box_SEALBYTES);
	if (!room)
		return buf_check(out, "the sealed text", err);
	ASSERT(crypto_box_seal((unsigned char *)room,
			       (const unsigned char *)plain.ptr, plain.len,
			       k->public_key[box]) == 0);
	buf_grown(out, plain.len + crypto_box_SEALBYTES);
	return 0;
}

int unseal(const struct keyring *k, enum seal_box box, struct str sealed,
	   struct secret **out, struct err *err)
{
	unsigned char *bytes;
	struct str key;
	struct secret *s;

	ASSERT((unsigned)box < SEAL_BOX_COUNT);
	if (!k->secret_key[box])
		return err_set(err, ERR_CONFIG,
			       "no secret key to open with: this process was "
			       "started without it");
	if (sealed.len < crypto_box_SEALBYTES)
		return err_set(err, ERR_INVALID,
			       "cut short: not a sealed text");
	crypto_start();
	key = secret_bytes(k->secret_key[box]);
	s = secret_new_empty(sealed.len - crypto_box_SEALBYTES, &bytes);
	if (crypto_box_seal_open(bytes, (const unsigned char *)sealed.ptr,
				 sealed.len, k->public_key[box],
				 (const unsigned char *)key.ptr) != 0) {
		secret_free(&s);
		return err_set(err, ERR_INVALID,
			       "was sealed for another key, or is damaged");
	}
	*out = s;
	return 0;
}
