#include "render.h"

#include "base/clock.h"

#define URL_MAX 4096

static void add_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	json_add_z(w, key, clock_format_ms(ms, text));
}

static void add_text_or_null(struct json_writer *w, const char *key,
			     const char *z)
{
	if (z && *z)
		json_add_z(w, key, z);
	else
		json_add_null(w, key);
}

void render_list_open(struct json_writer *w)
{
	json_open_object(w, NULL);
	json_open_array(w, "items");
}

void render_list_close(struct json_writer *w, bool more, struct str cursor)
{
	json_close(w);
	if (more)
		json_add_string(w, "next_cursor", cursor);
	else
		json_add_null(w, "next_cursor");
	json_close(w);
}

/* --------------------------------------------------------------- providers */

static void add_credential_field(struct json_writer *w,
				 const struct credential_field *f)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", f->name);
	json_add_z(w, "label", f->label);
	add_text_or_null(w, "help", f->help);
	json_add_bool(w, "secret", f->secret);
	json_add_bool(w, "required", f->required);
	json_close(w);
}

static void add_setting_field(struct json_writer *w,
			      const struct setting_field *f)
{
	json_open_object(w, NULL);
	json_add_z(w, "name", f->name);
	json_add_z(w, "label", f->label);
	add_text_or_null(w, "help", f->help);
	add_text_or_null(w, "default", f->fallback);
	json_add_bool(w, "required", f->required);
	json_close(w);
}

void render_provider(struct json_writer *w, const char *key,
		     const struct manifest *m)
{
	json_open_object(w, key);
	json_add_z(w, "name", manifest_name(m));
	json_add_z(w, "title", manifest_title(m));
	json_add_bool(w, "push", manifest_has_webhooks(m));
	json_add_bool(w, "lookup", manifest_has_lookup(m));
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

/* ------------------------------------------------------------- connections */

static void add_credential(struct json_writer *w, struct str name,
			   const struct credential *set)
{
	json_open_object(w, NULL);
	json_add_string(w, "name", name);
	json_add_bool(w, "set", set != NULL);
	if (set)
		add_time(w, "set_at", set->set_ms);
	else
		json_add_null(w, "set_at");
	json_close(w);
}

static const struct credential *find_set(const struct connection_view *v,
					 const char *name)
{
	for (size_t i = 0; i < v->credential_count; i++)
		if (str_is(v->credentials[i].field, name))
			return &v->credentials[i];
	return NULL;
}

/* In the manifest's order, so that a form can be made of it. */
static void add_credentials(struct json_writer *w,
			    const struct connection_view *v)
{
	const struct manifest *m = v->manifest;

	json_open_array(w, "credentials");
	for (size_t i = 0; m && i < manifest_credential_count(m); i++) {
		const char *name = manifest_credential(m, i)->name;

		add_credential(w, str_of(name), find_set(v, name));
	}
	for (size_t i = 0; !m && i < v->credential_count; i++)
		add_credential(w, v->credentials[i].field, &v->credentials[i]);
	json_close(w);
}

static void add_webhook_url(struct json_writer *w,
			    const struct connection_view *v)
{
	struct str base = str_of(v->public_url);
	struct buf url;

	if (!v->manifest || !manifest_has_webhooks(v->manifest)) {
		json_add_null(w, "webhook_url");
		return;
	}
	while (base.len && base.ptr[base.len - 1] == '/')
		base.len--;
	buf_init(&url, URL_MAX);
	buf_add_str(&url, base);
	buf_add_z(&url, "/webhooks/");
	buf_add_z(&url, v->connection->id);
	json_add_string(w, "webhook_url", buf_str(&url));
	buf_release(&url);
}

void render_connection(struct json_writer *w, const char *key,
		       const struct connection_view *v)
{
	const struct connection *c = v->connection;

	json_open_object(w, key);
	json_add_z(w, "id", c->id);
	json_add_string(w, "provider", c->provider);
	json_add_string(w, "name", c->name);
	json_add_z(w, "status", connection_status_name(c->status));
	json_add_raw(w, "settings", c->settings);
	add_webhook_url(w, v);
	add_credentials(w, v);
	add_time(w, "created_at", c->created_ms);
	add_time(w, "changed_at", c->changed_ms);
	json_close(w);
}

/* ----------------------------------------------------------------- members */

static void add_roles(struct json_writer *w, unsigned roles)
{
	json_open_array(w, "roles");
	if (roles & ROLE_MENTOR)
		json_add_z(w, NULL, "mentor");
	if (roles & ROLE_MENTEE)
		json_add_z(w, NULL, "mentee");
	json_close(w);
}

void render_member(struct json_writer *w, const char *key,
		   const struct member *m)
{
	json_open_object(w, key);
	json_add_string(w, "id", m->id);
	json_add_z(w, "status", member_status_name(m->status));
	add_roles(w, m->roles);
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const char *name = person_field_name((enum person_field)i);

		if (m->fields[i].state == FIELD_VALUE)
			json_add_string(w, name, m->fields[i].value);
		else
			json_add_null(w, name);
	}
	add_time(w, "created_at", m->created_ms);
	add_time(w, "changed_at", m->changed_ms);
	json_close(w);
}
