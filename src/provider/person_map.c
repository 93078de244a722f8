#include "person_map.h"

#include "base/assert.h"
#include "base/clock.h"
#include "dates.h"
#include "parts.h"
#include "setting_word.h"
#include "source.h"
#include "transform.h"

#define CHOICES_MAX 64

static int load_choice(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct choice *c = out;

	(void)arg;
	if (load_normal(l, json_key(v), &c->word) < 0)
		return -1;
	return load_text(l, v, &c->value, NULL);
}

static const struct load_items choices = {
	.load = load_choice,
	.size = sizeof(struct choice),
	.max = CHOICES_MAX,
	.members = true,
};

/* The first is the default. */
static const struct load_name empties[] = { { "null" }, { "absent" } };
static const struct load_words empty_words = LOAD_WORDS(empties);

static int load_either(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	unsigned row;

	if (load_word(l, v, &row, arg) < 0)
		return -1;
	*(bool *)out = row == 1;
	return 0;
}

/* out: struct field_rule */
static int load_format(struct loader *l, const struct json *v, void *out,
		       const void *arg)
{
	struct field_rule *r = out;

	return load_word_by(l, v, arg, &r->format, &r->format_by);
}

static const struct load_key field_keys[] = {
	{ "from", load_list, offsetof(struct field_rule, from), &load_sources,
	  true },
	{ "as", load_word, offsetof(struct field_rule, as), &transform_words,
	  false },
	{ "format", load_format, 0, &date_words, false },
	{ "choices", load_list, offsetof(struct field_rule, choices), &choices,
	  false },
	{ "empty", load_either, offsetof(struct field_rule, empty_means_absent),
	  &empty_words, false },
	{ "null_with", load_list, offsetof(struct field_rule, null_with),
	  &load_sources, false },
};

static bool names_row(const struct field_rule *r, const char *as)
{
	unsigned row;

	return words_find(&transform_words, str_of(as), &row) && row == r->as;
}

/* Dates stay dates whatever a manifest says: they are compared later. */
static int check_field(struct loader *l, const struct json *v,
		       const struct field_rule *r)
{
	bool date = names_row(r, "date");

	if (date != person_field_is_date(r->field))
		return load_fail(l, date ? "is not a date"
					 : "can only be read as a date");
	if (json_get(v, "format") && !date)
		return load_fail(l, "'format' is for dates");
	if (names_row(r, "choice") != (r->choices.count > 0))
		return load_fail(l, "'choices' and \"as\": \"choice\" need "
				    "each other");
	return 0;
}

/* Places, or an object that says more. */
int load_field_rule(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	struct field_rule *r = out;

	(void)arg;
	if (!person_field_find(json_key(v), &r->field))
		return load_fail(l, "is no field of a person");
	r->as = transform_default(r->field);
	if (!json_is(v, JSON_OBJECT) || source_is_object(v))
		return load_list(l, v, &r->from, &load_sources);
	if (load_object(l, v, field_keys, ARRAY_LEN(field_keys), r) < 0)
		return -1;
	return check_field(l, v, r);
}

static const struct load_items fields = {
	.load = load_field_rule,
	.size = sizeof(struct field_rule),
	.max = PERSON_FIELD_COUNT,
	.members = true,
};

static const struct load_key withheld_keys[] = {
	{ "names", load_list, offsetof(struct person_map, withheld),
	  &load_sources, true },
	{ "name", load_pointer, offsetof(struct person_map, withheld_name),
	  NULL, false },
};

static const struct load_table withheld_table = LOAD_TABLE(withheld_keys);

static const struct load_key person_keys[] = {
	{ "id", load_list, offsetof(struct person_map, id), &load_sources,
	  true },
	{ "group", load_list, offsetof(struct person_map, group), &load_sources,
	  false },
	{ "status", load_status, offsetof(struct person_map, status), NULL,
	  true },
	{ "fields", load_list, offsetof(struct person_map, fields), &fields,
	  true },
	{ "version", load_list, offsetof(struct person_map, version),
	  &load_sources, false },
	{ "withheld", load_nested, 0, &withheld_table, false },
};

const struct load_table load_person_map = LOAD_TABLE(person_keys);

static bool is_withheld(const struct person_map *m, const struct json *record,
			const struct surroundings *around, struct str leaf)
{
	const struct json *v = sources_find(&m->withheld, record, around).value;

	if (!leaf.len)
		return false;
	for (v = json_first(v); v; v = json_next(v)) {
		const struct json *name = v;

		if (m->withheld_name)
			name = json_path_find(m->withheld_name, v);
		if (str_eq(json_string(name), leaf))
			return true;
	}
	return false;
}

/* Nothing stands there because the HRIS does not write what is empty. */
static bool is_left_out(const struct field_rule *r, const struct json *record,
			const struct surroundings *around)
{
	return r->null_with.count &&
	       says_something(
		       sources_find(&r->null_with, record, around).value);
}

/* As the connection's settings have it. */
static enum transformed transform(const struct field_rule *r,
				  const struct json *v,
				  const struct surroundings *around,
				  struct str *out)
{
	struct field_rule settled = *r;

	settled.format = word_by(around, r->format_by, &date_words, r->format);
	return transform_apply(&settled, v, around->arena, out);
}

