#include "tables.h"

#include "base/assert.h"
#include "base/map.h"
#include "base/mem.h"
#include "dates.h"
#include "fields.h"
#include "json/write.h"

#include <stdio.h>
#include <stdlib.h>

#define MEMBERS_MAX   8
#define KEY_MAX_BYTES 255
#define ROW_MAX_BYTES 16384 /* of a value, as JSON */
#define MAX_DEPTH     10    /* of rows within rows */
#define SLOT_BYTES    64    /* of a map per entry, at its emptiest */

struct entry {
	int64_t date; /* INT64_MIN: none */
	size_t size;  /* of all of it */
	struct str key;
	struct str value; /* JSON */
	char text[];	  /* both */
};

/* A map from "<table>/<key>" to struct entry. */
struct read_tables {
	struct map rows;
	struct map page;		/* what stood around the rows at hand */
	size_t bytes;			/* of both */
	const struct read_tables *base; /* for what is not found; NULL */
};

/* ------------------------------------------------------------------- load */

static int load_member(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct table_member *m = out;
	struct str name = arena_dup(l->arena, json_key(v));

	if (!name.len)
		return load_fail(l, "a member without a name");
	m->name = name.ptr;
	return load_list(l, v, &m->from, arg);
}

static const struct load_items members = {
	.load = load_member,
	.size = sizeof(struct table_member),
	.max = MEMBERS_MAX,
	.arg = &load_sources,
	.members = true,
};

/* An object is members, unless it is a place. */
static int load_value(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct table_rule *r = out;

	(void)arg;
	if (json_is(v, JSON_OBJECT) && !source_is_object(v))
		return load_list(l, v, &r->members, &members);
	return load_list(l, v, &r->value, &load_sources);
}

#define AT(member) offsetof(struct table_rule, member)

const struct load_key table_rule_keys[TABLE_RULE_KEY_COUNT] = {
	{ "key", load_list, AT(key), &load_sources, true },
	{ "value", load_value, 0, NULL, true },
	{ "latest", load_list, AT(latest), &load_sources, false },
	{ "latest_format", load_word, AT(format), &date_words, false },
	{ "children", load_pointer, AT(children), NULL, false },
};

int table_rule_check(struct loader *l, const struct json *v,
		     struct table_rule *r)
{
	if (load_name_of(l, v, &r->name, NULL) < 0)
		return -1;
	if (json_get(v, "latest_format") && !r->latest.count)
		return load_fail(l, "'latest_format' is of 'latest'");
	return 0;
}

/* ------------------------------------------------------------------- life */

struct read_tables *read_tables_new(void)
{
	struct read_tables *t = mem_new(sizeof(*t));

	map_init(&t->rows);
	map_init(&t->page);
	return t;
}

struct read_tables *read_tables_over(const struct read_tables *base)
{
	struct read_tables *t = read_tables_new();

	t->base = base;
	return t;
}

static void clear(struct read_tables *t, struct map *m)
{
	struct entry *e;
	size_t at = 0;

	while ((e = map_next(m, &at))) {
		(void)map_remove(m, e->key);
		t->bytes -= e->size;
		free(e);
	}
}

void tables_clear_page(struct read_tables *t)
{
	clear(t, &t->page);
}

void read_tables_free(struct read_tables **t)
{
	if (!*t)
		return;
	clear(*t, &(*t)->rows);
	clear(*t, &(*t)->page);
	map_release(&(*t)->rows);
	map_release(&(*t)->page);
	free(*t);
	*t = NULL;
}

size_t read_tables_bytes(const struct read_tables *t)
{
	return t->bytes;
}

/* -------------------------------------------------------------------- put */

static bool full_key(const char *table, struct str key, char *out, size_t room,
		     struct str *full)
{
	int n;

	if (!key.len || key.len > KEY_MAX_BYTES)
		return false;
	n = snprintf(out, room, "%s/%.*s", table, STR_ARG(key));
	*full = (struct str){ out, n > 0 ? (size_t)n : 0 };
	return n > 0 && (size_t)n < room;
}

static struct entry *new_entry(struct str key, struct str value, int64_t date)
{
	size_t size = sizeof(struct entry) + key.len + value.len;
	struct entry *e = mem_new(size);

	memcpy(e->text, key.ptr, key.len);
	memcpy(e->text + key.len, value.ptr, value.len);
	e->key = (struct str){ e->text, key.len };
	e->value = (struct str){ e->text + key.len, value.len };
	e->date = date;
	e->size = size + SLOT_BYTES;
	return e;
}

