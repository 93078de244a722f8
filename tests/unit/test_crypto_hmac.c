#include "crypto/hmac.h"

#include "base/assert.h"
#include "base/buf.h"
#include "crypto/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

static struct hmac_key *key_new(enum hmac_algorithm alg, struct str secret)
{
	struct hmac_key *k = NULL;

	assert_int_equal(hmac_key_new(&k, alg, secret, NULL), 0);
	return k;
}

static void assert_hex(const unsigned char *got, size_t len, const char *want)
{
	struct buf hex;

	buf_init(&hex, 2 * HMAC_MAX_SIZE);
	encode(ENCODING_HEX, got, len, &hex);
	assert_string_equal(buf_z(&hex), want);
	buf_release(&hex);
}

static struct str repeat(char *room, char c, size_t len)
{
	memset(room, c, len);
	return (struct str){ room, len };
}

/* RFC 2202 section 3 and RFC 4231 section 4: key, text, results. */
static const struct vector {
	char key_byte; /* repeated key_len times; 0: the text in key */
	size_t key_len;
	const char *key;
	char text_byte;
	size_t text_len;
	const char *text;
	const char *want[HMAC_ALGORITHM_COUNT];
} vectors[] = {
	{ 0x0b,
	  20,
	  NULL,
	  0,
	  0,
	  "Hi There",
	  { "b617318655057264e28bc0b6fb378c8ef146be00",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a12685"
	    "4" } },
	{ 0,
	  0,
	  "Jefe",
	  0,
	  0,
	  "what do ya want for nothing?",
	  { "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce73"
	    "7" } },
	{ (char)0xaa,
	  20,
	  NULL,
	  (char)0xdd,
	  50,
	  NULL,
	  { "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
	    "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292f"
	    "b" } },
	{ (char)0xaa,
	  80,
	  NULL,
	  0,
	  0,
	  "Test Using Larger Than Block-Size Key - Hash Key First",
	  { "aa4ae5e15272d00e95705637ce8a3b55ed402112", NULL, NULL } },
	{ (char)0xaa,
	  131,
	  NULL,
	  0,
	  0,
	  "Test Using Larger Than Block-Size Key - Hash Key First",
	  { NULL,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d78659"
	    "8" } },
};

static void check_vector(const struct vector *v, enum hmac_algorithm alg)
{
	char key_room[256], text_room[256];
	unsigned char out[HMAC_MAX_SIZE];
	struct str key = v->key ? str_of(v->key)
				: repeat(key_room, v->key_byte, v->key_len);
	struct str text =
		v->text ? str_of(v->text)
			: repeat(text_room, v->text_byte, v->text_len);
	struct hmac_key *k = key_new(alg, key);

	for (int again = 0; again < 2; again++) {
		assert_int_equal(hmac_compute(k, &text, 1, out),
				 hmac_size(alg));
		assert_hex(out, hmac_size(alg), v->want[alg]);
	}
	hmac_key_free(&k);
	assert_null(k);
}

static void test_hmac_gives_the_results_of_the_rfcs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		for (int alg = 0; alg < HMAC_ALGORITHM_COUNT; alg++)
			if (vectors[i].want[alg])
				check_vector(&vectors[i],
					     (enum hmac_algorithm)alg);
}

