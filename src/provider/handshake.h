/* What some senders want answered before anything else. */
#ifndef PROVIDER_HANDSHAKE_H
#define PROVIDER_HANDSHAKE_H

#include "loader.h"
#include "provider/webhook.h"

struct handshake_word;

struct handshake {
	const struct handshake_word *word;
	const char *name;  /* of a header, query parameter or answered field */
	const char *field; /* answered; or the credential that is captured */
	const struct json_path *path;
	const struct json_path *id_path; /* NULL: no id is sent */
	struct str text;
	int64_t answer; /* status */
};

extern const struct load_items load_handshakes;

/* True when one of them answers w. */
bool handshakes_answer(const struct list *handshakes, const struct webhook *w,
		       struct arena *a, struct webhook_handshake *out);

#endif
