/* How a call says who we are. */
#include "auth.h"

#include "base/assert.h"
#include "build.h"
#include "crypto/encode.h"
#include "parts.h"

#define AUTHS_MAX  4
#define SECRET_MAX 8192 /* bytes of a user or password */
#define WSSE	   "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"

static const struct template_place secret_place = { .secrets = true };

typedef int auth_fn(const struct auth *auth, struct call_builder *b, void *out,
		    struct err *err);

/* out of a scheme's function: nothing, or the JSON writer, or the XML. */
struct auth_scheme {
	const char *name;
	enum auth_place place;
	struct load_table keys;
	auth_fn *add;
};

/* ------------------------------------------------------------------ schemes */

/* Every name in an auth has to have a value: half of a proof is none. */
static int need_text(const struct call_builder *b, const struct list *t,
		     enum escape e, struct str *out, struct err *err)
{
	struct buf text;

	secret_buf(&text, SECRET_MAX);
	if (fill_template(&b->f, t, e, &text, NULL, err) < 0) {
		release_secret(&text);
		return -1;
	}
	return keep_text(&text, "the credential", b->a, out, err);
}

int basic_value(struct str user, struct str password, struct arena *a,
		struct str *out, struct err *err)
{
	struct buf pair, value;

	if (user.len && memchr(user.ptr, ':', user.len))
		return err_set(err, ERR_CONFIG, "the user's name holds a ':'");
	secret_buf(&pair, 2 * SECRET_MAX + 1);
	secret_buf(&value, 4 * SECRET_MAX);
	buf_add_str(&pair, user);
	buf_add_char(&pair, ':');
	buf_add_str(&pair, password);
	buf_add_z(&value, "Basic ");
	encode(ENCODING_BASE64, pair.data, pair.len, &value);
	release_secret(&pair);
	return keep_text(&value, "the credential", a, out, err);
}

static int add_authorization(struct call_builder *b, struct str value,
			     struct err *err)
{
	return add_header(b->out, STR("Authorization"), value, err);
}

static int add_basic(const struct auth *auth, struct call_builder *b, void *out,
		     struct err *err)
{
	struct str user, password = auth->password, value;

	(void)out;
	if (need_text(b, &auth->user, ESCAPE_NONE, &user, err) < 0 ||
	    (auth->value.count &&
	     need_text(b, &auth->value, ESCAPE_NONE, &password, err) < 0) ||
	    basic_value(user, password, b->a, &value, err) < 0)
		return -1;
	return add_authorization(b, value, err);
}

static int add_bearer(const struct auth *auth, struct call_builder *b,
		      void *out, struct err *err)
{
	struct str token, value = { 0 };
	struct buf text;

	(void)out;
	if (need_text(b, &auth->value, ESCAPE_NONE, &token, err) < 0)
		return -1;
	secret_buf(&text, SECRET_MAX + 8);
	buf_add_z(&text, "Bearer ");
	buf_add_str(&text, token);
	if (keep_text(&text, "the credential", b->a, &value, err) < 0)
		return -1;
	return add_authorization(b, value, err);
}

static int add_own_header(const struct auth *auth, struct call_builder *b,
			  void *out, struct err *err)
{
	struct str value;

	(void)out;
	if (need_text(b, &auth->value, ESCAPE_NONE, &value, err) < 0)
		return -1;
	return add_header(b->out, str_of(auth->name), value, err);
}

static int add_query(const struct auth *auth, struct call_builder *b, void *out,
		     struct err *err)
{
	struct str value;

	(void)out;
	if (need_text(b, &auth->value, ESCAPE_NONE, &value, err) < 0)
		return -1;
	return add_parameter(b, auth->name, &auth->value, err);
}

static int add_member(const struct auth *auth, struct call_builder *b,
		      void *out, struct err *err)
{
	struct str value;

	if (need_text(b, &auth->value, ESCAPE_JSON, &value, err) < 0)
		return -1;
	json_add_string(out, auth->name, value);
	return 0;
}

/* WS-Security UsernameToken 1.0 with the password as text, for SOAP's header.
 */
static int add_wsse(const struct auth *auth, struct call_builder *b, void *out,
		    struct err *err)
{
	struct str user, password;

	if (need_text(b, &auth->user, ESCAPE_XML, &user, err) < 0 ||
	    need_text(b, &auth->value, ESCAPE_XML, &password, err) < 0)
		return -1;
	buf_add_z(out, "<wsse:Security soapenv:mustUnderstand=\"1\" "
		       "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/"
		       "envelope/\" xmlns:wsse=\"" WSSE
		       "wssecurity-secext-1.0.xsd\"><wsse:UsernameToken>"
		       "<wsse:Username>");
	buf_add_str(out, user);
	buf_add_z(out, "</wsse:Username><wsse:Password Type=\"" WSSE
		       "username-token-profile-1.0#PasswordText\">");
	buf_add_str(out, password);
	buf_add_z(out, "</wsse:Password></wsse:UsernameToken></wsse:Security>");
	return 0;
}

