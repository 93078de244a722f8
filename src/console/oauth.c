/*
 * OAuth2: an admin goes to the HR system to allow access, and comes back with
 * a code (RFC 6749 4.1, with PKCE). Only the fetcher can open the verifier and
 * the code, and only it knows the client's secret.
 */
#include "ask.h"
#include "base/clock.h"
#include "base/log.h"
#include "body.h"
#include "crypto/encode.h"
#include "registry/authorization.h"
#include "render.h"
#include "reply.h"

#define URL_MAX	   4096
#define CODE_MAX   4096 /* bytes; vendors' codes are some hundred */
#define SEALED_MAX (CODE_MAX + 64)
#define WORD_MAX   40 /* of an error, as RFC 6749 names them */

/* Base64 of what is sealed, in the arena; ptr NULL when it does not fit. */
static struct str in_base64(struct arena *a, struct str bytes)
{
	struct str out = { 0 };
	struct buf text;

	buf_init(&text, 2 * (size_t)SEALED_MAX);
	encode(ENCODING_BASE64, bytes.ptr, bytes.len, &text);
	if (!text.failed)
		out = arena_dup(a, buf_str(&text));
	buf_release(&text);
	return out;
}

/* -------------------------------------------------------------- going there */

static int start(struct call *c, const struct connection *conn,
		 struct str redirect_uri, const struct json **input,
		 struct err *err)
{
	struct arena *a = &c->api->arena;
	struct authorization_start s;
	struct ask_text texts[] = {
		{ "redirect_uri", redirect_uri },
		{ "state", { 0 } },
		{ "verifier", { 0 } },
	};

	if (registry_start_authorization(&c->api->registry, &c->caller, conn,
					 redirect_uri, clock_wall_ms(), a, &s,
					 err) < 0)
		return -1;
	texts[1].value = str_of(s.state);
	texts[2].value = in_base64(a, s.verifier);
	return ask_input(input, a, texts, ARRAY_LEN(texts), err);
}

void api_authorize_connection(struct call *c)
{
	struct ask ask = { .kind = JOB_AUTHORIZE, .done = ask_reply_result };
	struct connection conn;
	struct err err = { 0 };
	struct buf uri;

	if (!body_read_none(c->req, &c->api->arena) ||
	    !call_connection(c, &conn))
		return;
	buf_init(&uri, URL_MAX);
	render_url(&uri, c->api->settings->console_url, OAUTH_CALLBACK, NULL);
	if (start(c, &conn, buf_str(&uri), &ask.input, &err) < 0)
		reply_err(c->req, &err);
	else
		ask_fetcher(c, &conn, &ask);
	buf_release(&uri);
}

/* ------------------------------------------------------------- coming back */

/* Any fetcher that gave up on the connection is to look at it anew. */
static void touch(struct call *c, struct str connection)
{
	const struct connection_draft nothing = { .credentials = NULL };
	struct connection conn;
	struct err err = { 0 };

	if (registry_update_connection(
		    &c->api->registry, c->caller.organization, connection,
		    &nothing, &c->api->arena, &conn, &err) < 0)
		log_warn("a connection is tried again a little later",
			 log_str("why", err.text));
}

static void allowed(struct call *c, struct str connection, struct str result)
{
	(void)result;
	touch(c, connection);
	reply_text(c->req, 200,
		   "Access is allowed. You can close this window and go on "
		   "where you began.");
}

static int seal_code(struct call *c, struct str code, struct str *out,
		     struct err *err)
{
	struct buf sealed;
	int result;

	buf_init(&sealed, SEALED_MAX);
	result = seal(c->api->registry.keys, SEAL_API, code, &sealed, err);
	if (result == 0)
		*out = in_base64(&c->api->arena, buf_str(&sealed));
	buf_release(&sealed);
	return result;
}

static int confirm(struct call *c, const struct authorization *a,
		   struct str code, struct err *err)
{
	struct arena *arena = &c->api->arena;
	struct ask ask = { .kind = JOB_CONFIRM,
			   .done = allowed,
			   .refused = reply_text };
	struct ask_text texts[] = {
		{ "redirect_uri", a->redirect_uri },
		{ "verifier", in_base64(arena, a->verifier) },
		{ "code", { 0 } },
	};
	struct connection conn;

	c->caller = a->who;
	if (seal_code(c, code, &texts[2].value, err) < 0 ||
	    ask_input(&ask.input, arena, texts, ARRAY_LEN(texts), err) < 0 ||
	    registry_get_connection(c->api->registry.db, a->who.organization,
				    str_of(a->connection), arena, &conn,
				    err) < 0)
		return -1;
	ask_fetcher(c, &conn, &ask);
	return 0;
}

/* access_denied and the like: a word, and nothing else is repeated. */
static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '_' && (s.ptr[i] < 'a' || s.ptr[i] > 'z'))
			return false;
	return s.len && s.len <= WORD_MAX;
}

static void reply_denied(struct call *c, struct str word)
{
	char text[160];

	if (!is_word(word))
		word = STR("no reason was given");
	(void)snprintf(text, sizeof(text),
		       "The HR system did not allow access (%.*s). Begin "
		       "again in hrisd, or ask its administrator.",
		       STR_ARG(word));
	reply_text(c->req, 400, text);
}

static void use(struct call *c, const struct authorization *a)
{
	struct str query = http_request_query(c->req);
	struct err err = { 0 };
	struct buf code;

	buf_init(&code, CODE_MAX);
	if (http_query_get(query, "error", &code))
		reply_denied(c, buf_str(&code));
	else if (!http_query_get(query, "code", &code) || !code.len)
		reply_denied(c, (struct str){ 0 });
	else if (confirm(c, a, buf_str(&code), &err) < 0)
		reply_text(c->req, err_policy(err.kind)->http_status,
			   "hrisd cannot go on with this now. Begin again.");
	buf_release(&code);
}

/*
 * Anybody may call this; the state is what proves that it belongs to an admin
 * who left from here. What else the HR system adds to the query is ignored.
 */
void api_oauth_callback(struct call *c)
{
	struct authorization a;
	struct err err = { 0 };
	struct buf state;

	buf_init(&state, AUTHORIZATION_TEXT_MAX);
	if (!http_query_get(http_request_query(c->req), "state", &state))
		buf_clear(&state);
	if (registry_take_authorization(c->api->registry.db, buf_str(&state),
					clock_wall_ms(), &c->api->arena, &a,
					&err) == 0)
		use(c, &a);
	else if (err.kind == ERR_NOT_FOUND)
		reply_text(c->req, 400,
			   "This way back is not known: it was used before, or "
			   "begun more than ten minutes ago. Begin again in "
			   "hrisd.");
	else
		reply_text(c->req, 503, "Try again in a moment.");
	buf_release(&state);
}
