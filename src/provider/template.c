/* What the names of a template stand for, and how it is escaped. */
#include "template.h"

#include "base/assert.h"
#include "parts.h"
#include "setting_check.h"

int find_setting(const struct manifest *m, const struct fetch_context *ctx,
		 struct str name, struct str *out, struct err *err)
{
	const struct setting_field *f = setting_of(m, name);
	const struct json *v = json_get_str(ctx->settings, name);

	if (!f) {
		*out = str_none();
		return 0;
	}
	*out = v ? json_string(v) : str_of(f->fallback);
	if (!v)
		return f->required
			       ? err_set(err, ERR_CONFIG,
					 "the setting '%s' is missing", f->name)
			       : 0;
	if (setting_check(f, *out, err) == 0)
		return 0;
	if (err)
		err->kind = ERR_CONFIG; /* it should not be stored */
	return -1;
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

int need_credential(const struct fetch_context *ctx, const char *name,
		    struct str *out, struct err *err)
{
	struct str text = json_string(json_get(ctx->credentials, name));

	if (!text.len)
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is missing", name);
	if (text.len > CREDENTIAL_MAX || !is_printable(text))
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is longer than %d bytes or "
			       "holds control characters",
			       name, CREDENTIAL_MAX);
	*out = text;
	return 0;
}

static int fill_credential(const struct filling *f, const char *name,
			   struct str *out, struct err *err)
{
	*out = str_none();
	if (!json_get(f->ctx->credentials, name) &&
	    !credential_needed(f->m, f->ctx, name))
		return 0;
	return need_credential(f->ctx, name, out, err);
}

static bool is_number_setting(const struct manifest *m, struct str name)
{
	const struct setting_field *f = setting_of(m, name);

	return f && (f->kind == SETTING_NUMBER || f->kind == SETTING_BOOL);
}

static void fill_offered(const struct filling *f, struct str name,
			 struct filled *out)
{
	if (f->row && str_is(name, PERSON_ID_NAME)) {
		out->text = *f->row;
		return;
	}
	out->list = str_is(name, PERSON_IDS_NAME) && f->values.id_count;
	for (size_t i = 0; i < f->values.count; i++) {
		const struct call_value *v = &f->values.items[i];

		if (!str_is(name, v->name))
			continue;
		out->text = v->text;
		out->number = v->number;
	}
}

int fill_name(const struct filling *f, const struct template_part *p,
	      struct filled *out, struct err *err)
{
	*out = (struct filled){ .number = false };
	switch (p->from) {
	case TEMPLATE_TEXT:
		out->text = p->text;
		return 0;
	case TEMPLATE_OFFERED:
		fill_offered(f, p->text, out);
		return 0;
	case TEMPLATE_SETTING:
		out->number = is_number_setting(f->m, p->text);
		return find_setting(f->m, f->ctx, p->text, &out->text, err);
	case TEMPLATE_CREDENTIAL:
		return fill_credential(f, p->text.ptr, &out->text, err);
	case TEMPLATE_AUTH:
		out->text = f->auth.ptr ? f->auth : STR("");
		return 0;
	}
	return err_set(err, ERR_BUG, "a part of a template of no kind");
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.~", c));
}

static void add_percent(struct buf *out, struct str s, const char *also)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (is_unreserved(c) || (c && strchr(also, c)))
			buf_add_char(out, c);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

void add_escaped(struct buf *out, struct str s)
{
	/* "." and ".." would be steps. */
	if (str_is(s, ".") || str_is(s, ".."))
		buf_add_z(out, s.len == 1 ? "%2E" : "%2E%2E");
	else
		add_percent(out, s, "");
}

void add_literal(struct buf *out, struct str s)
{
	add_percent(out, s, "$,:@/*()!'");
}

static const char *xml_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

static void add_xml(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *entity = xml_entity(s.ptr[i]);

		if (entity)
			buf_add_z(out, entity);
		else
			buf_add_char(out, s.ptr[i]);
	}
}

/* What would end a header's line, or what XML 1.0 has no way to write. */
static int check_value(const struct template_part *p, struct str s,
		       enum escape e, struct err *err)
{
	if ((e != ESCAPE_NONE && e != ESCAPE_XML) || is_printable(s))
		return 0;
	return err_set(err, ERR_CONFIG,
		       "what {%s} stands for holds control "
		       "characters",
		       p->text.ptr);
}

static void add_value(struct buf *out, const struct template_part *p,
		      struct str s, enum escape e)
{
	bool text = p->from == TEMPLATE_TEXT;

	if (e == ESCAPE_QUERY && text)
		add_literal(out, s);
	else if (e == ESCAPE_QUERY || e == ESCAPE_FORM ||
		 (e == ESCAPE_PATH && !text))
		add_escaped(out, s);
	else if (e == ESCAPE_XML && !text && p->from != TEMPLATE_AUTH)
		add_xml(out, s);
	else
		buf_add_str(out, s);
}

/* One after the other, with commas: for a parameter that takes several. */
static int add_list(const struct filling *f, const struct template_part *p,
		    enum escape e, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < f->values.id_count; i++) {
		if (check_value(p, f->values.ids[i], e, err) < 0)
			return -1;
		if (i)
			buf_add_char(out, ',');
		add_value(out, p, f->values.ids[i], e);
	}
	return 0;
}

/* A setting that an address starts with: scheme and host are no text in it. */
static bool is_base(const struct filling *f, const struct template_part *p,
		    enum escape e)
{
	const struct setting_field *s = setting_of(f->m, p->text);

	return e == ESCAPE_PATH && p->from == TEMPLATE_SETTING && s &&
	       s->kind == SETTING_BASE_URL;
}

static int no_value(const struct template_part *p, bool *absent,
		    struct err *err)
{
	if (absent) {
		*absent = true;
		return 0;
	}
	return err_set(err, ERR_CONFIG, "the %s '%s' is missing",
		       p->from == TEMPLATE_SETTING	? "setting"
		       : p->from == TEMPLATE_CREDENTIAL ? "credential"
							: "value of",
		       p->text.ptr);
}

int fill_template(const struct filling *f, const struct list *t, enum escape e,
		  struct buf *out, bool *absent, struct err *err)
{
	const struct template_part *p = t->items;
	struct filled value;

	if (absent)
		*absent = false;
	for (size_t i = 0; i < t->count; i++, p++) {
		if (fill_name(f, p, &value, err) < 0)
			return -1;
		if (value.list) {
			if (add_list(f, p, e, out, err) < 0)
				return -1;
			continue;
		}
		if (!value.text.ptr) {
			if (no_value(p, absent, err) < 0)
				return -1;
			continue;
		}
		if (p->from != TEMPLATE_AUTH &&
		    check_value(p, value.text, e, err) < 0)
			return -1;
		if (i == 0 && is_base(f, p, e))
			buf_add_str(out, value.text);
		else
			add_value(out, p, value.text, e);
	}
	return 0;
}
