#include "suspects.h"

#include "change/change.h"
#include "crash.h"

#include <inttypes.h>

#define LIVES_MAX 3 /* processes that may look at one entry */

static const char note_sql[] =
	"INSERT INTO suspects (shard, entry, life, lives)"
	" VALUES ($1, $2, $3, 1) ON CONFLICT (shard, entry) DO UPDATE SET"
	" lives = suspects.lives + CASE WHEN suspects.life = excluded.life"
	" THEN 0 ELSE 1 END, life = excluded.life RETURNING lives";
static const char erase_sql[] =
	"DELETE FROM suspects WHERE shard = $1 AND entry = $2";

bool suspects_include(const struct applier *a, const struct queue_entry *e)
{
	return e->deliveries > a->max_deliveries;
}

static int note(struct applier *a, unsigned shard, struct str entry,
		int64_t *lives, struct err *err)
{
	enum db_step step;
	struct db_stmt *s;

	if (db_prepare(a->db, &s, note_sql, err) < 0)
		return -1;
	db_bind_int(s, 1, shard);
	db_bind_str(s, 2, entry);
	db_bind_z(s, 3, a->life);
	if (db_step(s, &step, err) < 0)
		return -1;
	*lives = db_int(s, 0);
	db_reset(s);
	return 0;
}

static int erase(struct applier *a, unsigned shard, struct str entry,
		 struct err *err)
{
	struct db_stmt *s;

	if (db_prepare(a->db, &s, erase_sql, err) < 0)
		return -1;
	db_bind_int(s, 1, shard);
	db_bind_str(s, 2, entry);
	return db_run(s, err);
}

static void accuse(const struct queue_entry *e, struct verdict *v)
{
	*v = (struct verdict){ .fate = FATE_BURY };
	err_fill(&v->why, ERR_TEMP, "not applied in %" PRIu64 " deliveries",
		 e->deliveries - 1);
}

/* What cannot be read was not applied; then it says why. */
static int look(struct applier *a, const struct queue_entry *e,
		struct verdict *v, struct err *err)
{
	struct change c;
	bool decided;

	arena_clear(&a->arena);
	if (!e->event.ptr ||
	    change_decode(&c, &a->arena, e->event, &v->why) < 0)
		return 0;
	if (directory_was_decided(a->dir, &c, &decided, err) < 0)
		return -1;
	if (decided)
		*v = (struct verdict){ .fate = FATE_ACK,
				       .outcome = APPLY_DUPLICATE };
	return 0;
}

/* FATE_LEAVE: it is to be looked at. */
static int note_all(struct applier *a, const struct applier_batch *b,
		    struct err *err)
{
	int64_t lives;

	for (size_t i = 0; i < b->count; i++) {
		if (!suspects_include(a, &b->entries[i]))
			continue;
		if (note(a, b->shard, b->entries[i].id, &lives, err) < 0)
			return -1;
		accuse(&b->entries[i], &b->verdicts[i]);
		if (lives <= LIVES_MAX)
			b->verdicts[i].fate = FATE_LEAVE;
	}
	return 0;
}

static int look_at_all(struct applier *a, const struct applier_batch *b,
		       struct err *err)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct queue_entry *e = &b->entries[i];
		struct verdict *v = &b->verdicts[i];
		bool open = v->fate == FATE_LEAVE;

		if (!suspects_include(a, e))
			continue;
		v->fate = FATE_BURY;
		if (open && look(a, e, v, err) < 0)
			return -1;
		if (erase(a, b->shard, e->id, err) < 0)
			return -1;
	}
	return 0;
}

typedef int step_fn(struct applier *a, const struct applier_batch *b,
		    struct err *err);

static int in_transaction(step_fn *step, struct applier *a,
			  const struct applier_batch *b, struct err *err)
{
	if (db_begin(a->db, err) < 0)
		return -1;
	if (step(a, b, err) < 0) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db, err);
}

static bool any(const struct applier *a, const struct applier_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (suspects_include(a, &b->entries[i]))
			return true;
	return false;
}

int suspects_judge(struct applier *a, const struct applier_batch *b,
		   struct err *err)
{
	if (!any(a, b))
		return 0;
	if (in_transaction(note_all, a, b, err) < 0)
		return -1;
	crash_pass(CRASH_AT_A_LOOK);
	return in_transaction(look_at_all, a, b, err);
}