static int apply_field(const struct person_map *m, const struct field_rule *r,
		       const struct json *record,
		       const struct surroundings *around, struct person *out,
		       uint32_t *wrong)
{
	struct found f = sources_find(&r->from, record, around);
	struct field *field = &out->fields[r->field];

	if (!f.value) {
		if (is_left_out(r, record, around))
			field->state = FIELD_NULL;
		return 0;
	}
	switch (transform(r, f.value, around, &field->value)) {
	case TRANSFORM_VALUE:
		field->state = FIELD_VALUE;
		return 0;
	case TRANSFORM_NULL:
		if (!r->empty_means_absent &&
		    !(m->withheld.count &&
		      is_withheld(m, record, around, f.leaf)))
			field->state = FIELD_NULL;
		return 0;
	case TRANSFORM_WRONG:
		field->value = (struct str){ 0 };
		*wrong |= PERSON_BIT(r->field);
		return 0;
	case TRANSFORM_FULL:
		return -1;
	}
	return 0;
}

static const struct field_rule *find_rule(const struct list *rules,
					  enum person_field f)
{
	const struct field_rule *r = rules->items;

	for (size_t i = 0; i < rules->count; i++)
		if (r[i].field == f)
			return &r[i];
	return NULL;
}

const struct field_rule *person_map_rule(const struct person_map *m,
					 const struct mapping *own,
					 enum person_field f)
{
	const struct field_rule *r = own ? find_rule(&own->fields, f) : NULL;

	return r ? r : find_rule(&m->fields, f);
}

uint32_t mapping_fields(const struct manifest *m, const struct mapping *own)
{
	uint32_t bits = PERSON_STATUS_BIT;

	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field_rule *r =
			person_map_rule(&m->person, own, (enum person_field)i);

		if (r && r->from.count)
			bits |= PERSON_BIT(i);
	}
	return bits;
}

int person_map_id(const struct person_map *m, const struct json *record,
		  const struct surroundings *around, struct str *out,
		  struct err *err)
{
	const struct mapping *own = around->mapping;
	struct found f = sources_find(own && own->id.count ? &own->id : &m->id,
				      record, around);

	*out = found_code(&f);
	if (!out->len || out->len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "the record has no id of 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	return 0;
}

int person_map_apply(const struct person_map *m, const struct json *record,
		     const struct surroundings *around, struct person *out,
		     uint32_t *wrong, struct err *err)
{
	struct person p = { .status = PERSON_STATUS_ABSENT };

	_Static_assert(PERSON_FIELD_COUNT < 32, "a bit per field");
	*wrong = 0;
	if (person_map_id(m, record, around, &p.pid, err) < 0)
		return -1;
	if (!status_apply(&m->status, record, around, &p)) {
		if (m->status.required)
			return err_set(err, ERR_INVALID,
				       "the record has no status");
		*wrong |= PERSON_STATUS_BIT;
	}
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field_rule *r = person_map_rule(
			m, around->mapping, (enum person_field)i);

		if (r && apply_field(m, r, record, around, &p, wrong) < 0)
			return arena_full(around->arena, err);
	}
	*out = p;
	return 0;
}

int person_map_version(const struct person_map *m, const struct json *record,
		       const struct surroundings *around, int64_t *out,
		       struct err *err)
{
	struct found f = sources_find(&m->version, record, around);

	*out = 0;
	if (!f.value || json_type(f.value) == JSON_NULL)
		return 0;
	if (json_int(f.value, out) || clock_parse_ms(json_string(f.value), out))
		return 0;
	return err_set(err, ERR_INVALID,
		       "the record's version is neither an integer nor a time");
}

int person_map_fetched(const struct person_map *m, const struct json *record,
		       const struct surroundings *around, struct fetched *out,
		       struct err *err)
{
	struct fetched f = { .wrong = 0 };
	struct found group = sources_find(&m->group, record, around);

	if (person_map_apply(m, record, around, &f.person, &f.wrong, err) < 0 ||
	    person_map_version(m, record, around, &f.version, err) < 0)
		return -1;
	f.group = found_code(&group);
	if (f.group.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "the record's group has more than %d bytes",
			       PERSON_ID_MAX_BYTES);
	*out = f;
	return 0;
}

/* Who is there counts most, who has left least. */
static unsigned rank(enum person_status s)
{
	switch (s) {
	case PERSON_ACTIVE:
		return 4;
	case PERSON_ON_LEAVE:
		return 3;
	case PERSON_UPCOMING:
		return 2;
	case PERSON_DEPARTED:
		return 0;
	default:
		return 1;
	}
}

bool fetched_wins(const struct fetched *a, const struct fetched *b)
{
	const struct field *x = &a->person.fields[PERSON_START_DATE];
	const struct field *y = &b->person.fields[PERSON_START_DATE];
	unsigned ra = rank(a->person.status), rb = rank(b->person.status);

	if (ra != rb)
		return ra > rb;
	if (x->state != FIELD_VALUE || y->state != FIELD_VALUE)
		return x->state == FIELD_VALUE || y->state != FIELD_VALUE;
	/* "2026-01-31": as text they are in order. */
	return memcmp(x->value.ptr, y->value.ptr, x->value.len) >= 0;
}
