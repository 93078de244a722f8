/*
 * Texts with {names} in them: "/v1/people/{person_id}". A name is what the
 * place offers, else a setting, else, where the place allows it, a credential.
 * What it stands for is escaped for where it stands.
 */
#ifndef PROVIDER_TEMPLATE_H
#define PROVIDER_TEMPLATE_H

#include "base/buf.h"
#include "loader.h"
#include "provider/fetch.h"

#include <stdbool.h>

#define TEMPLATE_MAX_PARTS 16
#define PERSON_ID_NAME	   "person_id"
#define PERSON_IDS_NAME	   "person_ids"

/* Which names a template may hold, where it stands. */
struct template_place {
	struct load_words offers; /* names that the caller gives values for */
	const char *needs; /* one of them that a call must use; or NULL */
	/* Credentials may be named; the call is sent without auth and token. */
	bool secrets;
};

enum template_from {
	TEMPLATE_TEXT, /* itself */
	TEMPLATE_OFFERED,
	TEMPLATE_SETTING,
	TEMPLATE_CREDENTIAL,
	TEMPLATE_AUTH /* {auth} of an XML body */
};

struct template_part {
	enum template_from from;
	struct str text; /* or the name; a NUL follows */
};

/* A member of an object: a header, a parameter. */
struct named_template {
	const char *name;
	struct list value; /* struct template_part */
};

load_fn load_template; /* out: struct list of struct template_part */
load_fn load_named;    /* an item of an object; out: struct named_template */

/* As load_template; a text without '{' is the name of a credential. */
load_fn load_secret_template;

/* NULL: not declared. */
const struct setting_field *setting_of(const struct manifest *m,
				       struct str name);
const struct credential_field *credential_of(const struct manifest *m,
					     struct str name);

/* Whether a connection cannot do without it: manifest_needs_credential. */
bool credential_needed(const struct manifest *m,
		       const struct fetch_context *ctx, const char *name);

/* What a name stands for, given by the caller. */
struct call_value {
	const char *name;
	struct str text; /* ptr NULL: it has no value here */
	bool number;	 /* in a JSON body it stands without quotes */
};

struct call_values {
	const struct call_value *items;
	size_t count;
	/* Several persons: {person_ids}, and {person_id} within {each}. */
	const struct str *ids;
	size_t id_count;
};

enum escape {
	ESCAPE_NONE,  /* a header's value: no control characters */
	ESCAPE_PATH,  /* of a URL: only what a name stands for */
	ESCAPE_QUERY, /* a parameter: the text too */
	ESCAPE_FORM,  /* the same, and strictly */
	ESCAPE_JSON,  /* within a JSON text: the writer escapes */
	ESCAPE_XML
};

/* Everything that names are looked up in. */
struct filling {
	const struct manifest *m;
	const struct fetch_context *ctx;
	struct call_values values;
	const struct str *row; /* within {each}: the person */
	struct str auth;       /* what {auth} stands for; may be empty */
};

struct filled {
	struct str text; /* ptr NULL: there is none */
	bool number;
	bool list; /* the ids of f->values */
};

/*
 * ERR_CONFIG when a setting or credential is missing that is required, or is
 * not well formed. What is not required and not set has no value.
 */
int fill_name(const struct filling *f, const struct template_part *p,
	      struct filled *out, struct err *err) MUST_CHECK;

/*
 * Append t. *absent: some name has no value; what was appended means nothing.
 * absent NULL: then that is ERR_CONFIG.
 */
int fill_template(const struct filling *f, const struct list *t, enum escape e,
		  struct buf *out, bool *absent, struct err *err) MUST_CHECK;

/* RFC 3986: unreserved bytes as they are, all others as %XX. */
void add_escaped(struct buf *out, struct str s);

/* The manifest's own text in a query: what may stand there, does. */
void add_literal(struct buf *out, struct str s);

/* The value of a setting, or its default; ptr NULL: neither. ERR_CONFIG. */
int find_setting(const struct manifest *m, const struct fetch_context *ctx,
		 struct str name, struct str *out, struct err *err) MUST_CHECK;

/* A text without control characters. ERR_CONFIG names the credential. */
int need_credential(const struct fetch_context *ctx, const char *name,
		    struct str *out, struct err *err) MUST_CHECK;

#define CREDENTIAL_MAX 8192 /* bytes: a certificate and its issuers */

#endif
