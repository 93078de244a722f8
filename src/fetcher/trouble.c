#include "trouble.h"

#include "base/assert.h"

#include <stddef.h>

#define SECOND	   1000LL
#define MINUTE	   (60 * SECOND)
#define HOUR	   (60 * MINUTE)
#define LUCK_RANGE 1000
#define ASKED_MAX  30 /* tries while the HRIS says how long to wait */

/* R16, after a first try that only skips what is over in a moment. */
static const int64_t schedule[] = { 2 * SECOND,	 1 * MINUTE, 5 * MINUTE,
				    30 * MINUTE, 2 * HOUR,   6 * HOUR };

static const struct rule {
	const char *reason;
	unsigned tries; /* that are made again */
	enum trouble_action end;
	bool pauses; /* the wait is the whole connection's */
} rules[FINDING_COUNT] = {
	[FINDING_MISSING] = { "there is nothing where the people should be "
			      "(404): check the connection's settings",
			      0, TROUBLE_FAIL, false },
	[FINDING_LIMITED] = { "the HRIS asks to be called less often "
			      "(429)",
			      ARRAY_LEN(schedule), TROUBLE_FAIL, true },
	[FINDING_BUSY] = { "the HRIS answered with a fault of its own, "
			   "which it is to mend",
			   ARRAY_LEN(schedule), TROUBLE_FAIL, false },
	[FINDING_NO_ANSWER] = { "the HRIS did not answer", ARRAY_LEN(schedule),
				TROUBLE_FAIL, false },
	[FINDING_FORBIDDEN] = { "the credentials may not read this (403): "
				"give them the right in the HRIS",
				0, TROUBLE_FAIL, false },
	[FINDING_CREDENTIALS] = { "the HRIS refuses the credentials (401): "
				  "enter new ones",
				  0, TROUBLE_STOP, false },
	[FINDING_SETUP] = { "the connection's setup does not work", 0,
			    TROUBLE_STOP, false },
	[FINDING_UNREADABLE] = { "an answer is not what the manifest says", 3,
				 TROUBLE_FAIL, false },
	[FINDING_TOO_LARGE] = { "an answer or a record in it is too large", 0,
				TROUBLE_FAIL, false },
};

/* Up to a quarter more, never less than asked for. */
static int64_t spread(int64_t ms, unsigned luck)
{
	ASSERT(luck < LUCK_RANGE);
	return ms + ms / 4 * luck / LUCK_RANGE;
}

/* What the HRIS asks for is obeyed, up to a day. */
static bool is_asked(enum finding f, int64_t asked_ms)
{
	return asked_ms >= 0 && (f == FINDING_LIMITED || f == FINDING_BUSY);
}

struct trouble trouble_of(enum finding finding, unsigned tries,
			  int64_t asked_ms, unsigned luck)
{
	const struct rule *r = &rules[finding];
	bool asked = is_asked(finding, asked_ms);
	struct trouble t = { .action = TROUBLE_WAIT, .reason = r->reason };

	ASSERT(r->reason);
	if (tries >= (asked ? ASKED_MAX : r->tries)) {
		t.action = r->end;
		return t;
	}
	if (asked_ms > VERDICT_PAUSE_MAX_MS)
		asked_ms = VERDICT_PAUSE_MAX_MS;
	t.wait_ms = spread(asked ? asked_ms + SECOND : schedule[tries], luck);
	if (asked || r->pauses)
		t.pause_ms = t.wait_ms;
	return t;
}

static enum finding without_answer(enum err_kind kind)
{
	switch (kind) {
	case ERR_AUTH: /* no token is given to us */
		return FINDING_CREDENTIALS;
	case ERR_FORBIDDEN: /* the guard */
	case ERR_CONFIG:
		return FINDING_SETUP;
	case ERR_INVALID:
		return FINDING_UNREADABLE;
	case ERR_LIMIT:
		return FINDING_TOO_LARGE;
	default:
		return FINDING_NO_ANSWER;
	}
}

enum finding finding_of(enum err_kind kind, int status)
{
	if (!status)
		return without_answer(kind);
	switch (kind) {
	case ERR_TEMP:
		return status == 429 ? FINDING_LIMITED : FINDING_BUSY;
	case ERR_AUTH:
		return FINDING_CREDENTIALS;
	case ERR_FORBIDDEN:
		return FINDING_FORBIDDEN;
	case ERR_CONFIG:
		return FINDING_SETUP;
	case ERR_LIMIT:
		return FINDING_TOO_LARGE;
	default:
		return status == 404 || status == 410 ? FINDING_MISSING
						      : FINDING_UNREADABLE;
	}
}
