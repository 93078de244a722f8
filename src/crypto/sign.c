#include "crypto/sign.h"

#include "base/assert.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

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
	bool pss;
	const char *wanted;
};

static const char rsa_key[] = "an RSA key of 2,048 bits or more";

static const struct algorithm algorithms[SIGN_ALGORITHM_COUNT] = {
	[SIGN_RS256] = { "RS256", EVP_PKEY_RSA, RSA_MIN_BITS, 16384, false,
			 false, rsa_key },
	[SIGN_PS256] = { "PS256", EVP_PKEY_RSA, RSA_MIN_BITS, 16384, false,
			 true, rsa_key },
	[SIGN_ES256] = { "ES256", EVP_PKEY_EC, P256_BITS, P256_BITS, true,
			 false, "an EC key on P-256" },
};

const char *sign_algorithm_name(enum sign_algorithm a)
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

/* NULL: too large, or no memory. */
static BIO *open_pem(struct str pem)
{
	return pem.len <= KEY_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len)
				  : NULL;
}

static int load_key(const struct algorithm *a, struct str pem, EVP_PKEY **out,
		    struct err *err)
{
	BIO *bio = open_pem(pem);
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

/* RFC 7518, 3.5: the salt is as long as the digest. */
static bool use_pss(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		       1;
}

static bool sign_bytes(const struct algorithm *a, EVP_PKEY *key,
		       struct str text, unsigned char *out, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	bool ok = ctx &&
		  EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, key) == 1 &&
		  (!a->pss || use_pss(how)) &&
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

int sign_text(enum sign_algorithm alg, struct str pem, struct str text,
	      enum encoding e, struct buf *out, struct err *err)
{
	const struct algorithm *a = &algorithms[alg];
	unsigned char sig[SIGNATURE_MAX * 2];
	size_t len = sizeof(sig);
	EVP_PKEY *key;
	bool ok;

	if (load_key(a, pem, &key, err) < 0)
		return -1;
	ok = sign_bytes(a, key, text, sig, &len) &&
	     (!a->halves || split_halves(sig, &len));
	EVP_PKEY_free(key);
	if (!ok)
		return err_set(err, ERR_CONFIG, "the private key cannot sign");
	encode(e, sig, len, out);
	return 0;
}

/* ------------------------------------------------------------- certificates */

static X509 *load_certificate(struct str pem)
{
	BIO *bio = open_pem(pem);
	X509 *c = NULL;

	if (bio)
		c = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return c;
}

static bool write_thumbprint(const X509 *c, const EVP_MD *md, struct buf *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (X509_digest(c, md, digest, &len) != 1)
		return false;
	encode(ENCODING_BASE64URL, digest, len, out);
	return true;
}

static bool write_der(X509 *c, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_X509(c, &der);

	if (len > 0)
		encode(ENCODING_BASE64, der, (size_t)len, out);
	OPENSSL_free(der);
	return len > 0;
}

int certificate_write(struct str pem, enum certificate_form form,
		      struct buf *out, struct err *err)
{
	X509 *c = load_certificate(pem);
	bool ok;

	if (!c)
		return err_set(err, ERR_CONFIG,
			       "the certificate is not PEM "
			       "('-----BEGIN CERTIFICATE-----')");
	if (form == CERTIFICATE_DER)
		ok = write_der(c, out);
	else
		ok = write_thumbprint(
			c, form == CERTIFICATE_SHA1 ? EVP_sha1() : EVP_sha256(),
			out);
	X509_free(c);
	ERR_clear_error();
	return ok ? 0
		  : err_set(err, ERR_CONFIG, "the certificate cannot be used");
}
