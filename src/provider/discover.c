#include "provider/discover.h"

#include "base/assert.h"
#include "base/map.h"
#include "base/mem.h"
#include "parts.h"
#include "transform.h"

#include <stdio.h>
#include <stdlib.h>

struct field_seen {
	struct discovered d; /* first: discovery_at gives it */
	size_t last_record;  /* that it was counted in */
	char pointer[DISCOVER_POINTER_MAX + 1];
	char samples[DISCOVER_MAX_SAMPLES][DISCOVER_SAMPLE_MAX + 1];
};

struct discovery {
	struct map by_pointer; /* of struct field_seen */
	struct field_seen *fields[DISCOVER_MAX_FIELDS];
	size_t count;
	size_t records;
};

struct discovery *discovery_new(void)
{
	struct discovery *d = mem_new(sizeof(*d));

	map_init(&d->by_pointer);
	return d;
}

void discovery_free(struct discovery **d)
{
	if (!*d)
		return;
	for (size_t i = 0; i < (*d)->count; i++)
		free((*d)->fields[i]);
	map_release(&(*d)->by_pointer);
	free(*d);
	*d = NULL;
}

/* ------------------------------------------------------------------ records */

struct place {
	char text[DISCOVER_POINTER_MAX + 1];
	size_t len;
	bool cut; /* it does not fit */
};

static void add_char(struct place *p, char c)
{
	if (p->len == DISCOVER_POINTER_MAX) {
		p->cut = true;
		return;
	}
	p->text[p->len++] = c;
}

/* RFC 6901: '~' and '/' of a name are escaped. */
static void add_name(struct place *p, struct str name)
{
	add_char(p, '/');
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		add_char(p, c == '/' ? '~' : c);
		if (c == '/')
			add_char(p, '1');
		else if (c == '~')
			add_char(p, '0');
	}
}

static struct field_seen *field_at(struct discovery *d, const struct place *p)
{
	struct str pointer = { p->text, p->len };
	struct field_seen *f = map_get(&d->by_pointer, pointer);

	if (f || d->count == DISCOVER_MAX_FIELDS || p->cut)
		return f;
	f = mem_new(sizeof(*f));
	memcpy(f->pointer, p->text, p->len);
	f->d.pointer = (struct str){ f->pointer, p->len };
	(void)map_put(&d->by_pointer, f->d.pointer, f);
	d->fields[d->count++] = f;
	return f;
}

/* Cut between two characters of UTF-8. */
static struct str shortened(struct str text)
{
	if (text.len <= DISCOVER_SAMPLE_MAX)
		return text;
	text.len = DISCOVER_SAMPLE_MAX;
	while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

static void add_sample(struct field_seen *f, struct str text)
{
	char *room;

	text = shortened(text);
	for (size_t i = 0; i < f->d.sample_count; i++)
		if (str_eq(text, f->d.samples[i]))
			return;
	if (f->d.sample_count == DISCOVER_MAX_SAMPLES)
		return;
	room = f->samples[f->d.sample_count];
	memcpy(room, text.ptr, text.len);
	f->d.samples[f->d.sample_count++] = (struct str){ room, text.len };
}

static void add_leaf(struct discovery *d, const struct place *p,
		     const struct json *v)
{
	struct field_seen *f = field_at(d, p);
	struct found found = { .value = v };
	struct str text = found_word(&found);

	if (!f || !text.len)
		return;
	add_sample(f, text);
	if (f->last_record == d->records)
		return;
	f->last_record = d->records;
	f->d.seen++;
}

/* Recursion is bounded by DISCOVER_MAX_DEPTH. */
static void walk(struct discovery *d, const struct json *v, struct place *p,
		 size_t depth)
{
	bool array = json_is(v, JSON_ARRAY);
	const struct place here = { .len = p->len, .cut = p->cut };
	size_t i = 0;

	if (!array && !json_is(v, JSON_OBJECT)) {
		add_leaf(d, p, v);
		return;
	}
	if (depth == DISCOVER_MAX_DEPTH)
		return;
	for (v = json_first(v); v; v = json_next(v), i++) {
		char room[STR_NUMBER_SIZE];

		if (array && i == DISCOVER_MAX_ITEMS)
			return;
		p->len = here.len;
		p->cut = here.cut;
		add_name(p, array ? str_of_u64(i, room) : json_key(v));
		walk(d, v, p, depth + 1);
	}
	p->len = here.len;
}

void discovery_add(struct discovery *d, const struct json *record)
{
	struct place p = { .len = 0 };

	d->records++;
	walk(d, record, &p, 0);
}

/* ------------------------------------------------------------------ feeding */

static bool feeds_status(const struct status_map *m, struct str pointer,
			 const struct surroundings *around)
{
	struct list places;

	for (size_t i = 0; status_places(m, i, &places); i++)
		if (sources_fed(&places, pointer, around))
			return true;
	return false;
}

static uint32_t feeds(const struct person_map *m, struct str pointer,
		      const struct surroundings *around)
{
	const struct mapping *own = around->mapping;
	uint32_t bits = 0;

	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field_rule *r =
			person_map_rule(m, own, (enum person_field)i);

		if (r && sources_fed(&r->from, pointer, around))
			bits |= PERSON_BIT(i);
	}
	if ((own && feeds_status(&own->status, pointer, around)) ||
	    feeds_status(&m->status, pointer, around))
		bits |= PERSON_STATUS_BIT;
	if (sources_fed(own && own->id.count ? &own->id : &m->id, pointer,
			around))
		bits |= DISCOVER_ID_BIT;
	return bits;
}

static int by_pointer(const void *a, const void *b)
{
	const struct field_seen *const *x = a, *const *y = b;

	return strcmp((*x)->pointer, (*y)->pointer);
}

void discovery_match(struct discovery *d, const struct manifest *m,
		     const struct fetch_context *ctx)
{
	const struct surroundings around =
		surroundings_of(m, ctx, NULL, 0, NULL);

	if (d->count)
		qsort(d->fields, d->count, sizeof(d->fields[0]), by_pointer);
	for (size_t i = 0; i < d->count; i++)
		d->fields[i]->d.feeds =
			feeds(&m->person, d->fields[i]->d.pointer, &around);
}

size_t discovery_records(const struct discovery *d)
{
	return d->records;
}

size_t discovery_count(const struct discovery *d)
{
	return d->count;
}

const struct discovered *discovery_at(const struct discovery *d, size_t i)
{
	ASSERT(i < d->count);
	return &d->fields[i]->d;
}
