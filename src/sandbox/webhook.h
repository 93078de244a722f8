/*
 * What each vendor sends when something happens: event names, bodies, and how
 * they are signed. Pure; sender.c does the sending.
 */
#ifndef SANDBOX_WEBHOOK_H
#define SANDBOX_WEBHOOK_H

#include "base/buf.h"
#include "company.h"
#include "crypto/hmac.h"
#include "vendor.h"
#include "view.h"

#define WEBHOOK_URL_MAX	   1024
#define WEBHOOK_NAME_MAX   128
#define WEBHOOK_EVENTS_MAX 3 /* of one happening */
#define WEBHOOK_BODY_MAX   16384
#define WEBHOOK_HEADERS	   5

/* What a subscriber wants. BambooHR's subscribers choose; others get all. */
struct webhook_target {
	enum vendor vendor;
	char url[WEBHOOK_URL_MAX];
	char secret[CREDENTIAL_SIZE];	  /* "" for Rippling: no header */
	struct hmac_key *key;		  /* NULL for Rippling */
	bool wants[HAPPENING_KIND_COUNT]; /* BambooHR: by what it leads to */
	unsigned monitor; /* BambooHR: FIELD_BIT of what it watches */
	bool legacy;	  /* BambooHR: with the fields' values */
	bool form;	  /* BambooHR: form-encoded */
	bool include_domain;
};

/* Make the key out of the secret. ERR_INVALID for a secret of another form. */
int webhook_target_open(struct webhook_target *t, struct err *err) MUST_CHECK;
void webhook_target_close(struct webhook_target *t);

/*
 * The names of the events that h leads to, in order; the count. announced: h
 * only says that somebody is there.
 */
size_t webhook_events(const struct webhook_target *t, const struct happening *h,
		      bool announced,
		      const char *out[static WEBHOOK_EVENTS_MAX]);

/* Its name as webhook_events gives it; NULL for what v never sends. */
const char *webhook_event_find(enum vendor v, struct str name);

/* The body of one of them; now_us is the company's time in microseconds. */
void webhook_body(const struct webhook_target *t, const struct view *v,
		  const struct happening *h, const char *event, int64_t now_us,
		  struct buf *out);

struct webhook_header {
	const char *name;
	char value[160];
};

struct webhook_headers {
	size_t count;
	struct webhook_header items[WEBHOOK_HEADERS];
};

/*
 * id is the same for every try of one delivery; time_s is what it claims to
 * have been sent at; spoil makes the signature wrong.
 */
void webhook_sign(const struct webhook_target *t, struct str body,
		  const char *id, int64_t time_s, bool spoil,
		  struct webhook_headers *out);

#endif
