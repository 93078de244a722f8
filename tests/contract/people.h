/*
 * An HRIS with many people, in pages, that misbehaves on demand. Over hris.h.
 *
 *	GET /people?cursor=20&limit=10   {"people": [...], "next", "total"}
 *	GET /people/p7                   one of them
 *	GET /people/p7/more              a detail: {"location"}
 *	GET /more?ids=p1,p2              the same of several: {"list": [...]}
 *	GET /teams                       names: {"teams": [{"id", "name"}]}
 *	GET /changed?since=...           {"ids": [...]}
 *	POST /token                      a token: t1, t2, …; with r1, r2, …
 */
#ifndef TESTS_PEOPLE_H
#define TESTS_PEOPLE_H

#include "hris.h"

enum { PEOPLE_PAGES_MAX = 20000 };

/* How a page, by its number from 0 on, goes wrong. */
struct people_fault {
	int page;
	int times;	     /* then it is over; 0: no fault */
	const char *status;  /* "429 Too Many Requests"; NULL: 200 */
	const char *headers; /* NULL: none */
	bool cut;	     /* the body ends too early */
	bool again;	     /* its next page is the first one */
	size_t padding;	     /* bytes that its first record has too many */
};

struct people {
	struct hris *hris;
	int count;     /* p0 … */
	int page_size; /* whatever was asked for */
	int left_out;  /* this one is not listed; -1: none */
	int total;     /* what it says; -1: the truth; -2: nothing */
	int nobodys;   /* so many of the first have no id */
	bool without_email;
	const char *team;	 /* of everybody: an id of /teams */
	const char *more;	 /* members of everybody, as ",\"a\":1"; NULL */
	const char *email_of_p1; /* NULL: like everybody's */
	struct people_fault fault;
	int served[PEOPLE_PAGES_MAX]; /* how often each page was asked for */
	int lookups;		      /* of one person */
	int details;		      /* calls */
	int tables;
	const char *changed; /* "\"p3\",\"p4\"": what /changed says */
	int tokens;	     /* given out */
	int token_lasts_s;
	bool only_newest;   /* others get a 401; else any is good */
	int refused_tokens; /* so many calls with the newest get one too */
};

/* Of 25 people, 10 a page, without a fault. */
void people_start(struct people *p, struct hris *h);

/* Pages that were asked for, in all. */
int people_pages(const struct people *p);

#endif
