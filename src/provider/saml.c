/*
 * The assertion is written in the form that exclusive canonicalization gives
 * it (attributes in order, no empty tags, no white space), so that the bytes
 * which are signed are the bytes which are sent.
 */
#include "saml.h"

#include "base/assert.h"
#include "base/clock.h"
#include "build.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "parts.h"
#include "token.h"

#define ASSERTION_MAX  16384 /* bytes of XML, without the signature */
#define SIGNATURE_MAX  24576 /* of the element Signature */
#define SAML_TEXT_MAX  2048
#define LIFETIME_S     300
#define EARLY_MS       60000 /* clocks differ */
#define ATTRIBUTES_MAX 8

#define SAML	"urn:oasis:names:tc:SAML:2.0:"
#define C14N	"http://www.w3.org/2001/10/xml-exc-c14n#"
#define XMLDSIG "http://www.w3.org/2000/09/xmldsig#"

/* ------------------------------------------------------------------- words */

static const struct load_name encodings[] = { { "base64url" }, { "base64" } };
static const enum encoding encoding_rows[] = { ENCODING_BASE64URL,
					       ENCODING_BASE64 };
static const struct load_words encoding_words = LOAD_WORDS(encodings);
static const struct load_range lifetime_range = { 30, 3600 };

static const struct load_items attributes = {
	.load = load_named,
	.size = sizeof(struct named_template),
	.max = ATTRIBUTES_MAX,
	.members = true,
};

#define AT(member) offsetof(struct saml_part, member)

static const struct load_key keys[] = {
	{ "key", load_api_credential, AT(key), NULL, true },
	{ "certificate", load_api_credential, AT(certificate), NULL, false },
	{ "issuer", load_template, AT(issuer), NULL, true },
	{ "subject", load_template, AT(subject), NULL, true },
	{ "audience", load_template, AT(audience), NULL, true },
	{ "recipient", load_template, AT(recipient), NULL, true },
	{ "attributes", load_list, AT(attributes), &attributes, false },
	{ "lifetime_s", load_int, AT(lifetime_s), &lifetime_range, false },
	{ "encoding", load_word, AT(encoding), &encoding_words, false },
};

int load_saml(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	struct saml_part *s = out;

	(void)arg;
	s->lifetime_s = LIFETIME_S;
	return load_token_part(l, v, keys, ARRAY_LEN(keys), s);
}

/* --------------------------------------------------------------- assertion */

struct assertion {
	const struct filling *f;
	const struct saml_part *part;
	struct arena *a;
	char id[RANDOM_ID_SIZE];
	char now[CLOCK_TEXT_SIZE], from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
	struct buf head; /* up to the place of the signature */
	struct buf tail;
};

/*
 * As canonical XML spells them: '"' in attributes, '>' in texts. Control
 * characters do not get here.
 */
static void add_xml(struct buf *out, struct str s, char special,
		    const char *spelt)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '&')
			buf_add_z(out, "&amp;");
		else if (s.ptr[i] == '<')
			buf_add_z(out, "&lt;");
		else if (s.ptr[i] == special)
			buf_add_z(out, spelt);
		else
			buf_add_char(out, s.ptr[i]);
}

static void add_attribute(struct buf *out, struct str s)
{
	add_xml(out, s, '"', "&quot;");
}

static void add_content(struct buf *out, struct str s)
{
	add_xml(out, s, '>', "&gt;");
}

static int need_value(const struct assertion *x, const char *what,
		      const struct list *t, struct str *out, struct err *err)
{
	if (fill_text(x->f, t, ESCAPE_NONE, SAML_TEXT_MAX, x->a, out, err) < 0)
		return err_prefix(err, "saml: %s", what);
	if (out->len)
		return 0;
	return err_set(err, ERR_CONFIG, "saml: %s has no value", what);
}

