/* A manifest once it is compiled: what its parts have become. */
#ifndef PROVIDER_PARTS_H
#define PROVIDER_PARTS_H

#include "base/arena.h"
#include "events.h"
#include "handshake.h"
#include "loader.h"
#include "person_map.h"
#include "provider/manifest.h"
#include "request.h"
#include "signature.h"

enum body_kind { BODY_JSON, BODY_FORM, BODY_JSON_OR_FORM };
enum unreadable { UNREADABLE_KEEP, UNREADABLE_REFUSE };
enum too_many { TOO_MANY_DEFER, TOO_MANY_REFUSE };

struct webhook_part {
	unsigned body;	       /* enum body_kind */
	int64_t success;       /* 200 or 202 */
	unsigned unreadable;   /* enum unreadable */
	unsigned too_many;     /* enum too_many */
	struct list handshake; /* struct handshake */
	struct signature signature;
	struct list once;   /* struct once_part; empty: cannot be told */
	struct list events; /* struct event_shape; the first that fits */
};

struct manifest {
	struct arena arena; /* holds all of it */
	int64_t version;
	const char *schema; /* for editors; not used */
	const char *name;
	const char *title;
	struct list credentials; /* struct credential_field */
	struct list settings;	 /* struct setting_field */
	struct webhook_part webhook;
	struct fetch_part fetch;
	struct person_map person;
	bool takes_upload;
	bool has_webhooks;
	bool has_fetch;
	bool has_person;
};

/* Whether places may look something up under this name. */
bool manifest_has_table(const struct manifest *m, const char *name);

#endif
