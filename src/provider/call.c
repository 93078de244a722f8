/* From a call of a manifest to the request that is sent. */
#include "call.h"

#include "auth.h"
#include "base/assert.h"
#include "build.h"
#include "parts.h"
#include "source.h"
#include "token.h"

/* ----------------------------------------------------------------- address */

/* The setting of this name takes the place of the vendor's own host. */
static int add_base(struct call_builder *b, struct err *err)
{
	struct str base;

	if (find_setting(b->f.m, b->f.ctx, STR("base_url"), &base, err) < 0)
		return -1;
	if (!base.ptr)
		return fill_template(&b->f, &b->f.m->fetch.base_url,
				     ESCAPE_PATH, b->url, NULL, err);
	buf_add_str(b->url, base);
	return 0;
}

static int add_address(struct call_builder *b, struct err *err)
{
	const struct call_part *c = b->call;

	if (c->url.count)
		return fill_template(&b->f, &c->url, ESCAPE_PATH, b->url, NULL,
				     err);
	if (add_base(b, err) < 0)
		return -1;
	return fill_template(&b->f, &c->path, ESCAPE_PATH, b->url, NULL, err);
}

static int add_parameters(struct call_builder *b, struct err *err)
{
	const struct named_template *q = b->call->query.items;

	for (size_t i = 0; i < b->call->query.count; i++)
		if (add_parameter(b, q[i].name, &q[i].value, err) < 0)
			return -1;
	return 0;
}

static void add_own_parameters(struct call_builder *b)
{
	if (b->place != PARAMS_QUERY)
		return;
	for (size_t i = 0; i < b->param_count; i++) {
		buf_add_char(b->url, b->has_query ? '&' : '?');
		add_escaped(b->url, str_of(b->params[i].name));
		buf_add_char(b->url, '=');
		add_escaped(b->url, b->params[i].value);
		b->has_query = true;
	}
}

/* A next link has its parameters; only what proves who we are is added. */
static int fill_url(struct call_builder *b, struct str next, struct err *err)
{
	if (next.ptr)
		buf_add_str(b->url, next);
	else if (add_address(b, err) < 0)
		return -1;
	b->has_query = b->url->len && memchr(b->url->data, '?', b->url->len);
	if (!next.ptr && add_parameters(b, err) < 0)
		return -1;
	add_own_parameters(b);
	return b->secrets ? 0 : auth_add_query(b, err);
}

int build_url(struct call_builder *b, struct str next, struct err *err)
{
	struct buf url;
	struct str kept;
	int res;

	secret_buf(&url, URL_MAX);
	b->url = &url; /* cppcheck-suppress autoVariables; taken back */
	res = fill_url(b, next, err);
	b->url = NULL;
	if (res < 0) {
		release_secret(&url);
		return -1;
	}
	if (keep_text(&url, "the address", b->a, &kept, err) < 0)
		return -1;
	b->out->url = kept.ptr;
	return 0;
}

int call_url(const struct manifest *m, const struct fetch_context *ctx,
	     const struct call_part *c, const struct call_values *values,
	     struct arena *a, struct str *out, struct err *err)
{
	struct fetch_request r = { .method = NULL };
	struct call_builder b = {
		.f = { .m = m, .ctx = ctx, .values = *values },
		.call = c,
		.a = a,
		.out = &r,
		.secrets = true, /* no auth is added */
	};

	if (build_url(&b, str_none(), err) < 0)
		return -1;
	*out = str_of(r.url);
	return 0;
}

/* ----------------------------------------------------------------- headers */

static int add_headers(struct call_builder *b, const struct list *headers,
		       struct err *err)
{
	const struct named_template *h = headers->items;

	for (size_t i = 0; i < headers->count; i++)
		if (add_template_header(b, h[i].name, &h[i].value, err) < 0)
			return -1;
	return 0;
}

static const char *const content_types[] = {
	[CALL_JSON] = "application/json",
	[CALL_FORM] = "application/x-www-form-urlencoded",
	[CALL_XML] = "text/xml; charset=utf-8",
};

/* Of a call without a body its own parameters make one. */
static enum call_body body_kind(const struct call_builder *b)
{
	if (!b->param_count || b->place == PARAMS_QUERY)
		return b->call->body_kind;
	return b->place == PARAMS_JSON ? CALL_JSON : CALL_FORM;
}

static int add_all_headers(struct call_builder *b, struct err *err)
{
	const char *type = content_types[body_kind(b)];

	if (!b->secrets &&
	    (auth_add_headers(b, err) < 0 || token_add_header(b, err) < 0))
		return -1;
	if (add_headers(b, &b->f.m->fetch.headers, err) < 0)
		return -1;
	if (type &&
	    add_header(b->out, STR("Content-Type"), str_of(type), err) < 0)
		return -1;
	return add_headers(b, &b->call->headers, err);
}

/* -------------------------------------------------------------------- body */

static int write_json(struct call_builder *b, struct buf *out, struct err *err)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	if (b->call->json && json_body_write(b->call->json, &b->f, &w, err) < 0)
		return -1;
	if (!b->secrets && auth_add_members(b, &w, err) < 0)
		return -1;
	for (size_t i = 0; b->place == PARAMS_JSON && i < b->param_count; i++)
		json_add_string(&w, b->params[i].name, b->params[i].value);
	json_close(&w);
	return 0;
}

int add_form_field(struct call_builder *b, struct buf *out, const char *name,
		   const struct list *value, struct err *err)
{
	size_t before = out->len;
	bool absent = false;

	if (out->len)
		buf_add_char(out, '&');
	add_escaped(out, str_of(name));
	buf_add_char(out, '=');
	if (fill_template(&b->f, value, ESCAPE_FORM, out, &absent, err) < 0)
		return err_prefix(err, "%s", name);
	if (absent)
		buf_truncate(out, before);
	return 0;
}

