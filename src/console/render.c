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

/* ------------------------------------------------------------- connections */

static void add_credential(struct json_writer *w, struct str name, bool needed,
			   const struct credential *set)
{
	json_open_object(w, NULL);
	json_add_string(w, "name", name);
	json_add_bool(w, "needed", needed);
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

		add_credential(w, str_of(name),
			       manifest_needs_credential(m, i, v->chosen),
			       find_set(v, name));
	}
	for (size_t i = 0; !m && i < v->credential_count; i++)
		add_credential(w, v->credentials[i].field, false,
			       &v->credentials[i]);
	json_close(w);
}

void render_url(struct buf *out, const char *base, const char *path,
		const char *id)
{
	struct str b = str_of(base);

	while (b.len && b.ptr[b.len - 1] == '/')
		b.len--;
	buf_add_str(out, b);
	buf_add_z(out, path);
	if (id)
		buf_add_z(out, id);
}

static void add_url(struct json_writer *w, const char *key, bool wanted,
		    const char *base, const char *path, const char *id)
{
	struct buf url;

	if (!wanted) {
		json_add_null(w, key);
		return;
	}
	buf_init(&url, URL_MAX);
	render_url(&url, base, path, id);
	json_add_string(w, key, buf_str(&url));
	buf_release(&url);
}

static void add_urls(struct json_writer *w, const struct connection_view *v)
{
	const struct manifest *m = v->manifest;

	add_url(w, "webhook_url", m && manifest_has_webhooks(m),
		v->settings->public_url, WEBHOOK_PATH, v->connection->id);
	add_url(w, "redirect_uri", m && manifest_needs_consent(m),
		v->settings->console_url, OAUTH_CALLBACK, NULL);
}

/* What was made at the HR system by its API. */
static void add_webhooks(struct json_writer *w, const struct connection_view *v)
{
	json_open_array(w, "webhooks");
	for (size_t i = 0; i < v->webhook_count; i++) {
		json_open_object(w, NULL);
		json_add_string(w, "name", v->webhooks[i].name);
		add_time(w, "made_at", v->webhooks[i].made_ms);
		json_close(w);
	}
	json_close(w);
}

static void add_time_or_null(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms)
		add_time(w, key, ms);
	else
		json_add_null(w, key);
}

/* When it is read, and how new what we have is. */
static void add_sync(struct json_writer *w, const struct connection_view *v)
{
	const struct sync_state *s = v->sync;

	add_text_or_null(w, "schedule", s ? schedule_name(s->schedule) : NULL);
	add_time_or_null(w, "next_run_at", s ? s->next_ms : 0);
	add_time_or_null(w, "since", s ? s->since_ms : 0);
	if (v->last_run)
		render_run(w, "last_run", v->last_run);
	else
		json_add_null(w, "last_run");
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
	add_urls(w, v);
	add_webhooks(w, v);
	add_credentials(w, v);
	add_sync(w, v);
	add_time(w, "created_at", c->created_ms);
	add_time(w, "changed_at", c->changed_ms);
	if (v->has_run)
		add_text_or_null(w, "run_id", v->run_id);
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
