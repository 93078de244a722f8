/*
 * What a manifest says of reading one person back: the request to send, and
 * what the answer means. Pure; the fetcher does the calls.
 */
#ifndef PROVIDER_FETCH_H
#define PROVIDER_FETCH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "change/person.h"
#include "provider/manifest.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

struct mapping;	    /* provider/mapping.h */
struct read_tables; /* provider/read.h */

/* A token that is good now, by its name in the manifest: access.h. */
struct fetch_token {
	const char *name;
	struct str value;
};

/* What a connection has that its calls are made of. */
struct fetch_context {
	const struct json *credentials; /* by name, as JSON objects */
	const struct json *settings; /* {"base_url": …, "subdomain": …} */
	const struct fetch_token *tokens;
	size_t token_count;
	const struct mapping *mapping; /* the connection's own; NULL: none */
	int64_t now_ms; /* wall clock, for what is signed with a time */
};

struct fetch_header {
	struct str name;
	struct str value;
};

#define FETCH_MAX_HEADERS 16

/* Bytes of arena that a request takes at most. Wipe them: arena_wipe. */
#define FETCH_REQUEST_MAX ((size_t)512 << 10)

/* Of a file on an SFTP server: a password, a key, or both to try. */
struct fetch_sftp {
	struct str user;
	struct str password; /* ptr NULL: none */
	struct str key;	     /* as PEM or OpenSSH writes it; ptr NULL: none */
	struct str host_key; /* its SHA-256 in base64, without '=' */
};

struct fetch_request {
	const char *method;
	const char *url; /* https://…, or sftp://… with sftp set */
	/*
	 * Nothing is called: the answer is the newest file that an admin
	 * uploaded (registry/spool.h).
	 */
	bool upload;
	struct fetch_sftp sftp; /* user.ptr NULL: it is HTTP */
	struct fetch_header headers[FETCH_MAX_HEADERS];
	size_t header_count;
	struct str body; /* ptr NULL: none */
	/* Mutual TLS: PEM of our certificate, and of its key; ptr NULL: none */
	struct str certificate;
	struct str key;
	const char *token; /* that it is sent with; a 401 may mean it is over */
	/*
	 * Set: the context lacks this token. Get it first (access.h) and build
	 * the request again; nothing else is set.
	 */
	const char *missing_token;
};

/*
 * The request that reads one person; out borrows from the arena. ERR_CONFIG
 * when a credential or setting is missing or not well formed, or when there is
 * nothing to read from. Whether the host may be spoken to is not asked here.
 */
int fetch_one_request(const struct manifest *m, const struct fetch_context *ctx,
		      struct str pid, struct arena *a,
		      struct fetch_request *out, struct err *err) MUST_CHECK;

/*
 * Whether a GET of url that is answered by a redirect goes on at location,
 * with all that says who we are: at the same host, or in the domain that the
 * manifest names. False: the redirect is the answer.
 */
bool fetch_may_follow(const struct manifest *m, struct str url,
		      struct str location);

enum fetch_outcome {
	FETCH_PERSON,	   /* *out is set */
	FETCH_DETAIL,	   /* a person once out->details are there: read.h */
	FETCH_GONE,	   /* the HRIS says that there is no such person */
	FETCH_RETRY,	   /* 429, 5xx, 408: later */
	FETCH_CREDENTIALS, /* 401: stop reading this connection */
	FETCH_FORBIDDEN,   /* 403: not allowed to see; means nothing */
	FETCH_UNREADABLE   /* not what the manifest says; err tells */
};

struct fetched {
	/* As in the answer: the caller compares pid with what it asked for. */
	struct person person;
	/*
	 * R4: the person's sequence or last-modified in ms where the manifest
	 * names one, else 0: then the time of the call serves.
	 */
	int64_t version;
	uint32_t wrong; /* as in struct webhook_item */
	/*
	 * Several records may be one human being: a rehire with a new id, one
	 * per company. The HRIS's id of that being where the manifest names
	 * one, else empty; fetched_wins says which record counts.
	 */
	struct str group;
	/* Of FETCH_DETAIL, when only pid is set of the person: */
	const struct json *row; /* for read_composed */
	uint32_t details;	/* bit i: detail i of read.h is needed */
};

/*
 * Of two records of one group: does a count rather than b? Who is there wins
 * over who is to come, who is to come over who has left; then the later start,
 * then a.
 */
bool fetched_wins(const struct fetched *a, const struct fetched *b);

/*
 * What an answer means. err is filled for every outcome but FETCH_PERSON and
 * FETCH_DETAIL. tables is what READ_TABLES gave, for manifests that have
 * tables; without, fields that need one stay absent. It is written to where
 * the answer brings tables of its own. today is in days since 1970, for
 * statuses that depend on dates. *out borrows from the arena, which needs
 * room for the parsed body.
 *
 * After FETCH_DETAIL: read_open with an empty state, its details, and then
 * read_composed.
 */
enum fetch_outcome fetch_one_read(const struct manifest *m,
				  const struct fetch_context *ctx, int status,
				  struct str body, struct read_tables *tables,
				  int64_t today, struct arena *a,
				  struct fetched *out, struct err *err);

/* How long to wait after the webhook before reading back, in ms (HiBob). */
int64_t fetch_delay_ms(const struct manifest *m);

#endif
