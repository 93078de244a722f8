/*
 * What a manifest says of reading many people: pages, what changed since, and
 * tables beside them. Pure: the fetcher does the calls. A read goes on by its
 * *state*, a short text that can be kept and gone on from after a crash, at
 * the boundary of any page.
 *
 *	read_begin      → state
 *	read_request    state → a call, and how to cut its answer into records
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

bool manifest_can_read(const struct manifest *m, enum read_kind kind);

#define READ_STATE_MAX 8192 /* bytes of a state */
#define READ_MARK_MAX  4096 /* bytes of a mark */

struct read_since {
	int64_t since_ms; /* wall clock: when the last such read began */
	struct str mark; /* what it left (event cursor, delta link); or empty */
};

/*
 * The state of the first page. since NULL: as far back as the HRIS goes.
 * ERR_CONFIG when the manifest cannot read so.
 */
int read_begin(const struct manifest *m, enum read_kind kind,
	       const struct read_since *since, int64_t now_ms, struct arena *a,
	       struct str *state, struct err *err) MUST_CHECK;

/* The call for this page, and where its records stand. */
int read_request(const struct manifest *m, const struct fetch_context *ctx,
		 struct str state, struct arena *a, struct fetch_request *out,
		 struct record_shape *shape, struct err *err) MUST_CHECK;

/*
 * True: rows of this page can only be read when all of it is there, since
 * they refer to what stands around them (read_side_tables).
 */
bool read_needs_whole_page(const struct manifest *m, struct str state);

/* ---------------------------------------------------------------- tables */

/* id → value, by the names of the manifest's tables. Bounded. */
struct read_tables;

#define READ_TABLES_MAX_BYTES ((size_t)16 << 20)

struct read_tables *read_tables_new(void);
void read_tables_free(struct read_tables **t);
/* Take what stands around a page's records into t, for this page's rows. */
int read_side_tables(const struct manifest *m, struct str state,
		     const struct json *rest, struct read_tables *t,
		     struct err *err) MUST_CHECK;

/* ------------------------------------------------------------------ rows */

enum read_row_kind {
	READ_ROW_PERSON, /* fetched is set */
	READ_ROW_DETAIL, /* a person once read_details are there */
	READ_ROW_LOOKUP, /* somebody changed: read pid back */
	READ_ROW_GONE,	 /* the HRIS says so; reading pid has to confirm it */
	READ_ROW_TABLE,	 /* was put into the tables */
	READ_ROW_SKIP	 /* nothing for us: another type of event */
};

struct read_row {
	enum read_row_kind kind;
	struct str pid;
	struct fetched fetched;
	int64_t changed_ms; /* for sorted lists: last modified; 0: not told */
};

/*
 * What one record of the page is. ERR_INVALID: it cannot be used; the page's
 * others can. tables may be NULL when the manifest has none.
 */
int read_row(const struct manifest *m, struct str state,
	     const struct json *record, struct read_tables *tables,
	     int64_t today, struct arena *a, struct read_row *out,
	     struct err *err) MUST_CHECK;

/* ----------------------------------------------------------------- pages */

/* A header of the answer; ptr NULL: absent. */
typedef struct str read_header_fn(const void *headers, const char *name);

struct read_page {
	int status;
	read_header_fn *header;
	const void *headers;
	const struct json *rest; /* around the records; NULL: nothing */
	size_t rows;		 /* records of this page */
	struct str last_id;	 /* of its last row; empty: none */
	int64_t oldest_ms;	 /* least changed_ms of its rows; 0: not told */
	int64_t now_ms;
};

struct read_turn {
	bool done;	  /* the last page was seen */
	struct str state; /* of the next page, unless done */
	int64_t total;	  /* how many the HRIS says there are; -1: not said */
	struct str mark;  /* when done: for the next READ_CHANGED; or empty */
	bool restart;	  /* the HRIS forgot where we were: a full read */
};

/*
 * What follows a page. ERR_INVALID: the page is not what the manifest says
 * (its own sign of failure within a 200, no next page where one must be, the
 * same cursor again, a next link to another host).
 */
int read_turn(const struct manifest *m, const struct fetch_context *ctx,
	      struct str state, const struct read_page *page, struct arena *a,
	      struct read_turn *out, struct err *err) MUST_CHECK;

/* --------------------------------------------------------------- details */

/*
 * Further calls that make a row whole. Each detail is asked for one row, or
 * for up to `batch` rows at once. Composed, the record is the JSON object
 * {"<row's name>": row, "<detail's name>": answer, …}, so that places of the
 * manifest reach all of it; one person read by pid (fetch_one_request) is
 * composed the same way, with the same details.
 */
size_t read_detail_count(const struct manifest *m);
size_t read_detail_batch(const struct manifest *m, size_t detail); /* 1 … */

struct read_detail_row {
	struct str pid;
	const struct json *row;
};

int read_detail_request(const struct manifest *m, size_t detail,
			const struct fetch_context *ctx,
			const struct read_detail_row *rows, size_t count,
			struct arena *a, struct fetch_request *out,
			struct err *err) MUST_CHECK;

/*
 * What an answer to read_detail_request holds for each of the rows; NULL:
 * nothing (that row cannot be used now). out has count places.
 */
int read_detail_answer(const struct manifest *m, size_t detail, int status,
		       struct str body, const struct read_detail_row *rows,
		       size_t count, struct arena *a, const struct json **out,
		       struct err *err) MUST_CHECK;

/* details: read_detail_count values, NULL where there is none. */
int read_composed(const struct manifest *m, const struct json *row,
		  const struct json *const *details,
		  const struct read_tables *tables, int64_t today,
		  struct arena *a, struct fetched *out,
		  struct err *err) MUST_CHECK;

#endif
