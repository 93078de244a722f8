#include "events.h"

#include "base/assert.h"
#include "base/clock.h"
#include "parts.h"
#include "source.h"

#define SHAPES_MAX 4
#define PLACES_MAX 4
#define TYPES_MAX  64

/* A version this far ahead would block whatever comes until then. */
#define MAX_AHEAD_MS CLOCK_DAY_MS

/* What an event of a type leads to: the words of "map". */
struct event_action {
	const char *name;
	enum { ACT_LOOKUP, ACT_CHANGE, ACT_IGNORE } act;
	bool deletion; /* of a lookup */
	bool urgent;
	enum change_kind kind; /* of a change */
};

static const struct event_action actions[] = {
	{ .name = "lookup", .act = ACT_LOOKUP },
	{ .name = "deleted-lookup", .act = ACT_LOOKUP, .deletion = true },
	{ .name = "urgent-lookup", .act = ACT_LOOKUP, .urgent = true },
	{ .name = "state", .act = ACT_CHANGE, .kind = CHANGE_STATE },
	{ .name = "gone", .act = ACT_CHANGE, .kind = CHANGE_GONE },
	{ .name = "ignore", .act = ACT_IGNORE },
};

static const struct load_words action_words = LOAD_WORDS(actions);

static int load_event_word(struct loader *l, const struct json *v, void *out,
			   const void *arg)
{
	struct event_word *w = out;
	struct str type = json_key(v);

	if (!type.len || type.len > CHANGE_REASON_MAX)
		return load_fail(l, "a type is empty or longer than %d bytes",
				 CHANGE_REASON_MAX);
	w->type = arena_dup(l->arena, type);
	if (!w->type.ptr)
		return load_fail(l, "the manifest needs too much memory");
	return load_word(l, v, &w->action, arg);
}

static const struct load_items event_words = {
	.load = load_event_word,
	.size = sizeof(struct event_word),
	.max = TYPES_MAX,
	.arg = &action_words,
	.members = true,
};

static const struct load_items places = {
	.load = load_pointer,
	.size = sizeof(const struct json_path *),
	.max = PLACES_MAX,
	.one = true,
};

#define AT(member) offsetof(struct event_shape, member)

static const struct load_key shape_keys[] = {
	{ "items", load_list, AT(items), &places, false },
	{ "type", load_list, AT(type), &load_sources, true },
	{ "type_default", load_text, AT(type_default), NULL, false },
	{ "person_id", load_list, AT(person_id), &load_sources_or_key, true },
	{ "time", load_list, AT(time), &load_sources, false },
	{ "record", load_pointer, AT(record), NULL, false },
	{ "map", load_list, AT(map), &event_words, true },
};

static const struct load_table shape_table = LOAD_TABLE(shape_keys);

const struct load_items load_events = {
	.load = load_nested,
	.size = sizeof(struct event_shape),
	.max = SHAPES_MAX,
	.arg = &shape_table,
	.one = true,
};

/* Rows of a list of changes: each is one event. */
static const struct load_key row_keys[] = {
	{ "person_id", load_list, AT(person_id), &load_sources_or_key, true },
	{ "type", load_list, AT(type), &load_sources, false },
	{ "type_default", load_text, AT(type_default), NULL, false },
	{ "record", load_pointer, AT(record), NULL, false },
	{ "map", load_list, AT(map), &event_words, false },
};

int load_changed_rows(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct event_shape *s = out;

	(void)arg;
	if (load_object(l, v, row_keys, ARRAY_LEN(row_keys), s) < 0)
		return -1;
	if ((s->type.count > 0) != (s->map.count > 0))
		return load_fail(l, "'type' and 'map' need each other");
	return 0;
}

typedef bool action_is_fn(const struct event_action *a);

static bool is_state(const struct event_action *a)
{
	return a->act == ACT_CHANGE && a->kind == CHANGE_STATE;
}

static bool is_lookup(const struct event_action *a)
{
	return a->act == ACT_LOOKUP;
}

static bool any_action(const struct list *shapes, action_is_fn *is)
{
	const struct event_shape *s = shapes->items;

	for (size_t i = 0; i < shapes->count; i++) {
		const struct event_word *w = s[i].map.items;

		for (size_t k = 0; k < s[i].map.count; k++)
			if (is(&actions[w[k].action]))
				return true;
	}
	return false;
}

