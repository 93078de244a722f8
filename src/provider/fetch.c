/* Reading one person back: the request, and what its answer means. */
#include "provider/fetch.h"

#include "base/assert.h"
#include "base/buf.h"
#include "parts.h"
#include "request_words.h"
#include "setting_check.h"
#include "source.h"

#define URL_MAX 2048

/* ptr NULL when it is not set and has no default. */
static int find_setting(const struct manifest *m,
			const struct fetch_context *ctx, const char *name,
			struct str *out, struct err *err)
{
	const struct json *v = json_get(ctx->settings, name);

	for (size_t i = 0; i < manifest_setting_count(m); i++) {
		const struct setting_field *f = manifest_setting(m, i);

		if (strcmp(f->name, name) != 0)
			continue;
		*out = v ? json_string(v) : str_of(f->fallback);
		if (!v)
			return 0;
		if (setting_check(f, *out, err) == 0)
			return 0;
		if (err)
			err->kind = ERR_CONFIG; /* it should not be stored */
		return -1;
	}
	*out = (struct str){ 0 };
	return 0;
}

static int need_setting(const struct manifest *m,
			const struct fetch_context *ctx, const char *name,
			struct str *out, struct err *err)
{
	if (find_setting(m, ctx, name, out, err) < 0)
		return -1;
	if (!out->ptr)
		return err_set(err, ERR_CONFIG, "the setting '%s' is missing",
			       name);
	return 0;
}

/* RFC 3986, 2.3: what needs no escape. "." and ".." would be steps. */
static void add_escaped(struct buf *out, struct str s)
{
	bool dots = str_is(s, ".") || str_is(s, "..");

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    c == '~' || (c == '.' && !dots))
			buf_add_char(out, c);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

struct filling {
	const struct manifest *m;
	const struct fetch_context *ctx;
	struct str pid;
	bool escape; /* it becomes part of a URL */
};

static int fill(const struct filling *how, const struct list *parts,
		struct buf *out, struct err *err)
{
	const struct template_part *p = parts->items;

	for (size_t i = 0; i < parts->count; i++) {
		struct str value = how->pid;

		if (!p[i].name) {
			buf_add_str(out, p[i].text);
			continue;
		}
		if (strcmp(p[i].name, PERSON_ID_NAME) != 0 &&
		    need_setting(how->m, how->ctx, p[i].name, &value, err) < 0)
			return -1;
		if (how->escape)
			add_escaped(out, value);
		else
			buf_add_str(out, value);
	}
	return 0;
}

/* The setting of this name takes the place of the vendor's own host. */
static int add_base(const struct filling *how, struct buf *url, struct err *err)
{
	struct str base;

	if (find_setting(how->m, how->ctx, "base_url", &base, err) < 0)
		return -1;
	if (!base.ptr)
		return fill(how, &how->m->fetch.base_url, url, err);
	buf_add_str(url, base);
	return 0;
}

static int make_url(const struct filling *how, struct arena *a,
		    const char **out, struct err *err)
{
	struct buf url;
	struct str copy = { 0 };
	int res = -1;

	buf_init(&url, URL_MAX);
	if (add_base(how, &url, err) == 0 &&
	    fill(how, &how->m->fetch.path, &url, err) == 0 &&
	    buf_check(&url, "the address", err) == 0) {
		copy = arena_dup(a, buf_str(&url));
		res = copy.ptr ? 0 : arena_full(a, err);
	}
	buf_release(&url);
	if (res == 0)
		*out = copy.ptr;
	return res;
}

static int add_headers(const struct filling *how, struct arena *a,
		       struct fetch_request *out, struct err *err)
{
	const struct fetch_part *f = &how->m->fetch;
	const struct header_template *h = f->headers.items;

	for (size_t i = 0; i < f->headers.count; i++) {
		struct str value = { 0 };
		struct buf text;

		buf_init(&text, URL_MAX);
		if (fill(how, &h[i].value, &text, err) == 0 &&
		    buf_check(&text, h[i].name, err) == 0) {
			value = arena_dup(a, buf_str(&text));
			if (!value.ptr)
				(void)arena_full(a, err);
		}
		buf_release(&text);
		if (!value.ptr ||
		    add_header(out, str_of(h[i].name), value, err) < 0)
			return -1;
	}
	if (!f->body.ptr)
		return 0;
	return add_header(out, STR("Content-Type"), STR("application/json"),
			  err);
}

