/* Asking the HRIS for one person, and what the answer is evidence of. */
#include "desk.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "wait.h"

#define ANSWER_MAX ((size_t)16 << 20) /* of an answer, parsed */
#define LUCK_RANGE 1000
#define NO_ROOM_MS 10000 /* the client's line is full */

static void judge(struct errand *e, enum finding finding, int64_t asked_ms)
{
	struct evidence evidence = { .finding = finding,
				     .history = e->history,
				     .asked_ms = asked_ms,
				     .now_ms = clock_wall_ms(),
				     .luck = random_below(LUCK_RANGE) };

	e->look.verdict = verdict_of(&evidence);
	if (finding == FINDING_PERSON || finding == FINDING_MISSING)
		return;
	log_debug("a lookup failed",
		  log_bytes("connection", e->lookup.connection),
		  log_bytes("person", e->lookup.pid),
		  log_str("reason", e->look.verdict.reason),
		  log_int("tries", e->history.tries));
}

/* -------------------------------------------------------------- the answer */

static enum finding finding_of_outcome(enum fetch_outcome outcome, int status)
{
	switch (outcome) {
	case FETCH_PERSON:
		return FINDING_PERSON;
	case FETCH_GONE:
		return FINDING_MISSING;
	case FETCH_RETRY:
		return status == 429 ? FINDING_LIMITED : FINDING_BUSY;
	case FETCH_CREDENTIALS:
		return FINDING_CREDENTIALS;
	case FETCH_FORBIDDEN:
		return FINDING_FORBIDDEN;
	case FETCH_DETAIL:
	case FETCH_UNREADABLE:
		break;
	}
	return FINDING_UNREADABLE;
}

/*
 * R4: at equal content the provider's own last-modified orders; where there is
 * none, the time just before the call: the answer is at least as new.
 */
static int write_change(struct errand *e, const struct fetched *fetched,
			struct err *err)
{
	const struct setup *setup = e->wire.setup;
	struct change c = {
		.kind = e->look.verdict.kind,
		.source = CHANGE_LOOKUP,
		.organization = setup->organization,
		.connection = e->lookup.connection,
		.version =
			fetched->version ? fetched->version : e->wire.sent_ms,
		.observed_ms = e->wire.sent_ms,
	};

	if (c.kind == CHANGE_STATE)
		c.person = fetched->person;
	c.person.pid = e->lookup.pid;
	change_identify(&c);
	buf_clear(&e->change);
	change_encode(&c, &e->change);
	return buf_check(&e->change, "a change", err);
}

static int check_person(const struct errand *e, const struct person *person,
			struct err *err)
{
	if (!person->pid.len || str_eq(person->pid, e->lookup.pid))
		return 0;
	return err_set(err, ERR_INVALID,
		       "the answer is about another person than was asked for");
}

static const char *name_of_bit(unsigned bit)
{
	return bit < PERSON_FIELD_COUNT
		       ? person_field_name((enum person_field)bit)
		       : "status";
}

/* By name: what was there may be personal. */
static void tell_wrong_fields(const struct errand *e, uint32_t wrong)
{
	for (unsigned bit = 0; bit <= PERSON_FIELD_COUNT; bit++)
		if (wrong & PERSON_BIT(bit))
			log_warn("a field of a person could not be used",
				 log_bytes("connection", e->lookup.connection),
				 log_bytes("person", e->lookup.pid),
				 log_str("field", name_of_bit(bit)));
}

static void read_answer(struct errand *e, const struct http_answer *answer)
{
	struct fetched fetched = { .wrong = 0 };
	struct err err = { 0 };
	enum finding finding;
	const struct setup *setup = e->wire.setup;
	struct fetch_context ctx = setup_context(setup);
	int64_t now = clock_wall_ms();
	struct arena a;

	arena_init(&a, ANSWER_MAX);
	finding = finding_of_outcome(
		fetch_one_read(setup->manifest, &ctx, answer->status,
			       answer->body, NULL, now / CLOCK_DAY_MS, &a,
			       &fetched, &err),
		answer->status);
	if (finding == FINDING_PERSON &&
	    check_person(e, &fetched.person, &err) < 0)
		finding = FINDING_UNREADABLE;
	judge(e, finding, wait_asked_ms(answer, now));
	if (e->look.verdict.action == VERDICT_CHANGE &&
	    write_change(e, &fetched, &err) < 0) {
		finding = FINDING_UNREADABLE;
		judge(e, finding, -1);
	}
	if (finding == FINDING_UNREADABLE)
		source_complain(e->source, e->look.verdict.reason, err.text);
	tell_wrong_fields(e, fetched.wrong);
	arena_release(&a);
}

static void heed(struct errand *e)
{
	const struct verdict *v = &e->look.verdict;
	struct source_news n = { .stop = v->stop,
				 .pause_ms = v->pause_ms,
				 .good = v->action == VERDICT_CHANGE,
				 .reason = v->reason };

	source_heed(e->source, &n);
}

static void answer_cb(const struct http_answer *answer, void *arg)
{
	struct errand *e = arg;

	if (answer->status) {
		read_answer(e, answer);
	} else {
		judge(e, finding_of(answer->err.kind, 0), -1);
		source_complain(e->source, e->look.verdict.reason,
				answer->err.text);
	}
	heed(e);
	look_feed(&e->look, LOOK_IN_ANSWER);
	errand_end_call(e);
}

/* ------------------------------------------------------------- the request */

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct errand *e = arg;

	return fetch_one_request(e->wire.setup->manifest, ctx, e->lookup.pid, a,
				 out, err);
}

bool call_start(struct errand *e)
{
	const struct wire_spec spec = { .build = build_cb,
					.ended = answer_cb,
					.arg = e };
	struct err err = { 0 };

	if (wire_start(&e->wire, e->source, &spec, &err) == 0)
		return true;
	if (err.kind == ERR_TEMP || err.kind == ERR_LIMIT) {
		e->look.verdict = verdict_wait(&e->history, NO_ROOM_MS,
					       random_below(LUCK_RANGE),
					       "no room for another call");
		return false;
	}
	judge(e, FINDING_SETUP, -1);
	source_complain(e->source, e->look.verdict.reason, err.text);
	heed(e);
	return false;
}
