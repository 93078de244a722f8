#include "progress.h"

#include "base/assert.h"
#include "json/json.h"
#include "json/write.h"

#define CURSOR_MAX   32
#define ARENA_MAX    ((size_t)1 << 20)
#define RESTARTS_MAX 1000

static const char *const count_names[COUNT_COUNT] = {
	[COUNT_PEOPLE] = "people",	 [COUNT_QUEUED] = "queued",
	[COUNT_UNCHANGED] = "unchanged", [COUNT_LOOKUPS] = "lookups",
	[COUNT_UNUSABLE] = "unusable",	 [COUNT_ABSENT] = "absent",
	[COUNT_PAGES] = "pages",
};

static const char *const phase_names[WALK_PHASE_COUNT] = {
	[WALK_PAGES] = "reading",
	[WALK_VERDICT] = "judging",
	[WALK_ABSENT] = "telling",
};

const char *count_name(enum count c)
{
	ASSERT((unsigned)c < COUNT_COUNT);
	return count_names[c];
}

void progress_init(struct progress *p)
{
	*p = (struct progress){ .proof.total = -1 };
	buf_init(&p->state, READ_STATE_MAX);
	buf_init(&p->mark, READ_MARK_MAX);
	buf_init(&p->cursor, CURSOR_MAX);
	buf_init(&p->waits_for, PROGRESS_WHY_MAX);
}

void progress_release(struct progress *p)
{
	buf_release(&p->state);
	buf_release(&p->mark);
	buf_release(&p->cursor);
	buf_release(&p->waits_for);
}

void progress_restart(struct progress *p)
{
	unsigned restarts = p->restarts + 1;

	progress_release(p);
	progress_init(p);
	p->restarts = restarts;
}

/* ---------------------------------------------------------------- writing */

static void add_counts(struct json_writer *w, const char *key,
		       const int64_t *counts)
{
	json_open_object(w, key);
	for (unsigned i = 0; i < COUNT_COUNT; i++)
		json_add_int(w, count_names[i], counts[i]);
	json_close(w);
}

static void add_resume(struct json_writer *w, const struct progress *p)
{
	json_open_object(w, "resume");
	json_add_int(w, "started_ms", p->started_ms);
	json_add_bool(w, "partial", p->partial);
	json_add_string(w, "state", buf_str(&p->state));
	json_add_string(w, "mark", buf_str(&p->mark));
	json_add_string(w, "cursor", buf_str(&p->cursor));
	json_add_int(w, "tries", p->tries);
	json_add_int(w, "restarts", p->restarts);
	add_counts(w, "counts", p->counts);
	json_open_object(w, "proof");
	proof_write(w, &p->proof, NULL);
	json_close(w);
	json_close(w);
}

static void add_wait(struct json_writer *w, const struct progress *p)
{
	json_add_int(w, "waits_until_ms", p->waits_until_ms);
	json_add_string(w, "waits_for", buf_str(&p->waits_for));
	json_add_bool(w, "obeys", p->obeys);
}

void progress_write(const struct progress *p, const int64_t *now,
		    struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "phase", phase_names[p->phase]);
	json_add_z(&w, "read", read_kind_name(p->read));
	add_counts(&w, "counts", now ? now : p->counts);
	if (p->proof.total >= 0)
		json_add_int(&w, "total", p->proof.total);
	if (p->waits_until_ms)
		add_wait(&w, p);
	add_resume(&w, p);
	json_close(&w);
}

void progress_write_counts(const int64_t *counts, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	add_counts(&w, NULL, counts);
}

/* ---------------------------------------------------------------- reading */

static bool find_phase(struct str name, enum walk_phase *out)
{
	for (unsigned i = 0; i < WALK_PHASE_COUNT; i++) {
		if (!str_is(name, phase_names[i]))
			continue;
		*out = (enum walk_phase)i;
		return true;
	}
	return false;
}

static bool find_read(struct str name, enum read_kind *out)
{
	for (unsigned i = 0; i < READ_KIND_COUNT; i++) {
		if (!str_is(name, read_kind_name((enum read_kind)i)))
			continue;
		*out = (enum read_kind)i;
		return true;
	}
	return false;
}

static bool take_number(const struct json *v, const char *key, int64_t most,
			int64_t *out)
{
	return json_int(json_get(v, key), out) && *out >= 0 && *out <= most;
}

static bool take_counts(const struct json *v, int64_t counts[COUNT_COUNT])
{
	for (unsigned i = 0; i < COUNT_COUNT; i++)
		if (!take_number(v, count_names[i], INT64_MAX, &counts[i]))
			return false;
	return true;
}

static bool take_text(const struct json *v, const char *key, struct buf *out)
{
	struct str text = json_string(json_get(v, key));

	buf_clear(out);
	buf_add_str(out, text);
	return text.ptr && !out->failed;
}

static bool take_resume(struct progress *p, const struct json *v)
{
	int64_t tries, restarts;

	if (!take_number(v, "started_ms", INT64_MAX, &p->started_ms) ||
	    !take_number(v, "tries", RESTARTS_MAX, &tries) ||
	    !take_number(v, "restarts", RESTARTS_MAX, &restarts))
		return false;
	p->tries = (unsigned)tries;
	p->restarts = (unsigned)restarts;
	p->partial = json_true(json_get(v, "partial"));
	proof_read(&p->proof, json_get(v, "proof"));
	return take_text(v, "state", &p->state) &&
	       take_text(v, "mark", &p->mark) &&
	       take_text(v, "cursor", &p->cursor) &&
	       take_counts(json_get(v, "counts"), p->counts);
}

static void take_wait(struct progress *p, const struct json *v)
{
	p->waits_until_ms = 0;
	p->obeys = false;
	if (!take_number(v, "waits_until_ms", INT64_MAX, &p->waits_until_ms))
		return;
	p->obeys = json_true(json_get(v, "obeys"));
	(void)take_text(v, "waits_for", &p->waits_for);
}

int progress_read(struct progress *p, struct str text, struct err *err)
{
	const struct json *root;
	struct arena a;
	int result;

	arena_init(&a, ARENA_MAX);
	result = json_parse(&root, &a, text, NULL, err);
	if (result == 0 &&
	    (!find_phase(json_string(json_get(root, "phase")), &p->phase) ||
	     !find_read(json_string(json_get(root, "read")), &p->read) ||
	     !take_resume(p, json_get(root, "resume"))))
		result = err_set(err, ERR_INVALID,
				 "the progress of a run is not one of ours");
	else if (result == 0)
		take_wait(p, root);
	arena_release(&a);
	return result;
}
