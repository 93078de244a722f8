/* What the API says of things, as JSON. Pure. */
#ifndef CONSOLE_RENDER_H
#define CONSOLE_RENDER_H

#include "directory/directory.h"
#include "provider/manifest.h"
#include "registry/registry.h"
#include "json/write.h"

struct connection_view {
	const struct connection *connection;
	const struct manifest *manifest; /* NULL: no longer installed */
	const struct credential *credentials;
	size_t credential_count;
	const char *public_url; /* of the receiver */
};

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
