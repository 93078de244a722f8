/* Whether an errand may call its HRIS now, and what becomes of it if not. */
#include "desk.h"

#include "base/clock.h"
#include "crypto/random.h"

#define CROWDED_MS     2000 /* per DESK_MAX_ERRANDS that are put off */
#define CROWDED_MAX_MS 300000
#define NO_DATABASE_MS 30000
#define LUCK_RANGE     1000

static struct verdict give_up(enum verdict_action action, const char *reason)
{
	return (struct verdict){ .action = action, .reason = reason };
}

/* Half as much again: luck must not bring it back before the pause is over. */
static bool waits(struct verdict *out, const struct errand *e, int64_t ms,
		  const char *reason)
{
	*out = verdict_wait(&e->history, ms + ms / 2, random_below(LUCK_RANGE),
			    reason);
	return true;
}

/*
 * A burst larger than the line comes back in portions that fit it. Is the HRIS
 * slower than that, the portions lie further and further apart.
 */
static int64_t crowded_ms(struct crowd *c)
{
	int64_t portions = (int64_t)(c->put_off++ / DESK_MAX_ERRANDS) + 1;

	if (portions > CROWDED_MAX_MS / CROWDED_MS)
		return CROWDED_MAX_MS;
	return portions * CROWDED_MS;
}

static bool forbids_state(struct errand *e, struct verdict *out)
{
	switch (source_look(e->source)) {
	case SOURCE_DELETED:
		*out = give_up(VERDICT_BURY, "there is no such connection");
		return true;
	case SOURCE_OFF:
		/* To enable it again starts a full read: nothing is missed. */
		*out = give_up(VERDICT_DROP, "the connection is not enabled");
		return true;
	case SOURCE_NO_DATABASE:
		return waits(out, e, NO_DATABASE_MS, "no database");
	case SOURCE_BROKEN:
		return waits(out, e, VERDICT_PARKED_MS, "setup");
	case SOURCE_READY:
		break;
	}
	if (manifest_has_lookup(source_setup(e->source)->manifest))
		return false;
	source_complain(e->source, "its provider cannot read one person", NULL);
	return waits(out, e, VERDICT_PARKED_MS, "setup");
}

bool gate_forbids(struct errand *e, struct verdict *out)
{
	struct source *s = e->source;

	if (e->desk->draining)
		return waits(out, e, 0, "handed back");
	if (forbids_state(e, out))
		return true;
	if (source_is_stopped(s))
		return waits(out, e, VERDICT_PARKED_MS, "stopped");
	if (source_paused_ms(s))
		return waits(out, e, source_paused_ms(s), "paused");
	if (e->early)
		return waits(out, e, errand_delay_ms(e), "too early");
	if (e->surplus)
		return waits(out, e, crowded_ms(source_crowd(s)), "crowded");
	return false;
}

void gate_join(struct errand *e)
{
	struct crowd *c = source_crowd(e->source);

	source_hold(e->source);
	c->errands++;
	e->surplus = c->errands > DESK_MAX_ERRANDS;
}

void gate_leave(struct errand *e)
{
	struct crowd *c = source_crowd(e->source);

	line_leave(e->source, &e->waiter);
	c->errands--;
	if (c->errands < DESK_MAX_ERRANDS / 2)
		c->put_off = 0;
	source_release(e->source);
}
