#include "slot.h"

#include "base/mem.h"

#include <stdlib.h>

enum run_kind slot_kind(const struct sync_state *s, bool can_change,
			int64_t now_ms)
{
	if (now_ms - s->reconcile_ms >= SLOT_RECONCILE_MS)
		return RUN_RECONCILE;
	if (!can_change || !s->since_ms || now_ms - s->full_ms >= SLOT_FULL_MS)
		return RUN_FULL;
	return RUN_INCREMENTAL;
}

/* ------------------------------------------------------------------ round */

struct turn {
	char *connection;
	int64_t ended_ms;
	int64_t not_before_ms;
	bool hurried;
};

void round_init(struct round *r)
{
	map_init(&r->turns);
}

static void turn_free(struct round *r, struct turn *t)
{
	(void)map_remove(&r->turns, str_of(t->connection));
	free(t->connection);
	free(t);
}

void round_release(struct round *r)
{
	struct turn *t;
	size_t at = 0;

	while ((t = map_next(&r->turns, &at)))
		turn_free(r, t);
	map_release(&r->turns);
}

void round_turn(struct round *r, struct str connection, int64_t now_ms,
		int64_t not_before_ms)
{
	struct turn *t = map_get(&r->turns, connection);

	if (!t) {
		if (r->turns.len >= ROUND_MAX)
			return; /* then it counts as one that had none */
		t = mem_new(sizeof(*t));
		t->connection = mem_dup(connection.ptr, connection.len);
		(void)map_put(&r->turns, str_of(t->connection), t);
	}
	t->ended_ms = now_ms;
	t->not_before_ms = not_before_ms;
	t->hurried = false;
}

void round_hurry(struct round *r, struct str connection, int64_t now_ms)
{
	struct turn *t;

	round_turn(r, connection, now_ms, 0);
	t = map_get(&r->turns, connection);
	if (!t)
		return;
	t->ended_ms = 0; /* before all others */
	t->hurried = true;
}

bool round_is_hurried(const struct round *r, struct str connection)
{
	const struct turn *t = map_get(&r->turns, connection);

	return t && t->hurried;
}

void round_forget(struct round *r, struct str connection)
{
	struct turn *t = map_get(&r->turns, connection);

	if (t)
		turn_free(r, t);
}

bool round_may(const struct round *r, struct str connection, int64_t now_ms)
{
	const struct turn *t = map_get(&r->turns, connection);

	return !t || now_ms >= t->not_before_ms;
}

int64_t round_last(const struct round *r, struct str connection)
{
	const struct turn *t = map_get(&r->turns, connection);

	return t ? t->ended_ms : 0;
}

void round_sweep(struct round *r, int64_t now_ms)
{
	struct turn *t;
	size_t at = 0;

	while ((t = map_next(&r->turns, &at)))
		if (now_ms - t->ended_ms > ROUND_FORGET_MS &&
		    now_ms >= t->not_before_ms)
			turn_free(r, t);
}
