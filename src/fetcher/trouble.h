/*
 * What it means for a run that a call of it did not give what it should have:
 * R16. Pure: times and luck come in from outside.
 */
#ifndef FETCHER_TROUBLE_H
#define FETCHER_TROUBLE_H

#include "base/err.h"
#include "verdict.h"

#include <stdbool.h>
#include <stdint.h>

enum trouble_action {
	TROUBLE_WAIT, /* the same page again, in wait_ms */
	TROUBLE_FAIL, /* the run ends here */
	TROUBLE_STOP, /* … and no call any more until somebody changed it */
	TROUBLE_COUNT
};

struct trouble {
	enum trouble_action action;
	int64_t wait_ms;    /* of TROUBLE_WAIT */
	int64_t pause_ms;   /* more than 0: spare the whole connection */
	const char *reason; /* fixed words, for people; never NULL */
};

/*
 * tries: how often this page failed before. asked_ms: what the HRIS asks to
 * wait; -1: it does not. luck: 0 to 999. finding is not FINDING_PERSON.
 */
struct trouble trouble_of(enum finding finding, unsigned tries,
			  int64_t asked_ms, unsigned luck);

/*
 * What the failure of a call means; status 0: there was no answer. err's kind
 * is as of http_answer and read_turn.
 */
enum finding finding_of(enum err_kind kind, int status);

#endif
