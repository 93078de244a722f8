#include "source.h"

#include "base/assert.h"
#include "dates.h"
#include "parts.h"
#include "source_kind.h"
#include "tables.h"

struct surroundings surroundings_of(const struct manifest *m,
				    const struct fetch_context *ctx,
				    const struct read_tables *tables,
				    int64_t today, struct arena *a)
{
	return (struct surroundings){
		.m = m,
		.settings = ctx ? ctx->settings : NULL,
		.tables = tables,
		.mapping = ctx ? ctx->mapping : NULL,
		.today = today,
		.arena = a,
	};
}

bool says_something(const struct json *v)
{
	if (json_is(v, JSON_STRING))
		return str_trim(json_string(v)).len > 0;
	return v && json_type(v) != JSON_NULL;
}

static struct str word_of(const struct json *v)
{
	if (json_is(v, JSON_BOOL))
		return json_true(v) ? STR("true") : STR("false");
	return json_text(v);
}

struct str found_code(const struct found *f)
{
	return str_trim(f->text.len ? f->text : json_text(f->value));
}

struct str found_word(const struct found *f)
{
	return str_trim(f->text.len ? f->text : word_of(f->value));
}

struct found sources_find(const struct list *sources, const struct json *root,
			  const struct surroundings *around)
{
	const struct source *s = sources->items;
	struct found first = { NULL, { 0 }, { 0 } };

	for (size_t i = 0; i < sources->count; i++, s++) {
		struct found f = { NULL, { 0 }, s->leaf };

		s->kind->find(s, root, around, &f);
		if (f.text.len || says_something(f.value))
			return f;
		if (f.value && !first.value)
			first = f;
	}
	return first;
}

/* ------------------------------------------------------ pointers and keys */

void find_pointer(const struct source *s, const struct json *root,
		  const struct surroundings *around, struct found *out)
{
	(void)around;
	out->value = json_path_find(s->path, root);
}

void find_key(const struct source *s, const struct json *root,
	      const struct surroundings *around, struct found *out)
{
	(void)s;
	(void)around;
	out->text = json_key(root);
}

/* ---------------------------------------------------------------- settings */

struct str setting_text(const struct surroundings *around, const char *name)
{
	struct str value = json_string(json_get(around->settings, name));
	const struct setting_field *f =
		value.len ? NULL : setting_of(around->m, str_of(name));

	return f ? str_of(f->fallback) : value;
}

/* "work.custom.level", where no member has that name as a whole. */
static const struct json *find_dotted(const struct json *v, struct str names)
{
	const struct json *whole = json_get_str(v, names);
	struct str name;

	if (whole)
		return whole;
	while (v && names.len) {
		(void)str_cut(&names, '.', &name);
		v = json_get_str(v, name);
	}
	return v;
}

/* The setting holds a pointer, or names of members. */
void find_setting_place(const struct source *s, const struct json *root,
			const struct surroundings *around, struct found *out)
{
	struct str place = setting_text(around, s->name);
	const struct json *object = json_path_find(s->path, root);
	const struct json_path *path;

	if (!place.len)
		return;
	if (place.ptr[0] != '/')
		out->value = find_dotted(object, place);
	else if (json_path_compile(&path, around->arena, place, NULL) == 0)
		out->value = json_path_find(path, object);
}

/* ------------------------------------------------------------------ tables */

void find_in_table(const struct source *s, const struct json *root,
		   const struct surroundings *around, struct found *out)
{
	struct found key = sources_find(&s->key, root, around);
	const struct json *row;

	row = tables_find(around->tables, s->name, found_word(&key),
			  around->arena);
	out->value = json_path_find(s->path, row);
}

/* --------------------------------------------------------- JSON in a text */

static const struct json_limits written_limits = { 65536, 16, 4096 };

/* What is no JSON holds nothing: the row then says too little. */
void find_written(const struct source *s, const struct json *root,
		  const struct surroundings *around, struct found *out)
{
	struct found text = sources_find(&s->key, root, around);
	const struct json *v;

	if (json_parse(&v, around->arena, json_string(text.value),
		       &written_limits, NULL) == 0)
		*out = sources_find(&s->take, v, around);
}

/* ---------------------------------------------------------------- elements */

bool date_counts(int64_t a, int64_t b, int64_t today)
{
	if ((a <= today) != (b <= today))
		return a <= today;
	return a <= today ? a > b : a < b;
}

/* Which elements count. */
struct wanted {
	const struct source *s;
	const struct surroundings *around;
	struct str one; /* what a setting or the record says */
};

static struct wanted wanted_of(const struct source *s, const struct json *root,
			       const struct surroundings *around)
{
	struct wanted w = { s, around, { 0 } };
	struct found f;

	if (s->equals_set) {
		w.one = setting_text(around, s->equals_set);
	} else if (s->same.count) {
		f = sources_find(&s->same, root, around);
		w.one = found_word(&f);
	}
	return w;
}

static bool fits(const struct wanted *w, const struct json *e)
{
	const struct str *words = w->s->equals.items;
	struct found f;
	struct str is;

	if (!w->s->where.count)
		return true;
	f = sources_find(&w->s->where, e, w->around);
	is = found_word(&f);
	for (size_t i = 0; i < w->s->equals.count; i++)
		if (str_eq(is, words[i]))
			return true;
	return is.len && str_eq(is, w->one);
}

static int64_t date_of(const struct source *s, const struct json *e,
		       const struct surroundings *around)
{
	struct found f = sources_find(&s->latest, e, around);
	int64_t day;

	return date_read(s->format, found_code(&f), &day) == DATE_DAY
		       ? day
		       : INT64_MIN;
}

const struct json *elements_first(const struct json *v)
{
	if (json_is(v, JSON_ARRAY))
		return json_first(v);
	return v && json_type(v) != JSON_NULL ? v : NULL;
}

const struct json *elements_next(const struct json *v, const struct json *e)
{
	return json_is(v, JSON_ARRAY) ? json_next(e) : NULL;
}

static const struct json *find_latest(const struct wanted *w,
				      const struct json *v)
{
	const struct json *best = NULL;
	int64_t best_date = 0;

	for (const struct json *e = elements_first(v); e;
	     e = elements_next(v, e)) {
		int64_t date;

		if (!fits(w, e))
			continue;
		date = date_of(w->s, e, w->around);
		if (best && !date_counts(date, best_date, w->around->today))
			continue;
		best = e;
		best_date = date;
	}
	return best;
}

static const struct json *taken(const struct source *s, const struct json *e,
				const struct surroundings *around)
{
	return s->take.count && e ? sources_find(&s->take, e, around).value : e;
}

void find_each(const struct source *s, const struct json *root,
	       const struct surroundings *around, struct found *out)
{
	const struct json *v = json_path_find(s->path, root);
	const struct wanted w = wanted_of(s, root, around);

	if (s->latest.count) {
		out->value = taken(s, find_latest(&w, v), around);
		return;
	}
	for (const struct json *e = elements_first(v); e;
	     e = elements_next(v, e)) {
		const struct json *value;

		if (!fits(&w, e))
			continue;
		value = taken(s, e, around);
		if (!out->value || says_something(value))
			out->value = value;
		if (says_something(value))
			return;
	}
}
