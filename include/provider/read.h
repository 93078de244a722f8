/*
 * What a manifest says of reading many people: pages, what changed since, and
 * tables beside them. Pure: the fetcher does the calls. A read goes on by its
 * *state*, a short text that can be kept and gone on from after a crash, at
 * the boundary of any page.
 *
 *	read_begin      → state
 *	read_open       state → a step: one call and what follows from it
 *	read_request    the call, and how to cut its answer into records
 *	read_row        each record → a person, or somebody to read back
 *	read_turn       what the page says → next state, or the end
 */
#ifndef PROVIDER_READ_H
#define PROVIDER_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "record/reader.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum read_kind {
	READ_FULL,    /* everybody: a snapshot */
	READ_CHANGED, /* who changed since */
	READ_TABLES,  /* names that records refer to by id */
	READ_KIND_COUNT
};

/* "full", "changed", "tables"; never NULL. */
const char *read_kind_name(enum read_kind k);

/* A connection's settings may choose a way that can do less or more. */
bool read_can(const struct manifest *m, const struct fetch_context *ctx,
	      enum read_kind kind);

#define READ_STATE_MAX 8192   /* bytes of a state */
#define READ_MARK_MAX  4096   /* bytes of a mark */
#define READ_ID_MAX    255    /* bytes of a row's id that pages go on by */
#define READ_PAGES_MAX 100000 /* of one list; more are taken for a loop */

struct read_since {
	int64_t since_ms; /* wall clock: when the last such read began */
	struct str mark; /* what it left (event cursor, delta link); or empty */
};

/*
 * False: the HRIS cannot tell all that changed since then any more, or a read
 * without a mark would not: read all of it.
 */
bool read_since_serves(const struct manifest *m,
		       const struct fetch_context *ctx,
		       const struct read_since *since, int64_t now_ms);

/*
 * The state of the first page. since (of READ_CHANGED) NULL: as far back as
 * the HRIS goes. ERR_CONFIG when the manifest cannot read so.
 */
int read_begin(const struct manifest *m, const struct fetch_context *ctx,
	       enum read_kind kind, const struct read_since *since,
	       int64_t now_ms, struct arena *a, struct str *state,
	       struct err *err) MUST_CHECK;

/*
 * A state, opened: one call of a read. Lives in the arena; m and what ctx
 * points to must outlive it. An empty state: the one person that
 * fetch_one_request asks for, for its details. ERR_INVALID for what is no
 * state of this manifest (it may have been reloaded): begin anew.
 */
struct read_step;

int read_open(const struct read_step **out, const struct manifest *m,
	      const struct fetch_context *ctx, struct str state,
	      struct arena *a, struct err *err) MUST_CHECK;

struct read_call {
	struct fetch_request request;
	/*
	 * False: the answer holds nothing for us, only its status counts (a
	 * message of a queue is acknowledged). Go on with read_turn.
	 */
	bool has_records;
	/*
	 * Rows can only be read when all of the page is there, since they
	 * refer to what stands around them: keep the records, then read_around,
	 * then read_row for each.
	 */
	bool whole;
	struct record_shape shape; /* where its records stand */
};

int read_request(const struct read_step *step, struct arena *a,
		 struct read_call *out, struct err *err) MUST_CHECK;

/* ---------------------------------------------------------------- tables */

/*
 * id → value, by the names of the manifest's tables: what READ_TABLES read,
 * and what stood around the rows of a page. Kept by the caller for as long as
 * it likes; reading them anew begins with new ones.
 */
struct read_tables;

#define READ_TABLES_MAX_BYTES ((size_t)16 << 20)

struct read_tables *read_tables_new(void);
/*
 * New ones, over what READ_TABLES put into base: readers of many people share
 * those, each with surroundings of its own. base must outlive them.
 */
struct read_tables *read_tables_over(const struct read_tables *base);
void read_tables_free(struct read_tables **t);
size_t read_tables_bytes(const struct read_tables *t);

/* ------------------------------------------------------------------ page */

/* A header of the answer; ptr NULL: absent. */
typedef struct str read_header_fn(const void *headers, const char *name);

#define READ_BODY_MAX 65536 /* bytes of a refusal that are worth reading */

/*
 * What is known of an answer. Zeroed before its first record, also when the
 * call is repeated; read_row counts in it.
 */
struct read_page {
	int status;
	read_header_fn *header;
	const void *headers;
	struct str body;	 /* of a status that is no 2xx: its beginning */
	const struct json *rest; /* around the records; NULL: nothing */
	/*
	 * The reader found no place for records (ERR_NOT_FOUND, with its rest):
	 * what stands there instead says what that means.
	 */
	bool missing;
	int64_t now_ms;
	/* By read_row: */
	size_t rows;	   /* records of this page, good and bad */
	int64_t oldest_ms; /* least last-modified of its rows; 0: not told */
	size_t last_id_len;
	char last_id[READ_ID_MAX]; /* of its last row */
};

