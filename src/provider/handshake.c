#include "handshake.h"

#include "base/assert.h"
#include "base/buf.h"
#include "form.h"
#include "json/json.h"
#include "json/write.h"

#define HANDSHAKES_MAX	  8
#define SHORT_BODY_MAX	  256  /* bytes: a ping is not parsed beyond this */
#define ECHO_MAX	  1024 /* bytes of what is sent back */
#define CAPTURE_BODY_MAX  2048 /* bytes: no event is taken for a token */
#define JSON_CONTENT_TYPE "application/json"
#define TEXT_CONTENT_TYPE "text/plain; charset=utf-8"

typedef bool answer_fn(const struct handshake *h, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out);

struct handshake_word {
	const char *name;
	const char *method; /* NULL: any */
	struct load_table keys;
	answer_fn *answer;
};

static bool answer_empty(const struct handshake *h,
			 struct webhook_handshake *out)
{
	*out = (struct webhook_handshake){ .status = (int)h->answer };
	return true;
}

static bool body_is(const struct handshake *h, const struct webhook *w,
		    struct arena *a, struct webhook_handshake *out)
{
	(void)a;
	if (!str_eq(str_trim(w->body), h->text))
		return false;
	return answer_empty(h, out);
}

/* Tells no more than the ping: an event must never be taken for one. */
static bool body_field_is(const struct handshake *h, const struct webhook *w,
			  struct arena *a, struct webhook_handshake *out)
{
	const struct json *root;

	if (w->body.len > SHORT_BODY_MAX ||
	    json_parse(&root, a, w->body, NULL, NULL) < 0 ||
	    !json_is(root, JSON_OBJECT) || json_size(root) != 1 ||
	    !str_eq(json_string(json_path_find(h->path, root)), h->text))
		return false;
	return answer_empty(h, out);
}

static bool header_is(const struct handshake *h, const struct webhook *w,
		      struct arena *a, struct webhook_handshake *out)
{
	(void)a;
	if (!str_eq(w->header(w->headers, h->name), h->text))
		return false;
	return answer_empty(h, out);
}

/* What we send back must not be more than a token. */
static bool may_echo(struct str token)
{
	if (!token.len || token.len > ECHO_MAX)
		return false;
	for (size_t i = 0; i < token.len; i++)
		if ((unsigned char)token.ptr[i] < ' ' ||
		    (unsigned char)token.ptr[i] >= 0x7f)
			return false;
	return true;
}

static bool echo_header(const struct handshake *h, const struct webhook *w,
			struct arena *a, struct webhook_handshake *out)
{
	struct str token = w->header(w->headers, h->name);
	struct json_writer writer;
	struct buf text;
	struct str body;

	if (!may_echo(token))
		return false;
	buf_init(&text, 2 * ECHO_MAX + 256);
	json_writer_init(&writer, &text);
	json_open_object(&writer, NULL);
	json_add_string(&writer, h->field, token);
	json_close(&writer);
	body = text.failed ? str_none() : arena_dup(a, buf_str(&text));
	buf_release(&text);
	*out = (struct webhook_handshake){
		.status = (int)h->answer,
		.content_type = JSON_CONTENT_TYPE,
		.body = body,
	};
	return body.ptr != NULL;
}

static bool echo_query(const struct handshake *h, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out)
{
	struct str token = form_find(w->query, str_of(h->name), a);

	if (!may_echo(token))
		return false;
	*out = (struct webhook_handshake){
		.status = (int)h->answer,
		.content_type = TEXT_CONTENT_TYPE,
		.body = token,
	};
	return true;
}

/* Unsigned, as it has to be: what is sent is believed once it is confirmed. */
static bool capture_token(const struct handshake *h, const struct webhook *w,
			  struct arena *a, struct webhook_handshake *out)
{
	const struct json *root;
	struct str token, id = { 0 };

