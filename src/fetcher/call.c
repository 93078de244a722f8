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

/* ------------------------------------------------------------- the answer */

static enum finding finding_of_outcome(enum fetch_outcome outcome)
{
	switch (outcome) {
	case FETCH_PERSON:
		return FINDING_PERSON;
	case FETCH_GONE:
		return FINDING_MISSING;
	case FETCH_RETRY:
		return FINDING_BUSY;
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
	person_digest(&c.person, e->digest);
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

/* The person as a whole is there, or nothing of it is of use. */
static void take_person(struct errand *e, enum finding finding,
			int64_t asked_ms, const struct fetched *fetched,
			struct err *err)
{
	if (finding == FINDING_PERSON &&
	    check_person(e, &fetched->person, err) < 0)
		finding = FINDING_UNREADABLE;
	judge(e, finding, asked_ms);
	if (e->look.verdict.action == VERDICT_CHANGE &&
	    write_change(e, fetched, err) < 0) {
		finding = FINDING_UNREADABLE;
		judge(e, finding, -1);
	}
	if (finding == FINDING_UNREADABLE || finding == FINDING_NO_ANSWER)
		source_complain(e->source, e->look.verdict.reason, err->text);
	tell_wrong_fields(e, fetched->wrong);
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

static void end_call(struct errand *e)
{
	heed(e);
	arena_release(&e->answer);
	look_feed(&e->look, LOOK_IN_ANSWER);
}

/* ------------------------------------------------------------ the details */

static void one_cb(size_t i, const struct fetched *f, const struct err *err,
		   void *arg)
{
	const struct fetched nobody = { .wrong = 0 };
	struct errand *e = arg;
	struct err why = *err;

	(void)i;
	take_person(e, f ? FINDING_PERSON : FINDING_UNREADABLE, -1,
		    f ? f : &nobody, &why);
}

static void details_cb(enum finding finding, int64_t asked_ms,
		       const struct err *err, void *arg)
{
	struct errand *e = arg;

	if (finding != FINDING_PERSON) {
		judge(e, finding, asked_ms);
		source_complain(e->source, e->look.verdict.reason, err->text);
	}
	end_call(e);
}

static int start_details(struct errand *e, const struct fetched *fetched,
			 struct err *err)
{
	const struct details_spec spec = { .source = e->source,
					   .class = BUDGET_SINGLE,
					   .tables = e->tables,
					   .rows = &e->row,
					   .count = 1,
					   .one = one_cb,
					   .ended = details_cb,
					   .arg = e };

	e->row = (struct detail_row){ .pid = e->lookup.pid,
				      .row = fetched->row,
				      .needs = fetched->details };
	return details_start(&e->details, &spec, err);
}

/* True: further calls are under way, and end the errand's. */
static bool read_answer(struct errand *e, const struct http_answer *answer)
{
	const struct manifest *m = e->wire.setup->manifest;
	struct fetch_context ctx = setup_context(e->wire.setup);
	struct fetched fetched = { .wrong = 0 };
	struct err err = { .kind = ERR_NONE };
	int64_t now = clock_wall_ms();
	enum fetch_outcome outcome;
	enum finding finding;

	arena_init(&e->answer, ANSWER_MAX);
	outcome =
		fetch_one_read(m, &ctx, answer->status, answer->body, e->tables,
			       now / CLOCK_DAY_MS, &e->answer, &fetched, &err);
	if (outcome == FETCH_DETAIL && start_details(e, &fetched, &err) == 0)
		return true;
	finding = finding_of_outcome(outcome);
	take_person(e, wait_finding(m, finding, answer->status),
		    wait_asked_ms(m, answer, now), &fetched, &err);
	return false;
}

/* A detail waits for a place, which may be the errand's own. */
static void answer_cb(const struct http_answer *answer, void *arg)
{
	struct errand *e = arg;

	if (!answer->status) {
		judge(e, finding_of(answer->err.kind, 0), -1);
		source_complain(e->source, e->look.verdict.reason,
				answer->err.text);
		end_call(e);
	} else if (!read_answer(e, answer)) {
		end_call(e);
	}
	errand_end_call(e);
}

/* ------------------------------------------------------------ the request */

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct errand *e = arg;

	return fetch_one_request(e->wire.setup->manifest, ctx, e->lookup.pid, a,
				 out, err);
}

/* Names that the record refers to: errand.c has seen to it that they came. */
static bool has_names(struct errand *e)
{
	if (e->names_finding != FINDING_PERSON) {
		judge(e, e->names_finding, e->names_asked_ms);
		source_complain(e->source, e->look.verdict.reason,
				e->names_err.text);
		heed(e);
		return false;
	}
	e->tables = names_tables(e->names);
	return true;
}

bool call_start(struct errand *e)
{
	const struct wire_spec spec = { .build = build_cb,
					.ended = answer_cb,
					.arg = e };
	struct err err = { 0 };

	if (!has_names(e))
		return false;
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
