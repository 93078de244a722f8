/* What the API says of providers. */
#include "provider/read.h"
#include "provider/register.h"
#include "render.h"

/* As long as no connection's settings choose another way. */
static const struct fetch_context nothing;

static void add_text_or_null(struct json_writer *w, const char *key,
			     const char *z)
{
	if (z && *z)
		json_add_z(w, key, z);
	else
		json_add_null(w, key);
}

static void add_credential_field(struct json_writer *w,
				 const struct credential_field *f)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", f->name);
	json_add_z(w, "label", f->label);
	add_text_or_null(w, "help", f->help);
	json_add_bool(w, "secret", f->secret);
	json_add_bool(w, "required", f->required);
	when_write(f->when, "when", w);
	json_close(w);
}

/* What its value may be. */
static void add_range(struct json_writer *w, const struct setting_field *f)
{
	json_add_z(w, "as", setting_kind_name(f->kind));
	if (f->kind == SETTING_NUMBER) {
		json_add_int(w, "minimum", f->min);
		json_add_int(w, "maximum", f->max);
	}
	if (f->kind != SETTING_CHOICE)
		return;
	json_open_array(w, "choices");
	for (size_t i = 0; i < f->choice_count; i++)
		json_add_z(w, NULL, f->choices[i]);
	json_close(w);
}

static void add_setting_field(struct json_writer *w,
			      const struct setting_field *f)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", f->name);
	json_add_z(w, "label", f->label);
	add_text_or_null(w, "help", f->help);
	add_range(w, f);
	add_text_or_null(w, "default", f->fallback);
	json_add_bool(w, "required", f->required);
	json_close(w);
}

/* How calls prove themselves. */
static void add_auth(struct json_writer *w, const struct manifest *m)
{
	json_open_array(w, "auth");
	for (size_t i = 0; i < manifest_auth_count(m); i++)
		json_add_string(w, NULL, manifest_auth_word(m, i));
	json_close(w);
}

static void add_schedules(struct json_writer *w, const struct manifest *m)
{
	json_open_array(w, "schedules");
	for (unsigned i = 0; i < SCHEDULE_COUNT; i++)
		if (read_can(m, &nothing, READ_FULL))
			json_add_z(w, NULL, schedule_name((enum schedule)i));
	json_close(w);
}

void render_provider(struct json_writer *w, const char *key,
		     const struct manifest *m)
{
	json_open_object(w, key);
	json_add_z(w, "name", manifest_name(m));
	json_add_z(w, "title", manifest_title(m));
	json_add_bool(w, "push", manifest_has_webhooks(m));
	json_add_bool(w, "poll", read_can(m, &nothing, READ_FULL));
	json_add_bool(w, "incremental", read_can(m, &nothing, READ_CHANGED));
	json_add_bool(w, "lookup", manifest_has_lookup(m));
	json_add_bool(w, "upload", manifest_takes_upload(m));
	json_add_bool(w, "register_webhook",
		      manifest_can_register(m, &nothing));
	json_add_bool(w, "authorize", manifest_needs_consent(m));
	add_auth(w, m);
	add_schedules(w, m);
	json_open_array(w, "credentials");
	for (size_t i = 0; i < manifest_credential_count(m); i++)
		add_credential_field(w, manifest_credential(m, i));
	json_close(w);
	json_open_array(w, "settings");
	for (size_t i = 0; i < manifest_setting_count(m); i++)
		add_setting_field(w, manifest_setting(m, i));
	json_close(w);
	json_close(w);
}
