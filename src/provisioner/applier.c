#include "applier.h"

#include "base/clock.h"
#include "change/change.h"
#include "crash.h"
#include "suspects.h"

#define CHANGE_ARENA_MAX (4 << 20) /* bytes that one event may need */

void applier_init(struct applier *a, struct db *db, struct directory *dir,
		  uint64_t max_deliveries)
{
	*a = (struct applier){ .db = db,
			       .dir = dir,
			       .max_deliveries = max_deliveries };
	random_id(a->life);
	arena_init(&a->arena, CHANGE_ARENA_MAX);
}

void applier_release(struct applier *a)
{
	arena_release(&a->arena);
}

/*
 * Before anything is parsed. Suspects have their verdict: one that comes again
 * and again may be what kills the process. True when it is to be applied.
 */
static bool screen(const struct applier *a, const struct queue_entry *e,
		   struct verdict *v)
{
	if (suspects_include(a, e))
		return false;
	*v = (struct verdict){ .fate = FATE_ACK };
	if (!e->event.ptr) {
		v->fate = FATE_BURY;
		err_fill(&v->why, ERR_INVALID, "the entry has no event");
	}
	return v->fate == FATE_ACK;
}

enum result {
	RESULT_FINE,   /* v says what is to be done with the entry */
	RESULT_FAILED, /* the transaction is spoiled, as v->why says */
};

static enum result apply(struct applier *a, const struct queue_entry *e,
			 struct verdict *v)
{
	struct change c;

	if (v->fate != FATE_ACK || suspects_include(a, e))
		return RESULT_FINE;
	arena_clear(&a->arena);
	if (change_decode(&c, &a->arena, e->event, &v->why) < 0) {
		v->fate = FATE_BURY;
		return RESULT_FINE;
	}
	if (directory_apply(a->dir, &c, clock_wall_ms(), &v->outcome, &v->why) <
	    0)
		return RESULT_FAILED;
	return RESULT_FINE;
}

static int commit(struct applier *a, struct err *err)
{
	crash_pass(CRASH_BEFORE_COMMIT);
	if (db_commit(a->db, err) < 0)
		return -1;
	crash_pass(CRASH_AFTER_COMMIT);
	return 0;
}

/* All in one. *spoiled: one of them failed, nothing was written. */
static int run_together(struct applier *a, const struct applier_batch *b,
			bool *spoiled, struct err *err)
{
	*spoiled = false;
	if (directory_begin(a->dir, err) < 0)
		return -1;
	for (size_t i = 0; i < b->count; i++) {
		if (apply(a, &b->entries[i], &b->verdicts[i]) == RESULT_FINE)
			continue;
		db_rollback(a->db);
		*spoiled = true;
		return 0;
	}
	return commit(a, err);
}

/*
 * False when it is not this entry that is wrong but the database: then the
 * batch waits, and its entries do not come closer to the dead letters.
 */
static bool judge(struct verdict *v)
{
	if (err_policy(v->why.kind)->action == ERR_RETRY)
		return false;
	/* A conflict with another writer may be over next time. */
	v->fate = v->why.kind == ERR_CONFLICT ? FATE_LEAVE : FATE_BURY;
	return true;
}

static int apply_apart(struct applier *a, const struct queue_entry *e,
		       struct verdict *v, struct err *err)
{
	if (db_savepoint(a->db, "entry", err) < 0)
		return -1;
	if (apply(a, e, v) == RESULT_FINE)
		return db_savepoint_release(a->db, "entry", err);
	db_savepoint_rollback(a->db, "entry");
	if (judge(v))
		return 0;
	*err = v->why;
	return -1;
}

/* One by one, each with a savepoint: what fails is undone alone. */
static int run_apart(struct applier *a, const struct applier_batch *b,
		     struct err *err)
{
	if (directory_begin(a->dir, err) < 0)
		return -1;
	for (size_t i = 0; i < b->count; i++) {
		(void)screen(a, &b->entries[i], &b->verdicts[i]);
		if (apply_apart(a, &b->entries[i], &b->verdicts[i], err) < 0) {
			db_rollback(a->db);
			return -1;
		}
	}
	return commit(a, err);
}

int applier_run(struct applier *a, const struct applier_batch *b,
		struct err *err)
{
	bool spoiled, any = false;

	if (suspects_judge(a, b, err) < 0)
		return -1;
	for (size_t i = 0; i < b->count; i++)
		any |= screen(a, &b->entries[i], &b->verdicts[i]);
	if (!any)
		return 0;
	if (run_together(a, b, &spoiled, err) < 0)
		return -1;
	return spoiled ? run_apart(a, b, err) : 0;
}