	if (w->body.len > CAPTURE_BODY_MAX ||
	    json_parse(&root, a, w->body, NULL, NULL) < 0)
		return false;
	token = json_string(json_path_find(h->path, root));
	if (!may_echo(token))
		return false;
	if (h->id_path)
		id = json_text(json_path_find(h->id_path, root));
	*out = (struct webhook_handshake){
		.status = (int)h->answer,
		.token = token,
		.id = may_echo(id) ? id : str_none(),
		.field = h->field,
	};
	return true;
}

static int load_into(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	if (load_z(l, v, out, arg) < 0)
		return -1;
	return load_check_credential(l, json_string(v), true);
}

#define AT(member) offsetof(struct handshake, member)
#define WHEN                                            \
	{                                               \
		"when", load_text, AT(text), NULL, true \
	}

static const struct load_range answer_range = { 200, 299 };

#define ANSWER                                                       \
	{                                                            \
		"answer", load_int, AT(answer), &answer_range, false \
	}

static const struct load_key body_is_keys[] = {
	WHEN,
	ANSWER,
	{ "text", load_text, AT(text), NULL, true },
};

static const struct load_key body_field_is_keys[] = {
	WHEN,
	ANSWER,
	{ "field", load_pointer, AT(path), NULL, true },
	{ "text", load_text, AT(text), NULL, true },
};

static const struct load_key header_is_keys[] = {
	WHEN,
	ANSWER,
	{ "header", load_z, AT(name), NULL, true },
	{ "text", load_text, AT(text), NULL, true },
};

static const struct load_key echo_header_keys[] = {
	WHEN,
	ANSWER,
	{ "header", load_z, AT(name), NULL, true },
	{ "field", load_z, AT(field), NULL, true },
};

static const struct load_key echo_query_keys[] = {
	WHEN,
	ANSWER,
	{ "parameter", load_z, AT(name), NULL, true },
};

static const struct load_key capture_token_keys[] = {
	WHEN,
	ANSWER,
	{ "field", load_pointer, AT(path), NULL, true },
	{ "id", load_pointer, AT(id_path), NULL, false },
	{ "into", load_into, AT(field), NULL, true },
};

/*
 * A test delivery that only has to get a 2xx needs no row: it is signed as
 * any other and its type is ignored.
 */
static const struct handshake_word words[] = {
	{ "body-is", "POST", LOAD_TABLE(body_is_keys), body_is },
	{ "body-field-is", "POST", LOAD_TABLE(body_field_is_keys),
	  body_field_is },
	{ "header-is", "POST", LOAD_TABLE(header_is_keys), header_is },
	{ "get-echo-header", "GET", LOAD_TABLE(echo_header_keys), echo_header },
	{ "echo-query", NULL, LOAD_TABLE(echo_query_keys), echo_query },
	{ "capture-token", "POST", LOAD_TABLE(capture_token_keys),
	  capture_token },
};

static const struct load_words word_names = LOAD_WORDS(words);

/* "when" decides which other keys there may be. */
static int load_handshake(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	const struct json *when = json_get(v, "when");
	struct handshake *h = out;
	unsigned i;

	(void)arg;
	if (!json_is(when, JSON_STRING))
		return load_fail(l, "has no 'when'");
	if (!words_find(&word_names, json_string(when), &i))
		return load_unknown(l, "handshake", &word_names,
				    json_string(when));
	h->answer = 200;
	h->word = &words[i];
	return load_object(l, v, h->word->keys.keys, h->word->keys.count, h);
}

const struct load_items load_handshakes = {
	.load = load_handshake,
	.size = sizeof(struct handshake),
	.max = HANDSHAKES_MAX,
};

bool handshakes_answer(const struct list *handshakes, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out)
{
	const struct handshake *h = handshakes->items;

	for (size_t i = 0; i < handshakes->count; i++, h++) {
		if (h->word->method && !str_is(w->method, h->word->method))
			continue;
		if (h->word->answer(h, w, a, out))
			return true;
	}
	return false;
}
