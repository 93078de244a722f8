#include "eventlog.h"

#include "state.h"

void event_log_open(struct event_log *l, struct exchange *x,
		    const uint32_t *after)
{
	*l = (struct event_log){ .x = x,
				 .target = { .vendor = x->api->vendor } };
	if (after) {
		l->seq = (*after + 1) / WEBHOOK_EVENTS_MAX;
		l->at = (*after + 1) % WEBHOOK_EVENTS_MAX;
	}
	l->message = (struct webhook_message){ .target = &l->target,
					       .view = &x->view,
					       .happening = &l->happening };
}

/* The happening at seq or later. False: there is none yet. */
static bool load(struct event_log *l)
{
	const struct journal_entry *j =
		journal_from(&l->x->sandbox->journal, l->seq);

	if (!j)
		return false;
	if (j->seq != l->seq)
		l->at = 0; /* the one that was asked for is forgotten */
	l->seq = j->seq;
	/* Of who is deleted it tells how they were last. */
	if (!company_get(&l->x->sandbox->company, j->n, &l->who))
		l->who.n = j->n;
	l->happening = (struct happening){ j->kind, &l->who, j->fields };
	l->message.now_us = j->at_ms * 1000;
	l->count = webhook_events(&l->target, &l->happening, false, l->names);
	return true;
}

bool event_log_next(struct event_log *l)
{
	while (load(l)) {
		if (l->at < l->count) {
			l->message.event = l->names[l->at];
			l->message.number = webhook_number(l->seq, l->at);
			l->at++;
			return true;
		}
		l->seq++;
		l->at = 0;
	}
	return false;
}