/* -------------------------------------------------------------------- words */

#define AUTH(member) offsetof(struct auth, member)
#define SCHEME                                             \
	{ "scheme", load_text, AUTH(word), NULL, true },   \
	{                                                  \
		"when", load_when, AUTH(when), NULL, false \
	}

static const struct load_key basic_keys[] = {
	SCHEME,
	{ "user", load_secret_template, AUTH(user), NULL, true },
	{ "password", load_secret_template, AUTH(value), NULL, false },
	{ "password_text", load_text, AUTH(password), NULL, false },
};

static const struct load_key bearer_keys[] = {
	SCHEME,
	{ "token", load_secret_template, AUTH(value), NULL, true },
};

static const struct load_key header_keys[] = {
	SCHEME,
	{ "header", load_z, AUTH(name), NULL, true },
	{ "value", load_secret_template, AUTH(value), NULL, true },
};

static const struct load_key parameter_keys[] = {
	SCHEME,
	{ "name", load_z, AUTH(name), NULL, true },
	{ "value", load_secret_template, AUTH(value), NULL, true },
};

static const struct load_key wsse_keys[] = {
	SCHEME,
	{ "user", load_secret_template, AUTH(user), NULL, true },
	{ "password", load_secret_template, AUTH(value), NULL, true },
};

static const struct auth_scheme schemes[] = {
	{ "basic", AUTH_IN_HEADER, LOAD_TABLE(basic_keys), add_basic },
	{ "bearer", AUTH_IN_HEADER, LOAD_TABLE(bearer_keys), add_bearer },
	{ "header", AUTH_IN_HEADER, LOAD_TABLE(header_keys), add_own_header },
	{ "query", AUTH_IN_QUERY, LOAD_TABLE(parameter_keys), add_query },
	{ "body", AUTH_IN_BODY, LOAD_TABLE(parameter_keys), add_member },
	{ "wsse", AUTH_IN_XML, LOAD_TABLE(wsse_keys), add_wsse },
};

static const struct load_words scheme_words = LOAD_WORDS(schemes);

/* "scheme" decides which other keys there may be. */
static int load_auth(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	const struct json *word = json_get(v, "scheme");
	const struct template_place *outer = l->place;
	struct auth *auth = out;
	unsigned i;

	(void)arg;
	if (!json_is(word, JSON_STRING))
		return load_fail(l, "has no 'scheme'");
	if (!words_find(&scheme_words, json_string(word), &i))
		return load_unknown(l, "scheme", &scheme_words,
				    json_string(word));
	auth->scheme = &schemes[i];
	l->place = &secret_place;
	if (load_object(l, v, schemes[i].keys.keys, schemes[i].keys.count,
			auth) < 0)
		return -1;
	l->place = outer;
	if (schemes[i].add == add_basic &&
	    (auth->value.count > 0) == (auth->password.len > 0))
		return load_fail(l, "needs exactly one of password and "
				    "password_text");
	return 0;
}

const struct load_items load_auths = {
	.load = load_auth,
	.size = sizeof(struct auth),
	.max = AUTHS_MAX,
	.one = true,
};

bool auths_have(const struct list *auths, enum auth_place place)
{
	const struct auth *a = auths->items;

	for (size_t i = 0; i < auths->count; i++)
		if (a[i].scheme->place == place)
			return true;
	return false;
}

/* ------------------------------------------------------------------- adding */

static int add_all(struct call_builder *b, enum auth_place place, void *out,
		   struct err *err)
{
	const struct list *auths = &b->f.m->fetch.auth;
	const struct auth *a = auths->items;

	for (size_t i = 0; i < auths->count; i++) {
		if (a[i].scheme->place != place ||
		    !when_holds(&a[i].when, b->f.m, b->f.ctx))
			continue;
		if (a[i].scheme->add(&a[i], b, out, err) < 0)
			return -1;
	}
	return 0;
}

int auth_add_headers(struct call_builder *b, struct err *err)
{
	return add_all(b, AUTH_IN_HEADER, NULL, err);
}

int auth_add_query(struct call_builder *b, struct err *err)
{
	return add_all(b, AUTH_IN_QUERY, NULL, err);
}

int auth_add_members(struct call_builder *b, struct json_writer *w,
		     struct err *err)
{
	return add_all(b, AUTH_IN_BODY, w, err);
}

int auth_add_xml(struct call_builder *b, struct buf *out, struct err *err)
{
	return add_all(b, AUTH_IN_XML, out, err);
}
