/* Texts and parts of a request in the making. */
#include "build.h"

#include "crypto/secret.h"

void secret_buf(struct buf *b, size_t max)
{
	buf_init(b, max);
	(void)buf_reserve(b, max);
}

void release_secret(struct buf *b)
{
	if (b->data)
		secret_wipe(b->data, b->cap);
	buf_release(b);
}

int keep_text(struct buf *b, const char *what, struct arena *a, struct str *out,
	      struct err *err)
{
	int res = buf_check(b, what, err);

	if (res == 0) {
		*out = arena_dup(a, buf_str(b));
		if (!out->ptr)
			res = arena_full(a, err);
	}
	release_secret(b);
	return res;
}

int fill_text(const struct filling *f, const struct list *t, enum escape e,
	      size_t max, struct arena *a, struct str *out, struct err *err)
{
	struct buf text;
	bool absent = false;

	secret_buf(&text, max);
	if (fill_template(f, t, e, &text, &absent, err) < 0) {
		release_secret(&text);
		return -1;
	}
	if (!absent)
		return keep_text(&text, "a text of the request", a, out, err);
	release_secret(&text);
	*out = str_none();
	return 0;
}

int add_header(struct fetch_request *out, struct str name, struct str value,
	       struct err *err)
{
	for (size_t i = 0; i < out->header_count; i++) {
		if (!str_eq_nocase(out->headers[i].name, name))
			continue;
		out->headers[i].value = value;
		return 0;
	}
	if (out->header_count == FETCH_MAX_HEADERS)
		return err_set(err, ERR_CONFIG, "more than %d headers",
			       FETCH_MAX_HEADERS);
	out->headers[out->header_count++] =
		(struct fetch_header){ name, value };
	return 0;
}

int add_template_header(struct call_builder *b, const char *name,
			const struct list *value, struct err *err)
{
	struct str text = { 0 };

	if (fill_text(&b->f, value, ESCAPE_NONE, HEADER_MAX, b->a, &text, err) <
	    0)
		return err_prefix(err, "%s", name);
	return text.ptr ? add_header(b->out, str_of(name), text, err) : 0;
}

int add_parameter(struct call_builder *b, const char *name,
		  const struct list *value, struct err *err)
{
	size_t before = b->url->len;
	bool absent = false;

	buf_add_char(b->url, b->has_query ? '&' : '?');
	add_literal(b->url, str_of(name));
	buf_add_char(b->url, '=');
	if (fill_template(&b->f, value, ESCAPE_QUERY, b->url, &absent, err) < 0)
		return err_prefix(err, "%s", name);
	if (absent)
		buf_truncate(b->url, before);
	else
		b->has_query = true;
	return 0;
}