static int put(struct read_tables *t, struct map *m, struct entry *e,
	       struct err *err)
{
	struct entry *old;

	if (e->size > READ_TABLES_MAX_BYTES - t->bytes) {
		free(e);
		return err_set(err, ERR_LIMIT,
			       "the tables need more than %zu bytes",
			       READ_TABLES_MAX_BYTES);
	}
	old = map_put(m, e->key, e);
	t->bytes += e->size;
	if (old)
		t->bytes -= old->size;
	free(old);
	return 0;
}

/* Names and ids; what is nested has no place in a table. */
static struct found find_scalar(const struct list *from,
				const struct json *record,
				const struct surroundings *around)
{
	struct found f = sources_find(from, record, around);

	if (json_is(f.value, JSON_OBJECT) || json_is(f.value, JSON_ARRAY))
		f.value = NULL;
	return f;
}

/* False when there is nothing to keep. */
static bool write_value(const struct table_rule *r, const struct json *record,
			const struct surroundings *around, struct buf *out)
{
	const struct table_member *m = r->members.items;
	struct json_writer w;
	struct found f;

	json_writer_init(&w, out);
	if (!r->members.count) {
		f = find_scalar(&r->value, record, around);
		json_add_value(&w, NULL, f.value);
		return says_something(f.value);
	}
	json_open_object(&w, NULL);
	for (size_t i = 0; i < r->members.count; i++) {
		f = find_scalar(&m[i].from, record, around);
		if (f.value)
			json_add_value(&w, m[i].name, f.value);
	}
	json_close(&w);
	return true;
}

static int64_t date_of(const struct table_rule *r, const struct json *record,
		       const struct surroundings *around)
{
	struct found f = sources_find(&r->latest, record, around);
	int64_t day;

	return date_read(r->format, found_code(&f), &day) == DATE_DAY
		       ? day
		       : INT64_MIN;
}

/* Of several rows with one key: the first, or the one whose date counts. */
static bool replaces(const struct table_rule *r, int64_t date,
		     const struct entry *old, int64_t today)
{
	if (!old)
		return true;
	return r->latest.count && date_counts(date, old->date, today);
}

static int put_row(struct read_tables *t, const struct table_rule *r, bool page,
		   const struct json *record, const struct surroundings *around,
		   struct err *err)
{
	struct map *m = page ? &t->page : &t->rows;
	char room[TABLE_NAME_MAX + KEY_MAX_BYTES + 2];
	struct found f = sources_find(&r->key, record, around);
	int64_t date = date_of(r, record, around);
	struct buf value;
	struct str key;
	int res = 0;

	if (!full_key(r->name, found_word(&f), room, sizeof(room), &key) ||
	    !replaces(r, date, map_get(m, key), around->today))
		return 0;
	buf_init(&value, ROW_MAX_BYTES);
	if (write_value(r, record, around, &value)) {
		res = buf_check(&value, "a row of a table", err);
		if (res == 0)
			res = put(t, m, new_entry(key, buf_str(&value), date),
				  err);
	}
	buf_release(&value);
	return res;
}

/* Recursion is bounded by MAX_DEPTH: units within units. */
static int put_all(struct read_tables *t, const struct table_rule *r, bool page,
		   const struct json *record, const struct surroundings *around,
		   size_t depth, struct err *err)
{
	const struct json *child;
	int res = put_row(t, r, page, record, around, err);

	if (!r->children || depth == MAX_DEPTH)
		return res;
	child = json_first(json_path_find(r->children, record));
	for (; child && res == 0; child = json_next(child))
		res = put_all(t, r, page, child, around, depth + 1, err);
	return res;
}

int tables_put(struct read_tables *t, const struct table_rule *r, bool page,
	       const struct json *record, const struct surroundings *around,
	       struct err *err)
{
	return put_all(t, r, page, record, around, 1, err);
}

/* ------------------------------------------------------------------- find */

const struct json *tables_find(const struct read_tables *t, const char *table,
			       struct str key, struct arena *a)
{
	char room[TABLE_NAME_MAX + KEY_MAX_BYTES + 2];
	const struct entry *e;
	const struct json *v;

	if (!t || !full_key(table, key, room, sizeof(room), &key))
		return NULL;
	e = map_get(&t->page, key);
	if (!e)
		e = map_get(&t->rows, key);
	if (!e && t->base)
		e = map_get(&t->base->rows, key);
	if (!e || json_parse(&v, a, e->value, NULL, NULL) < 0)
		return NULL;
	return v;
}
