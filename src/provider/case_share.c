/* What several kinds of cases read and write. */
#include "base/assert.h"
#include "base/buf.h"
#include "canonical.h"
#include "case.h"

#define TOKENS_MAX 4

static int take_tokens(struct case_run *c, struct fetch_context *out,
		       struct err *err)
{
	const struct json *v = json_get(c->input, "tokens");
	struct fetch_token *tokens =
		arena_zalloc(c->arena, TOKENS_MAX, sizeof(*tokens));

	if (!tokens)
		return arena_full(c->arena, err);
	for (v = json_first(v); v && out->token_count < TOKENS_MAX;
	     v = json_next(v))
		tokens[out->token_count++] =
			(struct fetch_token){ json_key(v).ptr, json_string(v) };
	out->tokens = tokens;
	return 0;
}

int case_context(struct case_run *c, struct fetch_context *out,
		 struct mapping **mapping, struct err *err)
{
	const struct json *own = json_get(c->input, "mapping");
	struct str text;

	*out = (struct fetch_context){
		.credentials = json_get(c->input, "credentials"),
		.settings = json_get(c->input, "settings"),
	};
	if (take_tokens(c, out, err) < 0)
		return -1;
	if (!own)
		return 0;
	if (json_canonical(own, c->arena, &text, err) < 0 ||
	    mapping_compile(mapping, c->m, text, err) < 0)
		return -1;
	out->mapping = *mapping;
	return 0;
}

int case_body(struct case_run *c, const struct json *v, struct str *out,
	      struct err *err)
{
	const struct json *body = json_get(v, "body");

	*out = json_string(body);
	if (out->ptr || !body)
		return 0;
	return json_canonical(body, c->arena, out, err);
}

/* JSON as JSON, anything else as a text. */
static void write_body(struct case_run *c, struct json_writer *w,
		       struct str body)
{
	const struct json *v;

	if (json_parse(&v, c->arena, body, NULL, NULL) == 0)
		json_add_raw(w, "body", body);
	else
		json_add_string(w, "body", body);
}

void case_write_request(struct case_run *c, struct json_writer *w,
			const struct fetch_request *r)
{
	json_add_z(w, "method", r->method);
	json_add_z(w, "url", r->url);
	json_open_object(w, "headers");
	for (size_t i = 0; i < r->header_count; i++) {
		ASSERT(r->headers[i].name.ptr[r->headers[i].name.len] == '\0');
		json_add_string(w, r->headers[i].name.ptr, r->headers[i].value);
	}
	json_close(w);
	if (r->body.ptr)
		write_body(c, w, r->body);
}

void case_write_fetched(struct case_run *c, struct json_writer *w,
			const struct fetched *f)
{
	struct change change = { .person = f->person };
	const struct json *event;
	struct buf text;

	buf_init(&text, 1 << 16);
	change_encode(&change, &text);
	if (json_parse(&event, c->arena, buf_str(&text), NULL, NULL) < 0)
		event = NULL;
	buf_release(&text);
	json_add_value(w, "person", json_get(event, "person"));
	json_add_int(w, "version", f->version);
	if (f->group.len)
		json_add_string(w, "group", f->group);
	case_write_wrong(w, f->wrong);
}
