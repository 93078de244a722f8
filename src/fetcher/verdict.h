/*
 * What a read of one person, or the lack of one, means for its lookup: R5 and
 * R16 in one place. Pure: times and luck come in from outside.
 */
#ifndef FETCHER_VERDICT_H
#define FETCHER_VERDICT_H

#include "change/change.h"

#include <stdbool.h>
#include <stdint.h>

#define VERDICT_GONE_APART_MS 300000LL /* between the two 404s of R5: 5 min */
#define VERDICT_PARKED_MS     300000LL /* refused credentials: look again */
#define VERDICT_PAUSE_MS      60000LL  /* a host that is down or too busy */
#define VERDICT_PAUSE_MAX_MS                            \
	86400000LL /* believe no longer wait than a day \
		    */

/* What a lookup remembers of its tries, in Redis too. */
struct history {
	unsigned tries;	    /* that failed for a reason that may pass */
	int64_t missing_ms; /* when the first 404 came; 0: none yet */
};

enum finding {
	FINDING_PERSON,
	FINDING_MISSING,     /* 404, 410: no such person, it says */
	FINDING_LIMITED,     /* 429 */
	FINDING_BUSY,	     /* 408, 5xx */
	FINDING_NO_ANSWER,   /* no connection, or it broke, or took too long */
	FINDING_FORBIDDEN,   /* 403: means nothing of the person */
	FINDING_CREDENTIALS, /* 401 */
	FINDING_SETUP,	     /* a credential, setting or address is wrong */
	FINDING_UNREADABLE,  /* an answer that the manifest does not know */
	FINDING_TOO_LARGE,   /* more than we take */
	FINDING_COUNT
};

struct evidence {
	enum finding finding;
	struct history history;
	int64_t asked_ms; /* to wait, says the HRIS; -1: it does not */
	int64_t now_ms;
	unsigned luck; /* 0 to 999: spreads retries */
};

enum verdict_action {
	VERDICT_CHANGE, /* queue a change, then acknowledge */
	VERDICT_LATER,	/* read again in wait_ms */
	VERDICT_BURY,	/* a dead letter: somebody must look */
	VERDICT_DROP	/* acknowledge: nothing is to be done */
};

struct verdict {
	enum verdict_action action;
	enum change_kind kind;	/* of VERDICT_CHANGE */
	int64_t wait_ms;	/* of VERDICT_LATER */
	struct history history; /* of VERDICT_LATER */
	const char *reason;	/* fixed words, for people; never NULL */
	int64_t pause_ms;	/* more than 0: spare the whole connection */
	bool stop;		/* call it no more until somebody changed it */
};

struct verdict verdict_of(const struct evidence *e);

/* Read again in about wait_ms, the history as it was. */
struct verdict verdict_wait(const struct history *h, int64_t wait_ms,
			    unsigned luck, const char *reason);

#endif
