#include "crypto/jwt.h"

#include "base/assert.h"
#include "crypto/encode.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define KEY_MAX	      16384 /* bytes of PEM */
#define RSA_MIN_BITS  2048
#define P256_BITS     256
#define P256_SIZE     32 /* bytes of each half of a signature */
#define SIGNATURE_MAX 1024

struct algorithm {
	const char *name;
	int type; /* of the key */
	int min_bits, max_bits;
	bool halves; /* r and s side by side instead of DER */
	const char *wanted;
};

static const struct algorithm algorithms[JWT_ALGORITHM_COUNT] = {
	[JWT_RS256] = { "RS256", EVP_PKEY_RSA, RSA_MIN_BITS, 16384, false,
			"an RSA key of 2,048 bits or more" },
	[JWT_ES256] = { "ES256", EVP_PKEY_EC, P256_BITS, P256_BITS, true,
			"an EC key on P-256" },
};

const char *jwt_algorithm_name(enum jwt_algorithm a)
{
	return algorithms[a].name;
}

/* A key with a passphrase is refused, instead of asking for it. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int load_key(const struct algorithm *a, struct str pem, EVP_PKEY **out,
		    struct err *err)
{
	BIO *bio = pem.len <= KEY_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len)
				      : NULL;
	EVP_PKEY *key = NULL;

	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!key)
		return err_set(err, ERR_CONFIG,
			       "the private key is not PEM without a "
			       "passphrase ('-----BEGIN PRIVATE KEY-----')");
	if (EVP_PKEY_get_base_id(key) != a->type ||
	    EVP_PKEY_get_bits(key) < a->min_bits ||
	    EVP_PKEY_get_bits(key) > a->max_bits) {
		EVP_PKEY_free(key);
		return err_set(err, ERR_CONFIG, "the private key is not %s",
			       a->wanted);
	}
	*out = key;
	return 0;
}

static bool sign_bytes(EVP_PKEY *key, struct str text, unsigned char *out,
		       size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestSign(ctx, out, len, (const unsigned char *)text.ptr,
				 text.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* RFC 7518, 3.4: from DER to r and s, each as long as the curve's numbers. */
static bool split_halves(unsigned char *sig, size_t *len)
{
	const unsigned char *der = sig;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*len);
	bool ok = pair != NULL;

	if (ok)
		ok = BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, P256_SIZE) ==
			     P256_SIZE &&
		     BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + P256_SIZE,
				  P256_SIZE) == P256_SIZE;
	ECDSA_SIG_free(pair);
	*len = 2 * P256_SIZE;
	return ok;
}

/* text is of out, and must be signed before out grows. */
static int add_signature(const struct algorithm *a, EVP_PKEY *key,
			 struct str text, struct buf *out, struct err *err)
{
	unsigned char sig[SIGNATURE_MAX * 2];
	size_t len = sizeof(sig);

	if (!sign_bytes(key, text, sig, &len) ||
	    (a->halves && !split_halves(sig, &len)))
		return err_set(err, ERR_CONFIG, "the private key cannot sign");
	buf_add_char(out, '.');
	encode(ENCODING_BASE64URL, sig, len, out);
	return 0;
}

int jwt_sign(enum jwt_algorithm alg, struct str pem, struct str header,
	     struct str claims, struct buf *out, struct err *err)
{
	const struct algorithm *a = &algorithms[alg];
	size_t start = out->len;
	struct str text;
	EVP_PKEY *key;
	int res;

	if (load_key(a, pem, &key, err) < 0)
		return -1;
	encode(ENCODING_BASE64URL, header.ptr, header.len, out);
	buf_add_char(out, '.');
	encode(ENCODING_BASE64URL, claims.ptr, claims.len, out);
	text = buf_str(out);
	text.ptr += start;
	text.len -= start;
	res = out->failed ? 0 : add_signature(a, key, text, out, err);
	EVP_PKEY_free(key);
	return res;
}