static int write_form(struct call_builder *b, struct buf *out, struct err *err)
{
	const struct named_template *field = b->call->form.items;

	for (size_t i = 0; i < b->call->form.count; i++)
		if (add_form_field(b, out, field[i].name, &field[i].value,
				   err) < 0)
			return -1;
	for (size_t i = 0; b->place == PARAMS_FORM && i < b->param_count; i++) {
		if (out->len)
			buf_add_char(out, '&');
		add_escaped(out, str_of(b->params[i].name));
		buf_add_char(out, '=');
		add_escaped(out, b->params[i].value);
	}
	return 0;
}

static int write_lines(const struct filling *f, const struct xml_block *block,
		       struct buf *out, struct err *err)
{
	const struct list *line = block->lines.items;

	for (size_t i = 0; i < block->lines.count; i++) {
		size_t before = out->len;
		bool absent = false;

		if (fill_template(f, &line[i], ESCAPE_XML, out, &absent, err) <
		    0)
			return -1;
		buf_add_char(out, '\n');
		if (absent)
			buf_truncate(out, before);
	}
	return 0;
}

static int write_blocks(struct call_builder *b, struct buf *out,
			struct err *err)
{
	const struct xml_block *block = b->call->xml.items;
	struct filling inner = b->f;

	for (size_t i = 0; i < b->call->xml.count; i++, block++) {
		size_t times = block->each ? inner.values.id_count : 1;

		for (size_t k = 0; k < times; k++) {
			inner.row = block->each ? &inner.values.ids[k] : NULL;
			if (write_lines(&inner, block, out, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int write_xml(struct call_builder *b, struct buf *out, struct err *err)
{
	struct buf auth;
	int res;

	secret_buf(&auth, HEADER_MAX);
	res = b->secrets ? 0 : auth_add_xml(b, &auth, err);
	if (res == 0)
		res = buf_check(&auth, "the auth", err);
	b->f.auth = buf_str(&auth);
	if (res == 0)
		res = write_blocks(b, out, err);
	b->f.auth = str_none();
	release_secret(&auth);
	return res;
}

typedef int body_fn(struct call_builder *b, struct buf *out, struct err *err);

static body_fn *const body_writers[] = {
	[CALL_JSON] = write_json,
	[CALL_FORM] = write_form,
	[CALL_XML] = write_xml,
};

static int add_body(struct call_builder *b, struct err *err)
{
	body_fn *write = body_writers[body_kind(b)];
	struct buf body;

	if (!write)
		return 0;
	secret_buf(&body, CALL_BODY_MAX);
	if (write(b, &body, err) < 0) {
		release_secret(&body);
		return -1;
	}
	return keep_text(&body, "the body", b->a, &b->out->body, err);
}

/* ------------------------------------------------------------------- whole */

/* Texts of several lines, which no header may hold. */
static int add_pem(struct call_builder *b, const char *name, struct str *out,
		   struct err *err)
{
	struct str pem;

	if (!name)
		return 0;
	pem = json_string(json_get(b->f.ctx->credentials, name));
	if (!pem.len && !credential_needed(b->f.m, b->f.ctx, name))
		return 0;
	if (!pem.len || pem.len > CREDENTIAL_MAX)
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is missing, or longer than "
			       "%d bytes",
			       name, CREDENTIAL_MAX);
	*out = arena_dup(b->a, pem);
	return out->ptr ? 0 : arena_full(b->a, err);
}

int build_request(struct call_builder *b, struct str next, struct err *err)
{
	const struct tls_part *tls = &b->f.m->fetch.tls;

	b->out->method = method_name(b->call->method);
	if (build_url(b, next, err) < 0 || add_all_headers(b, err) < 0 ||
	    add_body(b, err) < 0)
		return -1;
	if (add_pem(b, tls->certificate, &b->out->certificate, err) < 0)
		return -1;
	return add_pem(b, tls->key, &b->out->key, err);
}

int call_request_at(const struct manifest *m, const struct fetch_context *ctx,
		    const struct call_part *c, const struct call_values *values,
		    struct str url, struct arena *a, struct fetch_request *out,
		    struct err *err)
{
	struct fetch_request r = { .method = NULL };
	struct call_builder b = {
		.f = { .m = m, .ctx = ctx },
		.call = c,
		.a = a,
		.out = &r,
	};

	if (values)
		b.f.values = *values;
	if (token_choose(&b, err) < 0)
		return -1;
	if (!r.missing_token && build_request(&b, url, err) < 0)
		return -1;
	*out = r;
	return 0;
}

int call_request(const struct manifest *m, const struct fetch_context *ctx,
		 const struct call_part *c, const struct call_values *values,
		 struct arena *a, struct fetch_request *out, struct err *err)
{
	return call_request_at(m, ctx, c, values, str_none(), a, out, err);
}

/* ------------------------------------------------------------------ answer */

bool call_ok_holds(const struct call_ok *ok, const struct json *root,
		   const struct surroundings *around)
{
	const struct str *wanted = ok->equals.items;
	struct found f;

	if (!ok->at.count)
		return true;
	f = sources_find(&ok->at, root, around);
	for (size_t i = 0; i < ok->equals.count; i++)
		if (str_eq(found_word(&f), wanted[i]))
			return true;
	return false;
}

bool call_is_gone(const struct call_part *c, int status)
{
	const int64_t *gone = c->gone.items;

	for (size_t i = 0; i < c->gone.count; i++)
		if (gone[i] == status)
			return true;
	return false;
}
