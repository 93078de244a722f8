/* What the body of a webhook tells: "events" and "once" of a manifest. */
#ifndef PROVIDER_EVENTS_H
#define PROVIDER_EVENTS_H

#include "loader.h"
#include "provider/webhook.h"
#include "source.h"

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

/* What a row of a list of changes leads to. */
enum event_leads {
	EVENT_LOOKUP,  /* the person is to be read back */
	EVENT_GONE,    /* the same, and the HRIS says that it is gone */
	EVENT_RECORD,  /* the record is the person as it is now */
	EVENT_NOTHING, /* of a type that we have no use for */
};

load_fn load_changed_rows; /* out: struct event_shape */

/* ERR_INVALID: it has no type or no person's id. */
int events_row(const struct event_shape *s, const struct json *row,
	       const struct surroundings *around, enum event_leads *leads,
	       struct str *pid, struct err *err) MUST_CHECK;

/* Whether some row of that shape leads to reading a person back. */
bool events_row_lookup(const struct event_shape *s);

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