bool events_need_person(const struct list *shapes)
{
	return any_action(shapes, is_state);
}

bool events_need_lookup(const struct list *shapes)
{
	return any_action(shapes, is_lookup);
}

bool events_type(const struct list *shapes, size_t i, struct str *out)
{
	const struct event_shape *s = shapes->items;

	for (size_t n = 0; n < shapes->count; n++) {
		const struct event_word *w = s[n].map.items;

		for (size_t k = 0; k < s[n].map.count; k++) {
			if (actions[w[k].action].act == ACT_IGNORE || i--)
				continue;
			*out = w[k].type;
			return true;
		}
	}
	return false;
}

static const struct event_action *find_action(const struct event_shape *s,
					      struct str type)
{
	const struct event_word *w = s->map.items;

	for (size_t i = 0; i < s->map.count; i++)
		if (str_eq(type, w[i].type))
			return &actions[w[i].action];
	return NULL; /* a type made after this manifest */
}

static enum event_leads leads_to(const struct event_action *a)
{
	if (!a || a->act == ACT_IGNORE)
		return EVENT_NOTHING;
	if (a->act == ACT_CHANGE)
		return a->kind == CHANGE_GONE ? EVENT_GONE : EVENT_RECORD;
	return a->deletion ? EVENT_GONE : EVENT_LOOKUP;
}

bool events_row_lookup(const struct event_shape *s)
{
	const struct event_word *w = s->map.items;

	for (size_t i = 0; i < s->map.count; i++) {
		enum event_leads leads = leads_to(&actions[w[i].action]);

		if (leads == EVENT_LOOKUP || leads == EVENT_GONE)
			return true;
	}
	return s->person_id.count && !s->map.count;
}

/* What one item is read with. */
struct reading {
	const struct manifest *m;
	const struct event_shape *shape;
	const struct webhook *w;
	const struct surroundings *around;
	int64_t signed_ms; /* when it was signed, else received */
};

static struct str type_of(const struct event_shape *s, const struct json *item,
			  const struct surroundings *around)
{
	struct found f = sources_find(&s->type, item, around);
	struct str type = str_trim(json_string(f.value));

	return type.len ? type : s->type_default;
}

static int find_pid(const struct event_shape *s, const struct json *item,
		    const struct surroundings *around, struct str *pid,
		    struct err *err)
{
	struct found f = sources_find(&s->person_id, item, around);

	*pid = found_code(&f);
	if (!pid->len || pid->len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "the event has no person's id of 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	return 0;
}

static int read_pid(const struct reading *r, const struct json *item,
		    struct str *pid, struct err *err)
{
	return find_pid(r->shape, item, r->around, pid, err);
}

int events_row(const struct event_shape *s, const struct json *row,
	       const struct surroundings *around, enum event_leads *leads,
	       struct str *pid, struct err *err)
{
	struct str type;

	*leads = EVENT_LOOKUP;
	if (s->map.count) {
		type = type_of(s, row, around);
		if (!type.len)
			return err_set(err, ERR_INVALID,
				       "the event has no type");
		*leads = leads_to(find_action(s, type));
	}
	if (*leads == EVENT_NOTHING)
		return 0;
	return find_pid(s, row, around, pid, err);
}

/* R4: the record's own version, else the event's time, else the signature's. */
static int read_version(const struct reading *r, const struct json *item,
			const struct json *record, int64_t *out,
			struct err *err)
{
	struct found f;

	if (person_map_version(&r->m->person, record, r->around, out, err) < 0)
		return -1;
	if (*out)
		return 0;
	f = sources_find(&r->shape->time, item, r->around);
	if (!f.value) {
		*out = r->signed_ms;
		return 0;
	}
	if (!clock_parse_ms(json_string(f.value), out))
		return err_set(err, ERR_INVALID,
			       "the event's time is not one of RFC 3339");
	if (*out > r->w->now_ms + MAX_AHEAD_MS)
		return err_set(err, ERR_INVALID,
			       "the event's time is more than a day ahead");
	return 0;
}

static int read_change(const struct reading *r, const struct json *item,
		       const struct event_action *act, struct webhook_item *out,
		       struct err *err)
{
	const struct json *record = item;
	struct change *c = &out->change;

