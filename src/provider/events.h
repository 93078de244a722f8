/* What the body of a webhook tells: "events" and "once" of a manifest. */
#ifndef PROVIDER_EVENTS_H
#define PROVIDER_EVENTS_H

#include "loader.h"
#include "provider/webhook.h"

struct event_action;

/* One way in which a sender writes its events. */
struct event_shape {
	struct list items;	 /* const struct json_path *: first that is */
	struct list type;	 /* struct source */
	struct str type_default; /* of an item that does not say; or empty */
	struct list person_id;	 /* struct source */
	struct list time;	 /* struct source */
	const struct json_path *record; /* NULL: the item */
	struct list map;		/* struct event_word */
};

struct event_word {
	struct str type;
	unsigned action;
};

struct once_part;

extern const struct load_items load_events;
extern const struct load_items load_once;

/* Whether some event is a whole record, or leads to reading one. */
bool events_need_person(const struct list *shapes);
bool events_need_lookup(const struct list *shapes);

/* Fill in items, count and ignored. */
int events_read(const struct manifest *m, const struct webhook *w,
		const struct json *root, struct arena *a,
		struct webhook_delivery *out, struct err *err) MUST_CHECK;

/* Fill in once_id. */
int once_read(const struct manifest *m, const struct webhook *w,
	      struct arena *a, struct webhook_delivery *out,
	      struct err *err) MUST_CHECK;

/* For the cases: every type that is not ignored; false past the last. */
bool events_type(const struct list *shapes, size_t i, struct str *out);

#endif
