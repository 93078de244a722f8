/*
 * Deadlines without a timer per connection: all that are in one phase have
 * the same time, so each phase's list is in the order of its deadlines, and a
 * tick looks at the lists' heads.
 */
#include "base/clock.h"
#include "internal.h"

#define TICK_MS	    250
#define TICK_MIN_MS 5
#define LINGER_MS   2000

static void expire_all(struct http_server *s, enum http_phase phase,
		       int64_t now)
{
	struct http_conn *c;

	if (!s->phase_ms[phase])
		return;
	while ((c = TAILQ_FIRST(&s->phases[phase])) && c->deadline_ms <= now)
		http_conn_expire(c);
}

static void tick_cb(void *arg)
{
	struct http_server *s = arg;
	int64_t now = clock_mono_ms();

	s->ticking = false;
	for (int phase = 0; phase < HTTP_PHASE_COUNT; phase++)
		expire_all(s, (enum http_phase)phase, now);
	if (s->connections)
		http_deadlines_need_tick(s);
}

void http_deadlines_init(struct http_server *s)
{
	s->phase_ms[HTTP_IDLE] = s->limits.idle_ms;
	s->phase_ms[HTTP_READ_HEAD] = s->limits.header_ms;
	s->phase_ms[HTTP_READ_BODY] = s->limits.body_ms;
	s->phase_ms[HTTP_READ_STREAM] = s->limits.stream_ms;
	s->phase_ms[HTTP_WRITING] = s->limits.reply_ms;
	s->phase_ms[HTTP_LINGERING] = LINGER_MS;
	s->tick_ms = TICK_MS;
	for (int phase = 0; phase < HTTP_PHASE_COUNT; phase++) {
		int64_t ms = s->phase_ms[phase] / 8;

		if (ms && ms < s->tick_ms)
			s->tick_ms = ms;
		TAILQ_INIT(&s->phases[phase]);
	}
	if (s->tick_ms < TICK_MIN_MS)
		s->tick_ms = TICK_MIN_MS;
	loop_timer_init(&s->tick, s->loop, tick_cb, s);
}

void http_deadlines_need_tick(struct http_server *s)
{
	if (s->ticking)
		return;
	s->ticking = true;
	loop_timer_set(&s->tick, s->tick_ms);
}