/* From the Standard Webhooks specification's own libraries. */
static void test_hmac_signs_as_standard_webhooks(void **state)
{
	const struct str parts[] = {
		STR("msg_p5jXN8AQM9LWM0D4loKWxJek"),
		STR("."),
		STR("1614265330"),
		STR("."),
		STR("{\"test\": 2432232314}"),
	};
	unsigned char secret[32], out[HMAC_MAX_SIZE];
	struct hmac_key *k;
	struct buf text;
	size_t len;

	(void)state;
	assert_true(decode(ENCODING_BASE64,
			   STR("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), secret,
			   sizeof(secret), &len));
	k = key_new(HMAC_SHA256, (struct str){ (char *)secret, len });
	len = hmac_compute(k, parts, ARRAY_LEN(parts), out);
	buf_init(&text, 100);
	encode(ENCODING_BASE64, out, len, &text);
	assert_string_equal(buf_z(&text),
			    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_release(&text);
	hmac_key_free(&k);
}

static size_t evp_mac(const char *digest, struct str key, struct str text,
		      unsigned char *out)
{
	char name[16];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
						 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t len;

	memcpy(name, digest, strlen(digest) + 1);
	params[0].data_size = strlen(name);
	assert_int_equal(EVP_MAC_init(ctx, (const unsigned char *)key.ptr,
				      key.len, params),
			 1);
	assert_int_equal(
		EVP_MAC_update(ctx, (const unsigned char *)text.ptr, text.len),
		1);
	assert_int_equal(EVP_MAC_final(ctx, out, &len, HMAC_MAX_SIZE), 1);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return len;
}

/* Around every size at which padding or the key's shortening changes. */
static void test_hmac_agrees_with_evp_mac(void **state)
{
	static const char *const digests[] = { "SHA1", "SHA256", "SHA512" };
	static const size_t sizes[] = { 1,   55,  56,  63,  64,	 65,   111,
					112, 119, 127, 128, 129, 1000, 4096 };
	static char bytes[4096];
	unsigned char ours[HMAC_MAX_SIZE], theirs[HMAC_MAX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	for (int alg = 0; alg < HMAC_ALGORITHM_COUNT; alg++)
		for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
			struct str secret = { bytes, sizes[k] };
			struct hmac_key *key =
				key_new((enum hmac_algorithm)alg, secret);

			for (size_t t = 0; t < ARRAY_LEN(sizes); t++) {
				struct str text = { bytes, sizes[t] };
				size_t len = hmac_compute(key, &text, 1, ours);

				assert_int_equal(len,
						 evp_mac(digests[alg], secret,
							 text, theirs));
				assert_memory_equal(ours, theirs, len);
			}
			hmac_key_free(&key);
		}
}

static void test_hmac_sees_parts_as_one_text(void **state)
{
	const struct str whole = STR("abcdef");
	const struct str parts[] = { STR("ab"), { NULL, 0 }, STR("cdef") };
	unsigned char a[HMAC_MAX_SIZE], b[HMAC_MAX_SIZE];
	struct hmac_key *k = key_new(HMAC_SHA512, STR("k"));

	(void)state;
	assert_int_equal(hmac_compute(k, &whole, 1, a), 64);
	assert_int_equal(hmac_compute(k, parts, 3, b), 64);
	assert_memory_equal(a, b, 64);
	hmac_key_free(&k);
}

static void test_hmac_refuses_an_empty_secret(void **state)
{
	struct hmac_key *k = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(hmac_key_new(&k, HMAC_SHA256, STR(""), &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_null(k);
	hmac_key_free(&k); /* freeing nothing is harmless */
}

static void test_hmac_algorithms_have_names(void **state)
{
	enum hmac_algorithm alg;

	(void)state;
	assert_true(hmac_algorithm_find(STR("sha1"), &alg));
	assert_int_equal(hmac_size(alg), 20);
	assert_true(hmac_algorithm_find(STR("sha256"), &alg));
	assert_int_equal(hmac_size(alg), 32);
	assert_true(hmac_algorithm_find(STR("sha512"), &alg));
	assert_int_equal(hmac_size(alg), 64);
	assert_false(hmac_algorithm_find(STR("md5"), &alg));
	assert_false(hmac_algorithm_find(STR(""), &alg));
}

/* FIPS 180-4, the examples "abc" and the empty text. */
static void test_sha256_gives_known_digests(void **state)
{
	const struct str parts[] = { STR("a"), STR("bc") };
	unsigned char out[SHA256_SIZE];

	(void)state;
	sha256(parts, 2, out);
	assert_hex(out, sizeof(out),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20"
		   "015ad");
	sha256(NULL, 0, out);
	assert_hex(out, sizeof(out),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b785"
		   "2b855");
}

static void test_equal_compares_every_byte(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_true(crypto_equal(a, b, sizeof(a)));
	assert_true(crypto_equal(NULL, NULL, 0));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] = 1;
		assert_false(crypto_equal(a, b, sizeof(a)));
		b[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac_gives_the_results_of_the_rfcs),
		cmocka_unit_test(test_hmac_signs_as_standard_webhooks),
		cmocka_unit_test(test_hmac_agrees_with_evp_mac),
		cmocka_unit_test(test_hmac_sees_parts_as_one_text),
		cmocka_unit_test(test_hmac_refuses_an_empty_secret),
		cmocka_unit_test(test_hmac_algorithms_have_names),
		cmocka_unit_test(test_sha256_gives_known_digests),
		cmocka_unit_test(test_equal_compares_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