int fetch_one_request(const struct manifest *m, const struct fetch_context *ctx,
		      struct str pid, struct arena *a,
		      struct fetch_request *out, struct err *err)
{
	const struct fetch_part *f = &m->fetch;
	struct filling how = { m, ctx, pid, true };
	struct fetch_request r = { .body = f->body };

	if (!m->has_lookup)
		return err_set(err, ERR_CONFIG, "%s cannot be read from",
			       m->title);
	if (!pid.len || pid.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "a person's id has 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	r.method = method_name(f->method);
	if (make_url(&how, a, &r.url, err) < 0)
		return -1;
	how.escape = false;
	if (f->auth.scheme->apply(&f->auth, ctx, a, &r, err) < 0 ||
	    add_headers(&how, a, &r, err) < 0)
		return -1;
	*out = r;
	return 0;
}

/* What a status means when the manifest does not say otherwise. */
struct status_row {
	int from, to;
	enum fetch_outcome outcome;
	enum err_kind kind;
	const char *text;
};

static const struct status_row status_rows[] = {
	{ 401, 401, FETCH_CREDENTIALS, ERR_AUTH,
	  "the HRIS refuses the credentials" },
	{ 403, 403, FETCH_FORBIDDEN, ERR_FORBIDDEN,
	  "the credentials may not see this person" },
	{ 408, 408, FETCH_RETRY, ERR_TEMP, "the HRIS timed out" },
	{ 425, 425, FETCH_RETRY, ERR_TEMP, "the HRIS wants it later" },
	{ 429, 429, FETCH_RETRY, ERR_TEMP, "the HRIS asks to slow down" },
	{ 500, 599, FETCH_RETRY, ERR_TEMP, "the HRIS has a fault" },
};

static enum fetch_outcome refused(const struct manifest *m, int status,
				  struct err *err)
{
	const int64_t *gone = m->fetch.gone.items;

	for (size_t i = 0; i < m->fetch.gone.count; i++) {
		if (gone[i] != status)
			continue;
		(void)err_set(err, ERR_NOT_FOUND,
			      "the HRIS has no such person (%d)", status);
		return FETCH_GONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(status_rows); i++) {
		const struct status_row *r = &status_rows[i];

		if (status < r->from || status > r->to)
			continue;
		(void)err_set(err, r->kind, "%s (%d)", r->text, status);
		return r->outcome;
	}
	(void)err_set(err, ERR_INVALID, "the HRIS answered %d", status);
	return FETCH_UNREADABLE;
}

static const struct json *find_record(const struct manifest *m,
				      const struct json *root,
				      const struct surroundings *around)
{
	const struct json *v =
		sources_find(&m->fetch.person, root, around).value;

	return json_is(v, JSON_OBJECT) ? v : NULL;
}

enum fetch_outcome fetch_one_read(const struct manifest *m,
				  const struct fetch_context *ctx, int status,
				  struct str body, struct read_tables *tables,
				  int64_t today, struct arena *a,
				  struct fetched *out, struct err *err)
{
	const struct surroundings around =
		surroundings_of(m, ctx, tables, today, a);
	const struct json *root, *record;

	ASSERT(m->has_lookup);
	if (status != 200)
		return refused(m, status, err);
	if (json_parse(&root, a, body, NULL, err) < 0) {
		(void)err_prefix(err, "the HRIS's answer");
		return FETCH_UNREADABLE;
	}
	record = find_record(m, root, &around);
	if (!record) {
		(void)err_set(err, ERR_INVALID,
			      "the HRIS's answer holds no person");
		return FETCH_UNREADABLE;
	}
	if (person_map_fetched(&m->person, record, &around, out, err) < 0)
		return FETCH_UNREADABLE;
	return FETCH_PERSON;
}

int64_t fetch_delay_ms(const struct manifest *m)
{
	return m->fetch.delay_s * 1000;
}
