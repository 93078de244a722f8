/* Assertions that others can verify, held against libxml2 and OpenSSL. */
#include "check.h"

#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "provider/access.h"
#include "provider_manifest.h"
#include "json/write.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define NOW 1700000000000LL
#define ONE "'one':{'path':'/p/{person_id}','person':'','gone':[404]}"
#define TOKEN(more)                                                      \
	"'tokens':{'t':{'grant':'saml2_bearer','call':{'method':'POST'," \
	"'url':'{login}/token','form':{'company_id':'{tenant}'}},"       \
	"'client':{'id':'client_id','auth':'none'},'saml':{"             \
	"'key':'private_key','issuer':'a<b&c>\\\"d\\\"',"                \
	"'subject':'{user}','audience':'www.example.com',"               \
	"'recipient':'{login}/token?a=1&b=\\\"2\\\"'" more "}}}," ONE

static const char full[] =
	TOKEN(",'certificate':'certificate','lifetime_s':600,"
	      "'attributes':{'api_key':'{client_id}','x>':'<{tenant}>'}");

static EVP_PKEY *key;
static X509 *certificate;
static char key_pem[4096], certificate_pem[4096];

static void take_pem(BIO *bio, char *out, size_t size)
{
	int len = BIO_read(bio, out, (int)size - 1);

	assert_true(len > 0);
	out[len] = '\0';
	BIO_free(bio);
}

static int make_keys(void **state)
{
	BIO *bio = BIO_new(BIO_s_mem());

	(void)state;
	key = EVP_RSA_gen(2048);
	certificate = X509_new();
	X509_set_pubkey(certificate, key);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	if (!X509_sign(certificate, key, EVP_sha256()))
		return -1;
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	take_pem(bio, key_pem, sizeof(key_pem));
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, certificate);
	take_pem(bio, certificate_pem, sizeof(certificate_pem));
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	X509_free(certificate);
	EVP_PKEY_free(key);
	xmlCleanupParser();
	return 0;
}

/* ---------------------------------------------------------------- the asking
 */

struct asked {
	struct arena a;
	struct manifest *m;
	struct fetch_request r;
	struct err err;
	int res;
};

