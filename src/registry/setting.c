#include "setting.h"

#include "words.h"
#include "json/write.h"

#define SETTING_MAX_BYTES  2048
#define SETTINGS_MAX_BYTES 65536
#define MISSING_MAX_BYTES  180 /* fits into an err's text */

static const struct setting_field *find_setting(const struct manifest *m,
						struct str name, size_t *at)
{
	for (size_t i = 0; i < manifest_setting_count(m); i++) {
		const struct setting_field *f = manifest_setting(m, i);

		if (str_is(name, f->name)) {
			*at = i;
			return f;
		}
	}
	return NULL;
}

static int check_setting(const struct manifest *m, const struct json *member,
			 struct json_writer *w, struct err *err)
{
	struct str name = json_key(member);
	const struct setting_field *f;
	struct str value;
	size_t at;

	f = find_setting(m, name, &at);
	if (!f)
		return err_set(err, ERR_INVALID,
			       "settings: %s has no setting '%.*s'; see GET "
			       "/api/v1/providers",
			       manifest_name(m), STR_ARG(words_shown(name)));
	if (!json_is(member, JSON_STRING))
		return err_set(err, ERR_INVALID, "settings/%s must be a string",
			       f->name);
	if (words_check_text(json_string(member), f->name, SETTING_MAX_BYTES,
			     &value, err) < 0 ||
	    manifest_check_setting(m, at, value, err) < 0)
		return err_prefix(err, "settings");
	json_add_string(w, f->name, value);
	return 0;
}

static int write_settings(const struct manifest *m, const struct json *settings,
			  struct buf *out, struct err *err)
{
	struct json_writer w;

	if (settings && !json_is(settings, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "settings must be an object");
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	for (const struct json *v = json_first(settings); v; v = json_next(v))
		if (check_setting(m, v, &w, err) < 0)
			return -1;
	json_close(&w);
	return buf_check(out, "settings", err);
}

int settings_check(const struct manifest *m, const struct json *settings,
		   struct arena *a, struct str *out, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, SETTINGS_MAX_BYTES);
	result = write_settings(m, settings, &text, err);
	if (result == 0) {
		*out = arena_dup(a, buf_str(&text));
		if (!out->ptr)
			result = arena_full(a, err);
	}
	buf_release(&text);
	return result;
}

/* ------------------------------------------------------------ completeness */

static void add_name(struct buf *list, const char *name)
{
	if (list->len)
		buf_add_z(list, ", ");
	buf_add_z(list, name);
}

static int add_missing_credentials(struct db *db, const struct manifest *m,
				   const struct connection *c,
				   const struct json *settings, struct arena *a,
				   struct buf *list, struct err *err)
{
	struct credential *have;
	size_t count;

	if (registry_list_credentials(db, str_of(c->id), 0, a, &have, &count,
				      err) < 0)
		return -1;
	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		const struct credential_field *f = manifest_credential(m, i);
		bool found = !manifest_needs_credential(m, i, settings);

		for (size_t k = 0; k < count && !found; k++)
			found = str_is(have[k].field, f->name);
		if (!found)
			add_name(list, f->name);
	}
	return 0;
}

static void add_missing_settings(const struct manifest *m,
				 const struct json *settings, struct buf *list)
{
	for (size_t i = 0; i < manifest_setting_count(m); i++) {
		const struct setting_field *f = manifest_setting(m, i);

		if (f->required && !json_get(settings, f->name))
			add_name(list, f->name);
	}
}

int connection_missing(struct db *db, const struct manifest *m,
		       const struct connection *c, struct arena *a,
		       struct str *out, struct err *err)
{
	const struct json *settings;
	struct buf list;
	int result = -1;

	buf_init(&list, MISSING_MAX_BYTES);
	if (json_parse(&settings, a, c->settings, NULL, err) == 0 &&
	    add_missing_credentials(db, m, c, settings, a, &list, err) == 0) {
		add_missing_settings(m, settings, &list);
		*out = arena_dup(a, buf_str(&list));
		result = out->ptr ? 0 : arena_full(a, err);
	}
	buf_release(&list);
	return result;
}
