/*
 * How a webhook proves that it is genuine: "signature" of a manifest. One
 * engine for all; a scheme is a row of a table.
 */
#ifndef PROVIDER_SIGNATURE_H
#define PROVIDER_SIGNATURE_H

#include "crypto/encode.h"
#include "crypto/hmac.h"
#include "loader.h"
#include "provider/webhook.h"

#include <stdint.h>

#define SIGNATURE_MAX_LISTED  16   /* signatures in one header */
#define SIGNATURE_MAX_SECRETS 2	   /* current and previous */
#define SIGNATURE_MAX_PARTS   12   /* of the signed text */
#define SIGNATURE_MAX_HEADERS 4	   /* alternative sets of names */
#define SIGNATURE_HEADER_MAX  4096 /* bytes of a header with signatures */
#define SIGNATURE_ID_MAX      255  /* bytes of a delivery's id */

/* What the signed text is made of. */
enum part_kind {
	PART_BODY,
	PART_TIMESTAMP, /* as it was sent */
	PART_ID,
	PART_METHOD,
	PART_URL,
	PART_CANONICAL, /* the JSON body, compact, keys sorted */
	PART_HEADER,	/* text: its name */
	PART_TEXT,	/* text: itself */
};

struct part {
	enum part_kind kind;
	const char *name; /* of a header */
	struct str text;
};

/* Names of one sender's headers; NULL: not used. */
struct header_set {
	const char *signature;
	const char *timestamp;
	const char *id;
};

enum layout {
	LAYOUT_VALUE,  /* one signature after the prefix */
	LAYOUT_LIST,   /* several, each after the prefix; others are skipped */
	LAYOUT_FIELDS, /* t=…,v1=…,v1=… */
};

enum timestamp_unit { UNIT_SECONDS, UNIT_MS, UNIT_RFC3339 };

enum secret_spelling { SECRET_RAW, SECRET_BASE64, SECRET_HEX, SECRET_WHSEC };

struct signature_scheme;

/* Names of settings that say it instead of the manifest; NULL: it does. */
struct signature_settings {
	const char *header;
	const char *algorithm;
	const char *encoding;
	const char *prefix;
};

struct signature {
	const struct signature_scheme *scheme;
	const char *secret;	    /* name of the credential */
	const char *user;	    /* basic: name of the credential */
	unsigned spelling;	    /* enum secret_spelling */
	unsigned algorithm;	    /* enum hmac_algorithm */
	unsigned encoding;	    /* enum encoding */
	unsigned layout;	    /* enum layout */
	struct str prefix;	    /* may be empty */
	struct str separator;	    /* one byte, of LIST and FIELDS */
	struct str field;	    /* FIELDS: name of a signature */
	struct str timestamp_field; /* FIELDS: name of the timestamp */
	struct list headers;	    /* struct header_set; at least one */
	struct list parts;	    /* struct part */
	const struct json_path *timestamp_path; /* in the body */
	unsigned unit;				/* enum timestamp_unit */
	int64_t tolerance_s;			/* 0: no timestamp */
	bool strict_id; /* Standard Webhooks: what an id may be */
	const struct json_path *items; /* body-field: NULL: the body */
	const struct json_path *field_path;
	struct signature_settings by;
};

/* Whether a delivery from anybody is taken: the scheme "none". */
bool signature_is_none(const struct signature *s);

load_fn load_signature; /* out: struct signature */

/* Words that may be a "{setting}"; arg: struct load_words, or not used. */
load_fn load_algorithm, load_encoding, load_prefix; /* out: struct signature */
int load_header_by(struct loader *l, const struct json *v, const char **out,
		   const char **by);

/* With the settings of a connection; what is new in *out is in the arena. */
int signature_resolve(const struct signature *s, const struct manifest *m,
		      const struct json *settings, struct arena *a,
		      struct signature *out, struct err *err) MUST_CHECK;

/* The delivery's id; ptr NULL when there is none. */
struct str signature_id(const struct signature *s, const struct webhook *w);

/* The timestamp of a header; false when there is none, or it is not one. */
bool signature_time(const struct signature *s, const struct webhook *w,
		    int64_t *ms);

/* The set whose signature is there; else the first. */
const struct header_set *signature_set(const struct signature *s,
				       const struct webhook *w);

/* One secret, ready for use. */
struct prepared {
	struct hmac_key *hmac;		   /* of an HMAC */
	unsigned char digest[SHA256_SIZE]; /* of what is compared as it is */
};

struct webhook_keys {
	struct arena arena;
	struct signature signature; /* resolved, for this connection */
	struct prepared slots[SIGNATURE_MAX_SECRETS];
	size_t count;
};

typedef int prepare_fn(const struct signature *s,
		       const struct webhook_secret *secrets, size_t count,
		       struct prepared *out, struct err *err);
typedef bool check_fn(const struct signature *s,
		      const struct webhook_keys *keys, const struct webhook *w,
		      struct arena *a);

struct signature_scheme {
	const char *name;
	prepare_fn *prepare;
	check_fn *check;
	bool covers_body; /* a changed byte of the body is noticed */
};

prepare_fn prepare_hmac, prepare_value, prepare_basic, prepare_nothing;
check_fn check_hmac, check_header, check_bearer, check_basic, check_body_field,
	check_nothing;

#endif