static int write_head(struct assertion *x, struct err *err)
{
	struct str issuer;

	if (need_value(x, "issuer", &x->part->issuer, &issuer, err) < 0)
		return -1;
	buf_addf(&x->head,
		 "<saml2:Assertion xmlns:saml2=\"" SAML "assertion\" "
		 "ID=\"_%s\" IssueInstant=\"%s\" Version=\"2.0\">"
		 "<saml2:Issuer>",
		 x->id, x->now);
	add_content(&x->head, issuer);
	buf_add_z(&x->head, "</saml2:Issuer>");
	return 0;
}

static int write_subject(struct assertion *x, struct err *err)
{
	struct str subject, recipient;

	if (need_value(x, "subject", &x->part->subject, &subject, err) < 0 ||
	    need_value(x, "recipient", &x->part->recipient, &recipient, err) <
		    0)
		return -1;
	buf_add_z(&x->tail,
		  "<saml2:Subject><saml2:NameID Format=\"urn:oasis:names:tc:"
		  "SAML:1.1:nameid-format:unspecified\">");
	add_content(&x->tail, subject);
	buf_addf(&x->tail,
		 "</saml2:NameID><saml2:SubjectConfirmation Method=\"" SAML
		 "cm:bearer\"><saml2:SubjectConfirmationData "
		 "NotOnOrAfter=\"%s\" Recipient=\"",
		 x->to);
	add_attribute(&x->tail, recipient);
	buf_add_z(&x->tail, "\"></saml2:SubjectConfirmationData>"
			    "</saml2:SubjectConfirmation></saml2:Subject>");
	return 0;
}

static int write_conditions(struct assertion *x, struct err *err)
{
	struct str audience;

	if (need_value(x, "audience", &x->part->audience, &audience, err) < 0)
		return -1;
	buf_addf(&x->tail,
		 "<saml2:Conditions NotBefore=\"%s\" NotOnOrAfter=\"%s\">"
		 "<saml2:AudienceRestriction><saml2:Audience>",
		 x->from, x->to);
	add_content(&x->tail, audience);
	buf_addf(&x->tail,
		 "</saml2:Audience></saml2:AudienceRestriction>"
		 "</saml2:Conditions><saml2:AuthnStatement AuthnInstant=\"%s\" "
		 "SessionIndex=\"_%s\"><saml2:AuthnContext>"
		 "<saml2:AuthnContextClassRef>" SAML "ac:classes:unspecified"
		 "</saml2:AuthnContextClassRef></saml2:AuthnContext>"
		 "</saml2:AuthnStatement>",
		 x->now, x->id);
	return 0;
}

static int write_attributes(struct assertion *x, struct err *err)
{
	const struct named_template *t = x->part->attributes.items;
	struct str value;

	if (!x->part->attributes.count)
		return 0;
	buf_add_z(&x->tail, "<saml2:AttributeStatement>");
	for (size_t i = 0; i < x->part->attributes.count; i++) {
		if (need_value(x, t[i].name, &t[i].value, &value, err) < 0)
			return -1;
		buf_add_z(&x->tail, "<saml2:Attribute Name=\"");
		add_attribute(&x->tail, str_of(t[i].name));
		buf_add_z(&x->tail, "\"><saml2:AttributeValue>");
		add_content(&x->tail, value);
		buf_add_z(&x->tail,
			  "</saml2:AttributeValue></saml2:Attribute>");
	}
	buf_add_z(&x->tail, "</saml2:AttributeStatement>");
	return 0;
}

static int write_assertion(struct assertion *x, struct err *err)
{
	int64_t now_ms = x->f->ctx->now_ms;

	random_id(x->id);
	(void)clock_format_ms(now_ms, x->now);
	(void)clock_format_ms(now_ms - EARLY_MS, x->from);
	(void)clock_format_ms(now_ms + x->part->lifetime_s * 1000, x->to);
	if (write_head(x, err) < 0 || write_subject(x, err) < 0 ||
	    write_conditions(x, err) < 0 || write_attributes(x, err) < 0)
		return -1;
	buf_add_z(&x->tail, "</saml2:Assertion>");
	if (buf_check(&x->head, "the assertion", err) < 0)
		return -1;
	return buf_check(&x->tail, "the assertion", err);
}

