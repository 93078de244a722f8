/*
 * What a manifest says of a received webhook: is it a handshake, is it
 * genuine, what does it tell. In that order; each step is pure.
 */
#ifndef PROVIDER_WEBHOOK_H
#define PROVIDER_WEBHOOK_H

#include "base/arena.h"
#include "base/err.h"
#include "change/change.h"
#include "provider/fetch.h"
#include "provider/manifest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Header look-up, so that this module need not know an HTTP server. ptr NULL:
 * absent. A header that stands there twice must have been refused, or be
 * absent here: which of the two was signed cannot be known.
 */
typedef struct str webhook_header_fn(const void *headers, const char *name);

struct webhook {
	struct str method; /* "POST" */
	struct str url;	   /* path and query, as requested */
	struct str query;  /* raw */
	struct str body;   /* raw bytes, as received */
	webhook_header_fn *header;
	const void *headers;
	int64_t now_ms;
	/*
	 * The connection's settings and mapping, for records that are mapped
	 * as they come; NULL: the manifest alone counts.
	 */
	const struct fetch_context *context;
};

/*
 * The secrets of one connection, prepared once and kept: the current and, for
 * a while after a rotation, the previous one. keys_new is ERR_CONFIG when one
 * that the manifest names is missing or is not spelt as it has to be. settings
 * of the connection may say what the manifest leaves open; NULL: none are set.
 */
struct webhook_keys;

struct webhook_secret {
	const char *name; /* of the credential field, "webhook_secret" */
	struct str value;
};

int webhook_keys_new(struct webhook_keys **out, const struct manifest *m,
		     const struct json *settings,
		     const struct webhook_secret *current, size_t count,
		     const struct webhook_secret *previous,
		     size_t previous_count, struct err *err) MUST_CHECK;
void webhook_keys_free(struct webhook_keys **keys);

/* An answer that the provider's protocol asks for before anything else. */
struct webhook_handshake {
	int status;
	const char *content_type; /* NULL: no body */
	struct str body;
	/*
	 * A token by which the HRIS wants to see that we hear it: to be handed
	 * on, secretly, to who confirms it by a call (register.h). It becomes
	 * the credential `field`. ptr NULL: none was sent.
	 */
	struct str token;
	struct str id; /* of the webhook, when it was told; or ptr NULL */
	const char *field;
};

/* True when w is a handshake: send the answer and do nothing else with it. */
bool webhook_handshake(const struct manifest *m, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out);

/*
 * Genuine? ERR_AUTH when unsigned, badly signed, too old or too far in the
 * future; one constant text for all, so that a sender learns nothing. The
 * arena serves the few schemes that look into the body.
 */
int webhook_verify(const struct manifest *m, struct webhook_keys *keys,
		   const struct webhook *w, struct arena *a,
		   struct err *err) MUST_CHECK;

/*
 * One thing that a delivery tells of one person. Organization and connection
 * are left empty, and change.id too: they are the caller's to fill in before
 * change_identify. A lookup's received_ms is the webhook's now_ms.
 */
struct webhook_item {
	bool is_lookup;	 /* thin: read the person back (R5) */
	struct str type; /* as the provider names it */
	struct lookup lookup;
	struct change change;
	/*
	 * Fields that were there and could not be used, as PERSON_BITs: they
	 * are absent in change. For a warning that names the fields.
	 */
	uint32_t wrong;
};

#define WEBHOOK_MAX_ITEMS 1000 /* of one delivery */

struct webhook_delivery {
	/*
	 * Same for a repeat of the same delivery, 32 hex digits; empty: none
	 * can be told. The caller adds the connection.
	 */
	struct str once_id;
	struct webhook_item *items; /* may be 0: acknowledged and ignored */
	size_t count;
	bool ignored; /* an event type that we have no use for */
};

/*
 * Read a verified body; all items or none. ERR_INVALID when it is not what
 * the manifest says, ERR_LIMIT when it holds too much; the text says where and
 * why and never holds a value of the body. A thousand items need about 1 MiB
 * of arena beside the parsed body. out borrows from the arena and w.
 */
int webhook_read(const struct manifest *m, const struct webhook *w,
		 struct arena *a, struct webhook_delivery *out,
		 struct err *err) MUST_CHECK;

/*
 * What becomes of a genuine body that webhook_read cannot read. False: it is
 * kept as a dead letter, since the vendor will not send it again. True: its
 * sender made it and is told what is wrong.
 */
bool webhook_refuses_unreadable(const struct manifest *m);

/*
 * The status past a limit of rate: 429 where the sender is known to send it
 * again; else 503, since some vendors drop an event for good on any 4xx.
 */
int webhook_too_many_status(const struct manifest *m);

/* The status for a stored delivery: 202, or 200 where the vendor needs it. */
int webhook_success_status(const struct manifest *m);

#endif