	if (r->shape->record)
		record = json_path_find(r->shape->record, item);
	c->kind = act->kind;
	c->source = CHANGE_WEBHOOK;
	c->observed_ms = r->w->now_ms;
	if (read_version(r, item, record, &c->version, err) < 0)
		return -1;
	if (act->kind == CHANGE_GONE)
		return read_pid(r, item, &c->person.pid, err);
	return person_map_apply(&r->m->person, record, r->around, &c->person,
				&out->wrong, err);
}

static int read_lookup(const struct reading *r, const struct json *item,
		       const struct event_action *act, struct webhook_item *out,
		       struct err *err)
{
	out->is_lookup = true;
	out->lookup.reason = out->type;
	out->lookup.deletion = act->deletion;
	out->lookup.urgent = act->urgent;
	out->lookup.received_ms = r->w->now_ms;
	return read_pid(r, item, &out->lookup.pid, err);
}

static int read_item(const struct reading *r, const struct json *item,
		     struct webhook_delivery *out, struct err *err)
{
	struct webhook_item *place = &out->items[out->count];
	struct str type = type_of(r->shape, item, r->around);
	const struct event_action *act;
	int res;

	if (!type.len)
		return err_set(err, ERR_INVALID, "the event has no type");
	act = find_action(r->shape, type);
	if (!act || act->act == ACT_IGNORE)
		return 0;
	place->type = type;
	res = act->act == ACT_LOOKUP ? read_lookup(r, item, act, place, err)
				     : read_change(r, item, act, place, err);
	if (res == 0)
		out->count++;
	return res;
}

/*
 * Where a shape's events stand in this body; NULL when it has none. The body
 * itself is one event when it says of what type.
 */
static const struct json *find_items(const struct event_shape *s,
				     const struct json *root,
				     const struct surroundings *around,
				     bool *many)
{
	const struct json_path *const *list = s->items.items;
	bool may_be_root = s->items.count == 0;

	for (size_t i = 0; i < s->items.count; i++) {
		const struct json *v = json_path_find(list[i], root);

		may_be_root |= v == root;
		if (!v || v == root)
			continue;
		*many = json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT);
		return v;
	}
	*many = false;
	return may_be_root && type_of(s, root, around).len ? root : NULL;
}

static int read_many(const struct reading *r, const struct json *items,
		     struct webhook_delivery *out, struct err *err)
{
	size_t i = 0;

	for (items = json_first(items); items; items = json_next(items), i++)
		if (read_item(r, items, out, err) < 0)
			return err_prefix(err, "event %zu", i);
	return 0;
}

static int read_shape(const struct reading *r, const struct json *items,
		      bool many, struct webhook_delivery *out, struct err *err)
{
	size_t count = many ? json_size(items) : 1;

	if (count > WEBHOOK_MAX_ITEMS)
		return err_set(err, ERR_LIMIT, "more than %d events",
			       WEBHOOK_MAX_ITEMS);
	out->items = arena_zalloc(r->around->arena, count, sizeof(*out->items));
	if (!out->items)
		return arena_full(r->around->arena, err);
	if ((many ? read_many(r, items, out, err)
		  : read_item(r, items, out, err)) < 0)
		return -1;
	out->ignored = out->count == 0;
	return 0;
}

int events_read(const struct manifest *m, const struct webhook *w,
		const struct json *root, struct arena *a,
		struct webhook_delivery *out, struct err *err)
{
	const struct event_shape *s = m->webhook.events.items;
	const struct surroundings around = surroundings_of(
		m, w->context, NULL, w->now_ms / CLOCK_DAY_MS, a);
	struct reading r = { m, NULL, w, &around, w->now_ms };

	if (!signature_time(&m->webhook.signature, w, &r.signed_ms))
		r.signed_ms = w->now_ms;
	for (size_t i = 0; i < m->webhook.events.count; i++) {
		bool many;
		const struct json *items =
			find_items(&s[i], root, &around, &many);

		if (!items)
			continue;
		r.shape = &s[i];
		return read_shape(&r, items, many, out, err);
	}
	return err_set(err, ERR_INVALID,
		       "the body is none of the shapes that %s sends",
		       m->title);
}
