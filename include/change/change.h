/*
 * A change event: what one entry of the stream `changes` holds. A contract
 * with other consumers: docs/schema/change-event.json describes the JSON.
 */
#ifndef CHANGE_CHANGE_H
#define CHANGE_CHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "change/person.h"

#include <stdint.h>

#define CHANGE_ID_SIZE	  33  /* 32 hex digits and a NUL */
#define CHANGE_FORMAT	  1   /* "format" in the JSON of both entries */
#define CHANGE_NAME_MAX	  255 /* bytes of organization and connection */
#define CHANGE_REASON_MAX 255 /* bytes of a lookup's reason */
#define CHANGE_RUN_MAX	  64  /* bytes of a run's id */

/* R4: at equal versions the later of these wins. */
enum change_source {
	CHANGE_WEBHOOK, /* the body of a webhook */
	CHANGE_LOOKUP,	/* one person read back */
	CHANGE_RUN,	/* a full read */
	CHANGE_SOURCE_COUNT
};

enum change_kind {
	CHANGE_STATE, /* the person as it is now (R2) */
	CHANGE_GONE,  /* the HRIS has no such person any more (R5) */
	/*
	 * A complete snapshot did not contain the person (R7, R8): a fact, of
	 * which run tells; version and observed_ms are when that began.
	 */
	CHANGE_ABSENT,
	CHANGE_KIND_COUNT
};

struct change {
	char id[CHANGE_ID_SIZE]; /* from the content: see change_identify */
	enum change_kind kind;
	enum change_source source;
	struct str organization; /* neither is empty */
	struct str connection;
	/*
	 * R4: the provider's own sequence or last-modified in ms; else when it
	 * was read or signed, in ms since 1970. Only grows per person.
	 */
	int64_t version;
	int64_t observed_ms;  /* when the value was read or received */
	int64_t effective_ms; /* when it takes effect; 0: at once */
	struct person person;
	struct str run; /* of CHANGE_ABSENT: the id of the run */
};

/* "webhook", "lookup", "run"; never NULL. */
const char *change_source_name(enum change_source s);

/*
 * Set c->id from the content (R3): the same content gives the same id, whoever
 * makes it. It is the first 128 bits, in hex, of SHA-256 over these netstrings
 * ("3:abc,"): "hrisd-change-1", organization, connection, pid, kind, status,
 * status_word, version, effective_ms, and per field that is not absent its
 * name and its value, empty for null, in the order of enum person_field; of
 * CHANGE_ABSENT last the run.
 * observed_ms and source are not content: they say how it was learnt.
 */
void change_identify(struct change *c);

/* Append c as JSON. Look at buf_check(out) afterwards. */
void change_encode(const struct change *c, struct buf *out);

/*
 * From JSON; c borrows from the arena. Unknown members are ignored, so that
 * a newer producer does not stop an older consumer; an unknown version of the
 * format, kind or status is ERR_INVALID.
 */
int change_decode(struct change *c, struct arena *a, struct str text,
		  struct err *err) MUST_CHECK;

/*
 * A lookup: what one entry of the stream `lookups` holds. Somebody should
 * read this person back from the HRIS.
 */
struct lookup {
	struct str organization;
	struct str connection;
	struct str pid;
	struct str reason; /* the event's type, as the provider names it */
	bool deletion;	   /* the webhook says that the person is gone (R5) */
	bool urgent;	   /* do not wait to coalesce */
	int64_t received_ms;
};

void lookup_encode(const struct lookup *l, struct buf *out);
int lookup_decode(struct lookup *l, struct arena *a, struct str text,
		  struct err *err) MUST_CHECK;

#endif
