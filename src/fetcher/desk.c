#include "desk.h"

/* Longer than anything that a living fetcher has in hand ordinarily. */
int64_t desk_claim_ms(const struct desk *d)
{
	const struct settings *s = d->settings;

	return (int64_t)(s->claim_ms + s->call_ms + s->lookup_window_ms);
}

bool desk_idle(const struct desk *d)
{
	return errand_all_idle(d) && jobs_idle(d) && board_is_idle(d->board);
}

/* Something ended: free it, now that nothing of its own is on the stack. */
static void sweep_cb(void *arg)
{
	struct desk *d = arg;

	errand_sweep(d);
	jobs_sweep(d);
	board_sweep(d->board);
	if (d->draining) {
		if (desk_idle(d))
			loop_stop(d->loop);
		return;
	}
	intake_resume(d);
	jobs_resume(d);
}

void desk_init(struct desk *d, struct loop *loop, const struct settings *s,
	       const struct keyring *keys)
{
	d->loop = loop;
	d->settings = s;
	d->keys = keys;
	map_init(&d->sources);
	map_init(&d->quotas);
	errand_init(d);
	TAILQ_INIT(&d->chores);
	TAILQ_INIT(&d->chores_done);
	loop_task_init(&d->sweep, sweep_cb, d);
}
