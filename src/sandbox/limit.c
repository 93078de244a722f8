#include "limit.h"

#include "base/clock.h"
#include "exchange.h"
#include "state.h"
#include "text.h"

#include <stdio.h>

#define ZONE_MS (-7 * 3600000) /* of what is told as text */

static void add_number(struct exchange *x, const char *name, int64_t n)
{
	char text[24];

	if (!name)
		return;
	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	exchange_header(x, name, text);
}

static void add_reset(struct exchange *x, const struct limit *l, int64_t at_ms)
{
	char iso[TEXT_SIZE], text[TEXT_SIZE + 8];

	if (!l->reset)
		return;
	if (l->reset_form == LIMIT_RESET_EPOCH) {
		add_number(x, l->reset, at_ms / 1000);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s -0700",
		       time_text(at_ms + ZONE_MS, TIME_SPACE, iso));
	exchange_header(x, l->reset, text);
}

/* The callers really wait: the company's clock may stand. */
static struct limit_window *window_of(struct exchange *x, const struct limit *l,
				      int64_t now)
{
	struct limit_window *w =
		&exchange_state(x)->windows[l != x->api->limit];

	if (now - w->began_ms >= l->window_ms || now < w->began_ms)
		*w = (struct limit_window){ .began_ms = now };
	return w;
}

bool limit_take(struct exchange *x, const struct limit *l)
{
	int64_t now = clock_wall_ms(), reset;
	struct limit_window *w = window_of(x, l, now);
	char text[TEXT_SIZE];

	if (x->fault.value[FAULT_NO_RATE_LIMIT])
		return true;
	if (w->used <= l->count)
		w->used++;
	reset = (w->began_ms + l->window_ms + 999) / 1000 * 1000;
	add_number(x, l->limit, l->count);
	add_number(x, l->remaining,
		   w->used < l->count ? l->count - w->used : 0);
	add_reset(x, l, reset);
	if (w->used <= l->count)
		return true;
	if (l->retry_after)
		add_number(x, "Retry-After", (reset - now + 999) / 1000);
	exchange_refuse(x, REFUSE_THROTTLED, time_text(now, TIME_Z, text));
	return false;
}
