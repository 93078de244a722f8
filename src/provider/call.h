/*
 * One call to an HRIS, as a manifest describes it: the same table wherever a
 * call is made. What is asked for is here; what the answer means is the
 * caller's.
 */
#ifndef PROVIDER_CALL_H
#define PROVIDER_CALL_H

#include "json_body.h"
#include "loader.h"
#include "provider/fetch.h"
#include "record/reader.h"
#include "source.h"
#include "template.h"

#include <stdbool.h>

enum call_body { CALL_NO_BODY, CALL_JSON, CALL_FORM, CALL_XML };

/* How an answer is written: rows of call_format_words. */
enum call_format {
	CALL_FORMAT_JSON = RECORD_JSON,
	CALL_FORMAT_XML = RECORD_XML,
	CALL_FORMAT_CSV = RECORD_CSV,
	CALL_FORMAT_NONE = RECORD_FORMAT_COUNT /* nobody looks at it */
};

/* A sign of success within a 200. */
struct call_ok {
	struct list at;	    /* struct source; empty: none is asked for */
	struct list equals; /* struct str: a text, or a number's, true, false */
};

extern const struct load_table load_call_ok;

bool call_ok_holds(const struct call_ok *ok, const struct json *root,
		   const struct surroundings *around);

struct call_part {
	unsigned method;
	struct list path;    /* struct template_part; empty: url */
	struct list url;     /* a whole address on another host */
	struct list query;   /* struct named_template */
	struct list headers; /* struct named_template */
	enum call_body body_kind;
	const struct json_node *json;
	struct list form;  /* struct named_template */
	struct list xml;   /* struct xml_block */
	const char *token; /* NULL: the first of tokens that counts */
	unsigned format;   /* enum call_format */
	struct call_ok ok;
	struct list gone; /* int64_t: statuses that mean no such thing */
	uint32_t uses;	  /* bit i: row i of the place's names stands in it */
};

/* Lines of an XML body; repeated for each person where each is set. */
struct xml_block {
	bool each;
	struct list lines; /* struct list of struct template_part */
};

/*
 * Load a call that has further keys of its own: those of more (count rows) go
 * to out. place says which names its templates may hold.
 */
int load_call_with(struct loader *l, const struct json *v,
		   const struct template_place *place, struct call_part *call,
		   const struct load_key *more, size_t count,
		   void *out) MUST_CHECK;

/* The same with several tables: those of more (count of them). */
int load_call_groups(struct loader *l, const struct json *v,
		     const struct template_place *place, struct call_part *call,
		     const struct load_group *more, size_t count) MUST_CHECK;

/* A call and nothing else. arg: struct template_place; out: struct call_part */
load_fn load_call;

/*
 * The request of a call; out borrows from the arena. ERR_CONFIG when a setting
 * or credential is missing or not well formed. When the call needs a token
 * that ctx lacks, out->missing_token names it, and nothing else is set.
 */
int call_request(const struct manifest *m, const struct fetch_context *ctx,
		 const struct call_part *c, const struct call_values *values,
		 struct arena *a, struct fetch_request *out,
		 struct err *err) MUST_CHECK;

/* The same call at another address: a next link that was checked. */
int call_request_at(const struct manifest *m, const struct fetch_context *ctx,
		    const struct call_part *c, const struct call_values *values,
		    struct str url, struct arena *a, struct fetch_request *out,
		    struct err *err) MUST_CHECK;

/* Its address alone, without what says who we are. ERR_CONFIG. */
int call_url(const struct manifest *m, const struct fetch_context *ctx,
	     const struct call_part *c, const struct call_values *values,
	     struct arena *a, struct str *out, struct err *err) MUST_CHECK;

/* "GET": of struct call_part's method. */
const char *method_name(unsigned row);

/* Whether a status is one of those that mean no such thing. */
bool call_is_gone(const struct call_part *c, int status);

#endif