/*
 * Of a whole page, before its first row: take what stands around the records
 * into t (may be NULL when the manifest has no tables), in the place of what
 * the page before left there.
 */
int read_around(const struct read_step *step, const struct json *rest,
		struct read_tables *t, struct err *err) MUST_CHECK;

/* ------------------------------------------------------------------ rows */

enum read_row_kind {
	READ_ROW_PERSON, /* fetched is set */
	READ_ROW_DETAIL, /* a person once the details are there */
	READ_ROW_LOOKUP, /* somebody changed: read pid back */
	READ_ROW_GONE,	 /* the HRIS says so; reading pid has to confirm it */
	READ_ROW_TABLE,	 /* was put into the tables */
	READ_ROW_SKIP	 /* nothing for us: another type of event */
};

struct read_row {
	enum read_row_kind kind;
	struct str pid; /* of all but TABLE and SKIP */
	struct fetched fetched;
	uint32_t details; /* of DETAIL: bit i: detail i is needed */
};

/*
 * What one record of the page is, and what the person is who stands in it.
 * ERR_INVALID: it cannot be used; the page's others can (it counts in page all
 * the same, and out->pid is whose it is, or empty). ERR_LIMIT from a table:
 * there is more than tables may hold. tables may be NULL when the manifest has
 * none. out borrows from record and the arena.
 */
int read_row(const struct read_step *step, const struct json *record,
	     struct read_page *page, struct read_tables *tables, int64_t today,
	     struct arena *a, struct read_row *out, struct err *err) MUST_CHECK;

/* ------------------------------------------------------------------ turn */

struct read_turn {
	bool done;	  /* the last page was seen */
	struct str state; /* of the next page, unless done */
	int64_t total;	 /* of people, as the HRIS counts; -1: not said (yet) */
	struct str mark; /* when done: for the next READ_CHANGED; or empty */
	/*
	 * What was read so far counts for nothing, state begins anew: the HRIS
	 * lost the place of the read, or forgot what it was to go on from (a
	 * full read begins), or this way of reading is not allowed and the
	 * manifest knows another.
	 */
	bool restart;
	enum read_kind kind; /* of state */
};

/*
 * What follows an answer, whatever its status; call it for every one. On
 * failure err's kind says what to do: ERR_TEMP: the same call again, later;
 * ERR_AUTH: the credentials are refused; ERR_FORBIDDEN: they may not read
 * this; ERR_INVALID: the answer is not what the manifest says (its own sign of
 * failure within a 200, no next page where one must be, a next link to another
 * host), and the read has failed; ERR_CONFLICT: its rows are fine, but pages
 * come again instead of an end.
 */
int read_turn(const struct read_step *step, const struct read_page *page,
	      struct arena *a, struct read_turn *out,
	      struct err *err) MUST_CHECK;

/* --------------------------------------------------------------- details */

/*
 * Further calls that make a row whole. Each detail is asked for one row, or
 * for up to `batch` rows at once. Composed, the record is the JSON object
 * {"<row's name>": row, "<detail's name>": answer, …}, so that places of the
 * manifest reach all of it; one person read by pid is composed the same way.
 */
#define READ_DETAILS_MAX 8

size_t read_detail_count(const struct read_step *step);
size_t read_detail_batch(const struct read_step *step, size_t detail); /* 1 … */

struct read_detail_row {
	struct str pid;
	const struct json *row; /* as it was given to read_row */
};

int read_detail_request(const struct read_step *step, size_t detail,
			const struct read_detail_row *rows, size_t count,
			struct arena *a, struct fetch_request *out,
			struct err *err) MUST_CHECK;

/*
 * What an answer to read_detail_request holds for each of the rows; NULL:
 * nothing (that row cannot be used now). out has count places, and is set on
 * success. Failures mean the same as of read_turn.
 */
int read_detail_answer(const struct read_step *step, size_t detail, int status,
		       struct str body, const struct read_detail_row *rows,
		       size_t count, struct arena *a, const struct json **out,
		       struct err *err) MUST_CHECK;

/*
 * The record of a row as places see it, with the details that are there:
 * for discovery. details NULL: none. NULL when the arena is full, or the row
 * is an event without a record.
 */
const struct json *read_record(const struct read_step *step,
			       const struct json *row,
			       const struct json *const *details,
			       const struct read_page *page, struct arena *a);

/*
 * The person of a row and its details: read_detail_count values, NULL where
 * the row needed none. ERR_INVALID also when one that it needs is missing:
 * half a person is nobody. row is as it was given to read_row, and page as it
 * was then; of one person read by pid, row is fetched.row and page NULL.
 */
int read_composed(const struct read_step *step, const struct json *row,
		  const struct json *const *details,
		  const struct read_page *page,
		  const struct read_tables *tables, int64_t today,
		  struct arena *a, struct fetched *out,
		  struct err *err) MUST_CHECK;

#endif
