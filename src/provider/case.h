/* What the files of cases.c share. */
#ifndef PROVIDER_CASE_H
#define PROVIDER_CASE_H

#include "base/arena.h"
#include "parts.h"
#include "provider/cases.h"
#include "provider/mapping.h"
#include "provider/webhook.h"
#include "json/json.h"
#include "json/write.h"

#define CASE_TYPES_MAX 256 /* of events, over all shapes */

struct case_run {
	const struct manifest *m;
	struct cases_report *report;
	const char *name; /* of the case */
	struct arena *arena;
	const struct json *input;
	const struct json *expect;
	bool shown[CASE_TYPES_MAX]; /* types of events, by events_type */
};

void case_fail(struct case_run *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Fail unless the text is JSON that equals what is expected. */
void case_compare(struct case_run *c, const struct buf *got);

/* The words of a set of PERSON_BITs, as an array. */
void case_write_wrong(struct json_writer *w, uint32_t wrong);

/* One kind of case: "<case>.<suffix>.json". -1 when it makes no sense. */
typedef int case_fn(struct case_run *c, struct err *err);

case_fn case_webhook;  /* .request.json */
case_fn case_fetch;    /* .fetch.json */
case_fn case_answer;   /* .answer.json */
case_fn case_page;     /* .page.json */
case_fn case_token;    /* .token.json */
case_fn case_test;     /* .test.json */
case_fn case_register; /* .register.json */

/*
 * Credentials, settings, tokens and mapping of a case; *mapping is to be
 * freed, when it is not NULL.
 */
int case_context(struct case_run *c, struct fetch_context *out,
		 struct mapping **mapping, struct err *err) MUST_CHECK;

/* "body" of v: a text as it came, or JSON to be written as one. */
int case_body(struct case_run *c, const struct json *v, struct str *out,
	      struct err *err) MUST_CHECK;

/*
 * Members of an object: what an answer that needs details (FETCH_DETAIL) leads
 * to, with the answers to those in the case: "details": [[answer, …], …].
 */
int case_write_detailed(struct case_run *c, const struct fetch_context *ctx,
			struct read_tables *tables, int64_t today,
			const struct fetched *f, struct json_writer *writer,
			struct err *err) MUST_CHECK;

/* Members of an object. */
void case_write_request(struct case_run *c, struct json_writer *w,
			const struct fetch_request *r);
void case_write_fetched(struct case_run *c, struct json_writer *w,
			const struct fetched *f);

/* A received webhook as a case describes it, and its secrets. */
struct case_delivery {
	struct webhook w;
	const struct json *settings; /* of the connection */
	struct fetch_context context;
	struct mapping *mapping;    /* its own, or NULL: to be freed */
	struct signature signature; /* as they say */
	const struct json *headers; /* an object of texts */
	const char *hidden;	    /* a header that is not shown, or NULL */
	const char *changed;	    /* a header with another value, or NULL */
	struct str value;
	struct webhook_secret secrets[SIGNATURE_MAX_SECRETS][4];
	size_t secret_count[SIGNATURE_MAX_SECRETS]; /* current, previous */
};

/* Derive the refusals of a delivery that is genuine. */
void case_refusals(struct case_run *c, struct case_delivery *d);

/* 0: verified. Keys are made for it and freed. */
int case_verify(struct case_run *c, const struct case_delivery *d,
		struct err *err) MUST_CHECK;

#endif
