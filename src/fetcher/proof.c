#include "proof.h"

#include "base/assert.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- verdict */

void proof_count(struct proof *p, const struct person *person)
{
	p->rows++;
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		p->filled[i] += person->fields[i].state == FIELD_VALUE;
	p->filled[PERSON_FIELD_COUNT] += person->status > PERSON_STATUS_UNKNOWN;
}

/* "Most": more than half of them. */
static bool has_emptied(const struct proof *p, const struct proof_before *b,
			unsigned field)
{
	return b->filled[field] > b->rows / 2 && p->filled[field] == 0;
}

static bool find_emptied(const struct proof *p, const struct proof_before *b,
			 uint32_t mapped, unsigned *field)
{
	for (unsigned i = 0; i < PROOF_FIELD_COUNT; i++) {
		if (!(mapped & PERSON_BIT(i)) || !has_emptied(p, b, i))
			continue;
		*field = i;
		return true;
	}
	return false;
}

static bool has_shrunk(const struct proof *p, const struct proof_before *b,
		       unsigned least_percent)
{
	return b->people > 0 &&
	       p->people * 100 < b->people * (int64_t)least_percent;
}

/* An HRIS may count what the manifest leaves out, too. */
static bool is_total_wrong(const struct proof *p)
{
	return p->total >= 0 && p->total != p->people &&
	       p->total != p->people + p->left_out;
}

struct proof_verdict proof_judge(const struct proof *p,
				 const struct proof_before *before,
				 const struct proof_rule *rule)
{
	struct proof_verdict v = { PROOF_HOLDS, 0 };

	if (p->capped)
		v.fault = PROOF_CAPPED;
	else if (p->repeated)
		v.fault = PROOF_REPEATED;
	else if (!p->last_page)
		v.fault = PROOF_NO_END;
	else if (p->nameless)
		v.fault = PROOF_NAMELESS;
	else if (!p->people)
		v.fault = PROOF_EMPTY;
	else if (is_total_wrong(p))
		v.fault = PROOF_TOTAL;
	else if (has_shrunk(p, before, rule->least_percent))
		v.fault = PROOF_SHRUNK;
	else if (before->people > 0 &&
		 find_emptied(p, before, rule->mapped, &v.field))
		v.fault = PROOF_FIELD;
	return v;
}

/* ------------------------------------------------------------------ words */

static const struct fault {
	const char *name;
	const char *words; /* NULL: with figures, see below */
	bool confirmable;
} faults[PROOF_FAULT_COUNT] = {
	[PROOF_HOLDS] = { NULL, "", false },
	[PROOF_NO_END] = { "no_end", "the last page was not seen", false },
	[PROOF_REPEATED] = { "repeated",
			     "the HR system gave a page again instead of the "
			     "next",
			     false },
	[PROOF_CAPPED] = { "capped",
			   "there was no end after as many pages as a run may "
			   "have",
			   false },
	[PROOF_EMPTY] = { "empty",
			  "nobody came: see what the credentials may read",
			  false },
	[PROOF_NAMELESS] = { "nameless", NULL, false },
	[PROOF_TOTAL] = { "total", NULL, false },
	[PROOF_SHRUNK] = { "shrunk", NULL, true },
	[PROOF_FIELD] = { "field_empty", NULL, true },
};

const char *proof_fault_name(enum proof_fault f)
{
	ASSERT((unsigned)f < PROOF_FAULT_COUNT);
	return faults[f].name;
}

bool proof_is_confirmable(enum proof_fault f)
{
	ASSERT((unsigned)f < PROOF_FAULT_COUNT);
	return faults[f].confirmable;
}

static const char *field_name(unsigned i)
{
	return i < PERSON_FIELD_COUNT ? person_field_name((enum person_field)i)
				      : "status";
}

static void explain_total(const struct proof *p, struct buf *out)
{
	buf_addf(out,
		 "the HR system says that it has %lld people, and %lld came: "
		 "see what the credentials may read",
		 (long long)p->total, (long long)p->people);
}

static void explain_shrunk(const struct proof *p, const struct proof_before *b,
			   const struct proof_rule *rule, struct buf *out)
{
	buf_addf(out,
		 "%lld people came, fewer than %u %% of the %lld of the last "
		 "accepted read: see whether a filter or a right has changed",
		 (long long)p->people, rule->least_percent,
		 (long long)b->people);
}

void proof_explain(const struct proof *p, const struct proof_before *before,
		   const struct proof_rule *rule, struct proof_verdict v,
		   struct buf *out)
{
	ASSERT((unsigned)v.fault < PROOF_FAULT_COUNT);
	if (v.fault == PROOF_NAMELESS)
		buf_addf(out, "%lld records do not say whose they are",
			 (long long)p->nameless);
	else if (v.fault == PROOF_TOTAL)
		explain_total(p, out);
	else if (v.fault == PROOF_SHRUNK)
		explain_shrunk(p, before, rule, out);
	else if (v.fault == PROOF_FIELD)
		buf_addf(out,
			 "the field %s, which most people had, is empty for "
			 "all: see whether the credentials may still read it",
			 field_name(v.field));
	else
		buf_add_z(out, faults[v.fault].words);
}

/* ------------------------------------------------------------------ codec */

void proof_write(struct json_writer *w, const struct proof *p,
		 const struct proof_before *before)
{
	json_add_int(w, "people", p->people);
	json_add_int(w, "rows", p->rows);
	json_add_int(w, "nameless", p->nameless);
	json_add_int(w, "left_out", p->left_out);
	if (p->total >= 0)
		json_add_int(w, "total", p->total);
	if (before && before->people >= 0)
		json_add_int(w, "before", before->people);
	json_add_bool(w, "last_page", p->last_page);
	json_add_bool(w, "repeated", p->repeated);
	json_add_bool(w, "capped", p->capped);
	json_open_object(w, "filled");
	for (unsigned i = 0; i < PROOF_FIELD_COUNT; i++)
		if (p->filled[i])
			json_add_int(w, field_name(i), p->filled[i]);
	json_close(w);
}

static int64_t int_of(const struct json *v, const char *key, int64_t fallback)
{
	int64_t n;

	return json_int(json_get(v, key), &n) ? n : fallback;
}

static void read_filled(int64_t filled[PROOF_FIELD_COUNT], const struct json *v)
{
	for (unsigned i = 0; i < PROOF_FIELD_COUNT; i++)
		filled[i] = int_of(v, field_name(i), 0);
}

void proof_read(struct proof *p, const struct json *v)
{
	*p = (struct proof){
		.people = int_of(v, "people", 0),
		.rows = int_of(v, "rows", 0),
		.nameless = int_of(v, "nameless", 0),
		.left_out = int_of(v, "left_out", 0),
		.total = int_of(v, "total", -1),
		.last_page = json_true(json_get(v, "last_page")),
		.repeated = json_true(json_get(v, "repeated")),
		.capped = json_true(json_get(v, "capped")),
	};
	read_filled(p->filled, json_get(v, "filled"));
}

void proof_read_before(struct proof_before *b, const struct json *v)
{
	*b = (struct proof_before){ .people = int_of(v, "people", -1),
				    .rows = int_of(v, "rows", 0) };
	read_filled(b->filled, json_get(v, "filled"));
}
