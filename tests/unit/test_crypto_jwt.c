/* Tokens that others can verify, held against OpenSSL. */
#include "check.h"

#include "crypto/encode.h"
#include "crypto/jwt.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define HEADER STR("{\"alg\":\"?\"}")
#define CLAIMS STR("{\"sub\":\"a\"}")

static EVP_PKEY *rsa, *short_rsa, *p256, *p384;

static int make_keys(void **state)
{
	(void)state;
	rsa = EVP_RSA_gen(2048);
	short_rsa = EVP_RSA_gen(1024);
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	return rsa && short_rsa && p256 && p384 ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(short_rsa);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	return 0;
}

static struct str pem_of(EVP_PKEY *key, const char *password, char *room,
			 size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *cipher = password ? EVP_aes_256_cbc() : NULL;
	char *text;
	long len;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
				 bio, key, cipher, password,
				 password ? (int)strlen(password) : 0, NULL,
				 NULL),
			 1);
	len = BIO_get_mem_data(bio, &text);
	assert_true(len > 0 && (size_t)len < size);
	memcpy(room, text, (size_t)len);
	BIO_free(bio);
	return (struct str){ room, (size_t)len };
}

/* ECDSA's two halves, as OpenSSL wants them. */
static size_t to_der(unsigned char *sig)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig, 32, NULL),
	       *s = BN_bin2bn(sig + 32, 32, NULL);
	unsigned char *at = sig;
	int len;

	assert_int_equal(ECDSA_SIG_set0(pair, r, s), 1);
	len = i2d_ECDSA_SIG(pair, &at);
	assert_true(len > 0);
	ECDSA_SIG_free(pair);
	return (size_t)len;
}

static bool verifies(EVP_PKEY *key, enum sign_algorithm a, struct str text)
{
	unsigned char sig[1024];
	struct str rest = text, signed_text, part;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	size_t len;
	bool good;

	assert_true(str_cut(&rest, '.', &part));
	assert_true(str_cut(&rest, '.', &part));
	signed_text = (struct str){ text.ptr, text.len - rest.len - 1 };
	assert_true(decode(ENCODING_BASE64URL, rest, sig, sizeof(sig), &len));
	if (a == SIGN_ES256) {
		assert_int_equal(len, 64);
		len = to_der(sig);
	}
	good = EVP_DigestVerifyInit(ctx, &how, EVP_sha256(), NULL, key) == 1 &&
	       (a != SIGN_PS256 || EVP_PKEY_CTX_set_rsa_padding(
					   how, RSA_PKCS1_PSS_PADDING) == 1) &&
	       EVP_DigestVerify(ctx, sig, len,
				(const unsigned char *)signed_text.ptr,
				signed_text.len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

static void check_signs(EVP_PKEY *key, enum sign_algorithm a)
{
	char room[4096];
	struct str pem = pem_of(key, NULL, room, sizeof(room));
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 8192);
	buf_add_z(&out, "kept");
	if (jwt_sign(a, pem, HEADER, CLAIMS, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_false(out.failed);
	buf_consume(&out, strlen("kept"));
	assert_true(str_starts(buf_str(&out),
			       STR("eyJhbGciOiI_In0.eyJzdWIiOiJhIn0.")));
	assert_true(verifies(key, a, buf_str(&out)));
	out.data[3] ^= 1;
	assert_false(verifies(key, a, buf_str(&out)));
	buf_release(&out);
}

static void test_what_is_signed_verifies(void **state)
{
	(void)state;
	check_signs(rsa, SIGN_RS256);
	check_signs(rsa, SIGN_PS256);
	for (size_t i = 0; i < 64; i++) /* halves with leading zeros too */
		check_signs(p256, SIGN_ES256);
	assert_string_equal(sign_algorithm_name(SIGN_RS256), "RS256");
	assert_string_equal(sign_algorithm_name(SIGN_PS256), "PS256");
	assert_string_equal(sign_algorithm_name(SIGN_ES256), "ES256");
}

static void refuse(enum sign_algorithm a, struct str pem, const char *want)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 8192);
	assert_int_equal(jwt_sign(a, pem, HEADER, CLAIMS, &out, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	if (!strstr(err.text, want))
		fail_msg("%s", err.text);
	buf_release(&out);
}

static void test_a_key_that_does_not_fit_is_refused(void **state)
{
	char room[8192];
	struct str pem;

	(void)state;
	refuse(SIGN_RS256, STR("no key"), "is not PEM");
	refuse(SIGN_RS256, str_none(), "is not PEM");
	pem = pem_of(rsa, "password", room, sizeof(room));
	refuse(SIGN_RS256, pem, "is not PEM without a passphrase");
	pem = pem_of(rsa, NULL, room, sizeof(room));
	refuse(SIGN_ES256, pem, "is not an EC key on P-256");
	refuse(SIGN_RS256, (struct str){ pem.ptr, pem.len / 2 }, "is not PEM");
	pem = pem_of(short_rsa, NULL, room, sizeof(room));
	refuse(SIGN_RS256, pem, "is not an RSA key of 2,048 bits or more");
	pem = pem_of(p384, NULL, room, sizeof(room));
	refuse(SIGN_ES256, pem, "is not an EC key on P-256");
	pem = pem_of(p256, NULL, room, sizeof(room));
	refuse(SIGN_RS256, pem, "is not an RSA key");
}

static void test_a_buffer_that_is_too_small_says_so(void **state)
{
	char room[4096];
	struct str pem = pem_of(p256, NULL, room, sizeof(room));
	struct buf out;

	(void)state;
	buf_init(&out, 60);
	assert_int_equal(jwt_sign(SIGN_ES256, pem, HEADER, CLAIMS, &out, NULL),
			 0);
	assert_true(out.failed);
	buf_release(&out);
}

static void check_thumbprint(X509 *c, struct str pem,
			     enum certificate_form form, const EVP_MD *md)
{
	unsigned char want[EVP_MAX_MD_SIZE], got[EVP_MAX_MD_SIZE];
	struct err err = { 0 };
	unsigned want_len;
	struct buf out;
	size_t len;

	assert_int_equal(X509_digest(c, md, want, &want_len), 1);
	buf_init(&out, 256);
	if (certificate_write(pem, form, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(decode(ENCODING_BASE64URL, buf_str(&out), got, sizeof(got),
			   &len));
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, len);
	buf_release(&out);
}

static void test_a_certificate_is_known_by_its_thumbprint(void **state)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *c = X509_new();
	struct err err = { 0 };
	struct buf out;
	struct str pem;
	char *text;

	(void)state;
	X509_set_pubkey(c, p256);
	X509_gmtime_adj(X509_getm_notBefore(c), 0);
	X509_gmtime_adj(X509_getm_notAfter(c), 60);
	assert_true(X509_sign(c, p256, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, c), 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &text);
	pem.ptr = text;
	check_thumbprint(c, pem, CERTIFICATE_SHA1, EVP_sha1());
	check_thumbprint(c, pem, CERTIFICATE_SHA256, EVP_sha256());
	buf_init(&out, 256);
	assert_int_equal(
		certificate_write(STR("none"), CERTIFICATE_DER, &out, &err),
		-1);
	assert_int_equal(err.kind, ERR_CONFIG);
	buf_release(&out);
	BIO_free(bio);
	X509_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_signed_verifies),
		cmocka_unit_test(test_a_key_that_does_not_fit_is_refused),
		cmocka_unit_test(test_a_buffer_that_is_too_small_says_so),
		cmocka_unit_test(test_a_certificate_is_known_by_its_thumbprint),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
