/*
 * What each vendor sends when something happens: event names, bodies, how they
 * are signed and tried again. A vendor's own is a webhook_scheme. Pure;
 * sender.c does the sending.
 */
#ifndef SANDBOX_WEBHOOK_H
#define SANDBOX_WEBHOOK_H

#include "base/buf.h"
#include "company.h"
#include "credentials.h"
#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "view.h"

#define WEBHOOK_URL_MAX	   1024
#define WEBHOOK_NAME_MAX   128
#define WEBHOOK_EVENTS_MAX 3  /* of one happening */
#define WEBHOOK_WANTS_MAX  16 /* events that a subscriber names */
#define WEBHOOK_BODY_MAX   16384
#define WEBHOOK_CUSTOM_MAX 3
#define WEBHOOK_HEADERS	   6
#define WEBHOOK_RETRIES	   20

/* What a subscriber wants. */
struct webhook_target {
	enum vendor vendor;
	char url[WEBHOOK_URL_MAX];
	char secret[CREDENTIAL_SIZE]; /* "" for Rippling: no header */
	struct hmac_key *key;	      /* NULL where nothing is signed */
	struct { /* Personio: headers instead of a secret; "" ends them */
		char name[48];
		char value[80];
	} custom[WEBHOOK_CUSTOM_MAX];
	bool chosen; /* only the events in wants; else every one */
	const char *wants[WEBHOOK_WANTS_MAX]; /* NULL behind the last */
	unsigned monitor; /* BambooHR: FIELD_BIT of what it watches */
	bool legacy;	  /* BambooHR: with the fields' values */
	bool form;	  /* BambooHR: form-encoded */
	bool include_domain;
	bool no_secret; /* sends none, and is given none */
};

/*
 * Make the key out of the secret. ERR_INVALID for a secret of another form,
 * and for a vendor that sends no webhooks.
 */
int webhook_target_open(struct webhook_target *t, struct err *err) MUST_CHECK;
void webhook_target_close(struct webhook_target *t);

/* Choose an event. False: unknown, or too many. */
bool webhook_want(struct webhook_target *t, struct str event);
bool webhook_wants(const struct webhook_target *t, const char *event);

/*
 * The names of the events that h leads to, in order; the count. announced: h
 * only says that somebody is there.
 */
size_t webhook_events(const struct webhook_target *t, const struct happening *h,
		      bool announced,
		      const char *out[static WEBHOOK_EVENTS_MAX]);

/* Does v send webhooks at all? Nothing else here may be asked of one not. */
bool webhook_is_sent(enum vendor v);

/* Its name as webhook_events gives it; NULL for what v never sends. */
const char *webhook_event_find(enum vendor v, struct str name);

/* One event to be told. */
struct webhook_message {
	const struct webhook_target *target;
	const struct view *view;
	const struct happening *happening;
	const char *event;
	uint32_t number; /* of the event; no two have the same */
	int64_t now_us;	 /* the company's time in microseconds */
};

void webhook_body(const struct webhook_message *m, struct buf *out);

/* The number of the i-th event of happening seq; and of an announcement. */
uint32_t webhook_number(uint32_t seq, size_t i);
uint32_t webhook_number_announced(uint64_t delivery);

/*
 * What a new subscriber is sent before anything else: its k-th body, tried
 * when the one before was not taken. False: there is none.
 */
bool webhook_hello(const struct webhook_target *t, unsigned k, struct buf *out);

/* Does a new webhook wait until its subscriber has confirmed it? */
bool webhook_is_confirmed(enum vendor v);

/* Is the webhook stopped when nothing of that was taken? */
bool webhook_hello_must(enum vendor v);

struct webhook_header {
	const char *name;
	char value[160];
};

struct webhook_headers {
	size_t count;
	struct webhook_header items[WEBHOOK_HEADERS];
};

/*
 * id is the same for every try of one delivery; time_ms is what it claims to
 * have been sent at; spoil makes the signature wrong.
 */
void webhook_sign(const struct webhook_target *t, struct str body,
		  const char *id, int64_t time_ms, bool spoil,
		  struct webhook_headers *out);

struct webhook_policy {
	bool on_4xx; /* tries again even then */
	bool stops;  /* switches the webhook off after the last try */
	int never;   /* the status after which it never does; 0: none */
	unsigned char retries;
	unsigned minutes[WEBHOOK_RETRIES]; /* before each; 0: at once */
	int patience_ms; /* how long an answer may take; 0: as any call */
};

/* Borrowed for ever. */
const struct webhook_policy *webhook_policy(enum vendor v);

/* --- for the vendors' own files --- */

struct webhook_signed { /* what is being signed */
	const struct webhook_target *target;
	struct str body;
	const char *id;
	int64_t time_ms;
	bool spoil;
	struct webhook_headers *out;
};

typedef const char *const webhook_events_row[WEBHOOK_EVENTS_MAX];

/* The rows of a vendor who tells of little more than that somebody changed. */
#define WEBHOOK_EVENTS(created, updated, left, deleted)                       \
	{                                                                     \
		[HAPPENED_CREATED] = { created },                             \
		[HAPPENED_UPDATED] = { updated },                             \
		[HAPPENED_JOINED] = { updated },                              \
		[HAPPENED_LEAVE_BEGAN] = { updated },                         \
		[HAPPENED_LEAVE_ENDED] = { updated },                         \
		[HAPPENED_LEFT] = { left }, [HAPPENED_REHIRED] = { updated }, \
		[HAPPENED_DELETED] = {                                        \
			deleted                                               \
		}                                                             \
	}

struct webhook_scheme {
	webhook_events_row *events; /* by enum happening_kind */
	void (*body)(const struct webhook_message *m, struct buf *out);
	bool form; /* the body is a form, always */
	/* Whatever the wants say; NULL: fine. */
	bool (*fits)(const struct webhook_message *m);
	bool (*hello)(const struct webhook_target *t, unsigned k,
		      struct buf *out);
	bool confirmed;	 /* waits until the subscriber says so by the API */
	bool hello_must; /* be answered 2xx, or the webhook is stopped */
	/*
	 * One header: prefix and the HMAC of `before` and the body; or, with
	 * bare, prefix and the secret itself. NULL: sign does it.
	 */
	const char *header, *prefix, *before;
	enum hmac_algorithm algorithm;
	enum encoding encoding;
	bool bare;
	bool padded; /* base64url with its '=' */
	void (*sign)(const struct webhook_signed *s);
	struct webhook_policy policy;
};

void webhook_add(struct webhook_headers *out, const char *name,
		 const char *value);

/* The HMAC of the parts under the target's key, encoded, appended to out. */
void webhook_mac(const struct webhook_signed *s, const struct str *parts,
		 size_t count, enum encoding form, struct buf *out);

/* "name=value" of a form. */
void webhook_form_item(struct buf *out, const char *name, const char *value);

extern const struct webhook_scheme bamboohr_webhook;
extern const struct webhook_scheme hibob_webhook;
extern const struct webhook_scheme rippling_webhook;
extern const struct webhook_scheme personio_webhook;
extern const struct webhook_scheme gusto_webhook;
extern const struct webhook_scheme deel_webhook;
extern const struct webhook_scheme merge_webhook;
extern const struct webhook_scheme workos_webhook;
extern const struct webhook_scheme factorial_webhook;
extern const struct webhook_scheme humaans_webhook;
extern const struct webhook_scheme standard_webhook;

#endif
