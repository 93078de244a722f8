/*
 * A provider described as data: how its webhooks are signed, where its fields
 * are, what its words mean, how one person is read. docs/providers.md is the
 * language's reference. No I/O here beyond loading.
 */
#ifndef PROVIDER_MANIFEST_H
#define PROVIDER_MANIFEST_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct manifest;     /* immutable once loaded */
struct manifest_set; /* every manifest of one load; reference-counted */

/*
 * Parse and compile one manifest: at most 64 KiB, 16 levels, 1024 rules. name
 * is used in messages only. On failure (ERR_CONFIG) *out is untouched and err
 * says where and what is known there: "acme: /webhook/signature/scheme: …".
 */
int manifest_parse(struct manifest **out, const char *name, struct str text,
		   struct err *err) MUST_CHECK;
void manifest_free(struct manifest **m);

/*
 * Load <dir>/<name>/manifest.json of every folder; the manifest's name has to
 * be the folder's. Symbolic links are not followed. All or nothing: one bad
 * file fails the set, so a reload never leaves half of it old. ERR_CONFIG.
 */
int manifest_set_load(struct manifest_set **out, const char *dir,
		      struct err *err) MUST_CHECK;
struct manifest_set *manifest_set_ref(struct manifest_set *set);
void manifest_set_unref(struct manifest_set **set);

/* Borrowed; valid while the set is referenced. NULL when unknown. */
const struct manifest *manifest_set_find(const struct manifest_set *set,
					 struct str name);
size_t manifest_set_count(const struct manifest_set *set);
const struct manifest *manifest_set_at(const struct manifest_set *set,
				       size_t i); /* sorted by name */

const char *manifest_name(const struct manifest *m);
const char *manifest_title(const struct manifest *m);
bool manifest_has_webhooks(const struct manifest *m);
bool manifest_has_lookup(const struct manifest *m);
/* Sync runs read everybody, at least by some settings. */
bool manifest_has_list(const struct manifest *m);
/* Its people come in a file that an admin uploads (registry/spool.h). */
bool manifest_takes_upload(const struct manifest *m);
/* An admin has to allow access in the browser (access.h). */
bool manifest_needs_consent(const struct manifest *m);

/* How calls prove themselves, in the manifest's words: "basic", "bearer", … */
size_t manifest_auth_count(const struct manifest *m);
struct str manifest_auth_word(const struct manifest *m, size_t i);

struct when;	    /* settings have certain values */
struct json_writer; /* json/write.h */

/*
 * Appended as {"sign_in": ["oauth"]}: each setting has one of these values.
 * NULL: null.
 */
void when_write(const struct when *when, const char *key,
		struct json_writer *w);

/* What an admin enters to connect. */
struct credential_field {
	const char *name;  /* "api_key" */
	const char *label; /* "API key" */
	const char *help;  /* where to find it */
	bool secret;	   /* never shown again */
	bool required;
	bool webhook; /* for the receiver to open; else for the fetcher */
	const struct when *when; /* needed only while it holds; NULL: always */
};

size_t manifest_credential_count(const struct manifest *m);
const struct credential_field *manifest_credential(const struct manifest *m,
						   size_t i);

/*
 * Whether a connection with these settings cannot do without the i-th: some
 * are only for one of several ways to connect.
 */
bool manifest_needs_credential(const struct manifest *m, size_t i,
			       const struct json *settings);

/* What the value of a setting has to look like. */
enum setting_kind {
	SETTING_TEXT,	   /* without control characters */
	SETTING_DNS_LABEL, /* a-z, 0-9 and '-': one part of a host's name */
	SETTING_BASE_URL,  /* https://host/path, no '/' at the end */
	SETTING_HOST,	   /* a host's name, perhaps with a port */
	SETTING_CHOICE,	   /* one of a few words */
	SETTING_NUMBER,	   /* a whole one */
	SETTING_BOOL,	   /* "true" or "false" */
	SETTING_HEADER,	   /* the name of an HTTP header */
	SETTING_KIND_COUNT
};

/* What an admin may set beside credentials: where the account lives. */
struct setting_field {
	const char *name;     /* "subdomain", "base_url" */
	const char *label;    /* "Subdomain" */
	const char *help;     /* where to find it */
	const char *fallback; /* its value when it is not set; NULL: none */
	enum setting_kind kind;
	const char *const *choices; /* of SETTING_CHOICE */
	size_t choice_count;
	int64_t min, max; /* of SETTING_NUMBER */
	bool required;
};

const char *setting_kind_name(enum setting_kind k); /* "dns-label" */

size_t manifest_setting_count(const struct manifest *m);
const struct setting_field *manifest_setting(const struct manifest *m,
					     size_t i);

/*
 * Is value one that the i-th setting may have? ERR_INVALID, saying what it
 * must look like, without the value.
 */
int manifest_check_setting(const struct manifest *m, size_t i, struct str value,
			   struct err *err) MUST_CHECK;

#endif