/* --------------------------------------------------------------- signature */

/* namespace: as canonicalization has it, when it stands alone. */
static void write_signed_info(const struct assertion *x, const char *ns,
			      struct buf *out)
{
	const struct str all[] = { buf_str(&x->head), buf_str(&x->tail) };
	unsigned char digest[SHA256_SIZE];

	sha256(all, ARRAY_LEN(all), digest);
	buf_addf(
		out,
		"<ds:SignedInfo%s><ds:CanonicalizationMethod Algorithm=\"" C14N
		"\"></ds:CanonicalizationMethod><ds:SignatureMethod "
		"Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#"
		"rsa-sha256\"></ds:SignatureMethod><ds:Reference "
		"URI=\"#_%s\"><ds:Transforms><ds:Transform Algorithm=\"" XMLDSIG
		"enveloped-signature\"></ds:Transform><ds:Transform "
		"Algorithm=\"" C14N "\"></ds:Transform></ds:Transforms>"
		"<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/"
		"xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>",
		ns, x->id);
	encode(ENCODING_BASE64, digest, sizeof(digest), out);
	buf_add_z(out, "</ds:DigestValue></ds:Reference></ds:SignedInfo>");
}

static int write_certificate(const struct assertion *x, struct buf *out,
			     struct err *err)
{
	struct str pem;

	if (!x->part->certificate)
		return 0;
	pem = json_string(
		json_get(x->f->ctx->credentials, x->part->certificate));
	buf_add_z(out, "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
	if (certificate_write(pem, CERTIFICATE_DER, out, err) < 0)
		return err_prefix(err, "the credential '%s'",
				  x->part->certificate);
	buf_add_z(out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>");
	return 0;
}

static int write_signature(const struct assertion *x, struct buf *out,
			   struct err *err)
{
	struct str key =
		json_string(json_get(x->f->ctx->credentials, x->part->key));
	struct buf info;
	int res;

	buf_add_z(out, "<ds:Signature xmlns:ds=\"" XMLDSIG "\">");
	write_signed_info(x, "", out);
	buf_add_z(out, "<ds:SignatureValue>");
	buf_init(&info, SIGNATURE_MAX);
	write_signed_info(x, " xmlns:ds=\"" XMLDSIG "\"", &info);
	res = sign_text(SIGN_RS256, key, buf_str(&info), ENCODING_BASE64, out,
			err);
	buf_release(&info);
	if (res < 0)
		return err_prefix(err, "the credential '%s'", x->part->key);
	buf_add_z(out, "</ds:SignatureValue>");
	if (write_certificate(x, out, err) < 0)
		return -1;
	buf_add_z(out, "</ds:Signature>");
	return buf_check(out, "the signature of the assertion", err);
}

static int encode_all(const struct assertion *x, const struct buf *signature,
		      struct str *out, struct err *err)
{
	struct buf xml, text;
	int res;

	secret_buf(&xml, x->head.len + signature->len + x->tail.len + 1);
	buf_add_str(&xml, buf_str(&x->head));
	buf_add_str(&xml, buf_str(signature));
	buf_add_str(&xml, buf_str(&x->tail));
	secret_buf(&text, 2 * xml.len + 4);
	encode(encoding_rows[x->part->encoding], xml.data, xml.len, &text);
	res = keep_text(&text, "the assertion", x->a, out, err);
	release_secret(&xml);
	return res;
}

int saml_sign(const struct filling *f, const struct saml_part *s,
	      struct arena *a, struct str *out, struct err *err)
{
	struct assertion x = { .f = f, .part = s, .a = a };
	struct buf signature;
	int res = -1;

	buf_init(&x.head, ASSERTION_MAX);
	buf_init(&x.tail, ASSERTION_MAX);
	buf_init(&signature, SIGNATURE_MAX);
	if (write_assertion(&x, err) == 0 &&
	    write_signature(&x, &signature, err) == 0)
		res = encode_all(&x, &signature, out, err);
	buf_release(&x.head);
	buf_release(&x.tail);
	buf_release(&signature);
	return res;
}