static const struct json *credentials_of(struct arena *a, const char *pem)
{
	struct buf text;
	struct json_writer w;
	const struct json *v = NULL;
	struct err err = { 0 };

	buf_init(&text, 16384);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	json_add_z(&w, "client_id", "id");
	json_add_z(&w, "user", "admin@\"<acme>\"");
	json_add_z(&w, "private_key", pem);
	json_add_z(&w, "certificate", certificate_pem);
	json_close(&w);
	if (json_parse(&v, a, arena_dup(a, buf_str(&text)), NULL, &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&text);
	return v;
}

static void ask(struct asked *x, const char *fetch, const char *pem)
{
	const struct access_ask begin = { .step = ACCESS_BEGIN };
	struct fetch_context ctx = { .now_ms = NOW };

	*x = (struct asked){ .res = -1 };
	arena_init(&x->a, 4 << 20);
	if (test_manifest(&x->m, fetch, "", &x->err) < 0)
		fail_msg("%s", x->err.text);
	ctx.credentials = credentials_of(&x->a, pem);
	ctx.settings = test_json(&x->a, "{'tenant':'acme'}");
	x->res = access_request(x->m, 0, &ctx, &begin, &x->a, &x->r, &x->err);
}

static void end(struct asked *x)
{
	manifest_free(&x->m);
	arena_release(&x->a);
}

/* What follows name in the body up to the character end, decoded. */
static struct str decoded(const struct asked *x, const char *name, char end)
{
	static unsigned char bytes[16384];
	const char *at =
		memmem(x->r.body.ptr, x->r.body.len, name, strlen(name));
	struct str rest, part;
	size_t len;

	assert_non_null(at);
	at += strlen(name);
	rest = (struct str){ at, x->r.body.len - (size_t)(at - x->r.body.ptr) };
	(void)str_cut(&rest, end, &part);
	assert_true(decode(ENCODING_BASE64URL, part, bytes, sizeof(bytes) - 1,
			   &len));
	bytes[len] = '\0';
	return (struct str){ (char *)bytes, len };
}

static struct str assertion_of(const struct asked *x)
{
	return decoded(x, "&assertion=", '&');
}

/* -------------------------------------------------------------- the verifier
 */

static xmlXPathContext *paths_of(xmlDoc *doc)
{
	xmlXPathContext *c = xmlXPathNewContext(doc);

	xmlXPathRegisterNs(c, BAD_CAST "s",
			   BAD_CAST "urn:oasis:names:tc:SAML:2.0:assertion");
	xmlXPathRegisterNs(c, BAD_CAST "d",
			   BAD_CAST "http://www.w3.org/2000/09/xmldsig#");
	return c;
}

static char *text_at(xmlDoc *doc, const char *path)
{
	xmlXPathContext *c = paths_of(doc);
	xmlXPathObject *o = xmlXPathEvalExpression(BAD_CAST path, c);
	xmlChar *text = xmlXPathCastToString(o);

	xmlXPathFreeObject(o);
	xmlXPathFreeContext(c);
	return (char *)text;
}

static void assert_text(xmlDoc *doc, const char *path, const char *want)
{
	char *text = text_at(doc, path);

	assert_string_equal(text, want);
	xmlFree(text);
}

/* Exclusively canonical: the nodes that path selects. */
static struct str canonical(xmlDoc *doc, const char *path)
{
	xmlXPathContext *c = paths_of(doc);
	xmlXPathObject *o = xmlXPathEvalExpression(BAD_CAST path, c);
	xmlChar *text = NULL;
	int len = xmlC14NDocDumpMemory(doc, o->nodesetval,
				       XML_C14N_EXCLUSIVE_1_0, NULL, 0, &text);

	assert_true(len > 0);
	xmlXPathFreeObject(o);
	xmlXPathFreeContext(c);
	return (struct str){ (char *)text, (size_t)len };
}

static bool digest_holds(xmlDoc *doc)
{
	struct str all = canonical(doc, "(//. | //@* | //namespace::*)"
					"[not(ancestor-or-self::d:Signature)]");
	char *want = text_at(doc, "//d:DigestValue");
	unsigned char digest[SHA256_SIZE];
	struct buf text;
	bool same;

	sha256(&all, 1, digest);
	buf_init(&text, 128);
	encode(ENCODING_BASE64, digest, sizeof(digest), &text);
	same = !strcmp(buf_z(&text), want);
	buf_release(&text);
	xmlFree(want);
	xmlFree((char *)(uintptr_t)all.ptr);
	return same;
}

static bool signature_holds(xmlDoc *doc)
{
	struct str info = canonical(doc, "(//. | //@* | //namespace::*)"
					 "[ancestor-or-self::d:SignedInfo]");
	char *text = text_at(doc, "//d:SignatureValue");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t len;
	bool good;

	assert_true(
		decode(ENCODING_BASE64, str_of(text), sig, sizeof(sig), &len));
	good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(ctx, sig, len, (const unsigned char *)info.ptr,
				info.len) == 1;
	EVP_MD_CTX_free(ctx);
	xmlFree(text);
	xmlFree((char *)(uintptr_t)info.ptr);
	return good;
}

static xmlDoc *document(struct str xml)
{
	xmlDoc *doc = xmlReadMemory(xml.ptr, (int)xml.len, NULL, NULL,
				    XML_PARSE_NONET);

	assert_non_null(doc);
	return doc;
}

/* ------------------------------------------------------------------- tests */

static void test_what_is_signed_verifies(void **state)
{
	struct asked x;
	xmlDoc *doc;

	(void)state;
	ask(&x, full, key_pem);
	if (x.res < 0)
		fail_msg("%s", x.err.text);
	assert_true(str_starts(
		x.r.body, STR("company_id=acme&grant_type=urn%3Aietf%3Aparams%"
			      "3Aoauth%3Agrant-type%3Asaml2-bearer&"
			      "assertion=")));
	doc = document(assertion_of(&x));
	assert_true(digest_holds(doc));
	assert_true(signature_holds(doc));
	xmlFreeDoc(doc);
	end(&x);
}

static void test_it_says_who_and_for_whom(void **state)
{
	struct asked x;
	xmlDoc *doc;

	(void)state;
	ask(&x, full, key_pem);
	doc = document(assertion_of(&x));
	assert_text(doc, "/s:Assertion/s:Issuer", "a<b&c>\"d\"");
	assert_text(doc, "//s:NameID", "admin@\"<acme>\"");
	assert_text(doc, "//s:Audience", "www.example.com");
	assert_text(doc, "//s:SubjectConfirmationData/@Recipient",
		    "https://login.example.com/token?a=1&b=\"2\"");
	assert_text(doc, "//s:SubjectConfirmationData/@NotOnOrAfter",
		    "2023-11-14T22:23:20.000Z");
	assert_text(doc, "//s:Conditions/@NotBefore",
		    "2023-11-14T22:12:20.000Z");
	assert_text(doc, "//s:Attribute[@Name='api_key']", "id");
	assert_text(doc, "//s:Attribute[@Name='x>']", "<acme>");
	assert_text(doc, "concat('#',/s:Assertion/@ID)=//d:Reference/@URI",
		    "true");
	assert_text(doc, "string-length(//d:X509Certificate)>100", "true");
	xmlFreeDoc(doc);
	end(&x);
}

static void test_another_text_is_not_what_was_signed(void **state)
{
	struct asked x;
	struct str xml;
	xmlDoc *doc;
	char *at;

	(void)state;
	ask(&x, full, key_pem);
	xml = assertion_of(&x);
	at = memmem(xml.ptr, xml.len, "www.example.com", 15);
	assert_non_null(at);
	at[0] = 'v';
	doc = document(xml);
	assert_false(digest_holds(doc));
	assert_true(signature_holds(doc));
	xmlFreeDoc(doc);
	end(&x);
}

static void test_a_key_that_does_not_sign_names_its_credential(void **state)
{
	struct asked x;

	(void)state;
	ask(&x, TOKEN(""), "no key");
	assert_int_equal(x.res, -1);
	assert_int_equal(x.err.kind, ERR_CONFIG);
	assert_non_null(strstr(x.err.text, "the credential 'private_key': "));
	assert_null(strstr(x.err.text, "no key"));
	end(&x);
}

static void test_a_text_without_a_value_is_told(void **state)
{
	struct asked x;

	(void)state;
	ask(&x, TOKEN(",'attributes':{'r':'{region}'}"), key_pem);
	assert_int_equal(x.res, -1);
	assert_int_equal(x.err.kind, ERR_CONFIG);
	assert_non_null(strstr(x.err.text, "saml: r has no value"));
	end(&x);
}

static void test_a_signed_token_tells_its_certificate(void **state)
{
	static const char *const thumbprints[] = { "\"x5t\":\"",
						   "\"x5t#S256\":\"" };
	static const size_t lengths[] = { 27, 43 };
	struct asked x;
	struct str header;

	(void)state;
	ask(&x,
	    "'tokens':{'t':{'grant':'client_credentials','call':{'method':"
	    "'POST','url':'{login}/token'},'client':{'id':'client_id','auth':"
	    "'assertion'},'assertion':{'algorithm':'PS256','key':"
	    "'private_key','certificate':'certificate','claims':{'iss':"
	    "'{client_id}'}}}}," ONE,
	    key_pem);
	if (x.res < 0)
		fail_msg("%s", x.err.text);
	header = decoded(&x, "client_assertion=", '.');
	assert_true(str_starts(
		header, STR("{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t\"")));
	for (size_t i = 0; i < ARRAY_LEN(thumbprints); i++) {
		const char *at = strstr(header.ptr, thumbprints[i]);

		assert_non_null(at);
		at += strlen(thumbprints[i]);
		assert_int_equal(strcspn(at, "\""), lengths[i]);
	}
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_signed_verifies),
		cmocka_unit_test(test_it_says_who_and_for_whom),
		cmocka_unit_test(test_another_text_is_not_what_was_signed),
		cmocka_unit_test(
			test_a_key_that_does_not_sign_names_its_credential),
		cmocka_unit_test(test_a_text_without_a_value_is_told),
		cmocka_unit_test(test_a_signed_token_tells_its_certificate),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
