/* What the API says of things, as JSON. Pure. */
#ifndef CONSOLE_RENDER_H
#define CONSOLE_RENDER_H

#include "base/settings.h"
#include "directory/directory.h"
#include "provider/manifest.h"
#include "registry/registry.h"
#include "registry/token.h"
#include "render_run.h"
#include "json/write.h"

#define OAUTH_CALLBACK "/oauth/callback"
#define WEBHOOK_PATH   "/webhooks/"

struct connection_view {
	const struct connection *connection;
	const struct manifest *manifest; /* NULL: no longer installed */
	const struct json *chosen;	 /* its settings; NULL: none */
	const struct credential *credentials;
	size_t credential_count;
	const struct subscription *webhooks; /* made by the HRIS's API */
	size_t webhook_count;
	const struct settings *settings; /* where we are reached */
	const struct sync_state *sync;	 /* NULL: it is not read */
	const struct run_view *last_run; /* NULL: none */
	bool has_run;			 /* with run_id, NULL: null */
	const char *run_id;
};

/* base without '/' at its end, path, and id (may be NULL). */
void render_url(struct buf *out, const char *base, const char *path,
		const char *id);

void render_provider(struct json_writer *w, const char *key,
		     const struct manifest *m);

/* Which credentials are set, and since when: never what they are. */
void render_connection(struct json_writer *w, const char *key,
		       const struct connection_view *v);

void render_member(struct json_writer *w, const char *key,
		   const struct member *m);

/*
 * A list: open it, add items with a NULL key, close it. more: cursor is the
 * last item's.
 */
void render_list_open(struct json_writer *w);
void render_list_close(struct json_writer *w, bool more, struct str cursor);

#endif
