#include "person_map.h"

#include "base/assert.h"
#include "base/clock.h"
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

static const struct load_name empties[] = { { "null" }, { "absent" } };
static const struct load_words empty_words = LOAD_WORDS(empties);

static int load_empty(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	unsigned row;

	if (load_word(l, v, &row, arg) < 0)
		return -1;
	*(bool *)out = row == 1;
	return 0;
}

static const struct load_key field_keys[] = {
	{ "from", load_list, offsetof(struct field_rule, from), &load_sources,
	  true },
	{ "as", load_word, offsetof(struct field_rule, as), &transform_words,
	  false },
	{ "format", load_word, offsetof(struct field_rule, format), &date_words,
	  false },
	{ "choices", load_list, offsetof(struct field_rule, choices), &choices,
	  false },
	{ "empty", load_empty, offsetof(struct field_rule, empty_means_absent),
	  &empty_words, false },
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

/* A pointer, a list of them, or an object that says more. */
static int load_field(struct loader *l, const struct json *v, void *out,
		      const void *arg)
{
	struct field_rule *r = out;

	(void)arg;
	if (!person_field_find(json_key(v), &r->field))
		return load_fail(l, "is no field of a person");
	r->as = transform_default(r->field);
	if (!json_is(v, JSON_OBJECT))
		return load_list(l, v, &r->from, &load_sources);
	if (load_object(l, v, field_keys, ARRAY_LEN(field_keys), r) < 0)
		return -1;
	return check_field(l, v, r);
}

static const struct load_items fields = {
	.load = load_field,
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
	{ "status", load_nested, offsetof(struct person_map, status),
	  &load_status, true },
	{ "fields", load_list, offsetof(struct person_map, fields), &fields,
	  true },
	{ "version", load_list, offsetof(struct person_map, version),
	  &load_sources, false },
	{ "withheld", load_nested, 0, &withheld_table, false },
};

const struct load_table load_person_map = LOAD_TABLE(person_keys);

static bool is_withheld(const struct person_map *m, const struct json *record,
			struct str leaf)
{
	const struct json *v = sources_find(&m->withheld, record).value;

	for (v = json_first(v); v; v = json_next(v)) {
		const struct json *name = v;

		if (m->withheld_name)
			name = json_path_find(m->withheld_name, v);
		if (str_eq(json_string(name), leaf))
			return true;
	}
	return false;
}

static int apply_field(const struct person_map *m, const struct field_rule *r,
		       const struct json *record, struct arena *a,
		       struct person *out, uint32_t *wrong)
{
	struct found f = sources_find(&r->from, record);
	struct field *field = &out->fields[r->field];

	if (!f.value)
		return 0;
	switch (transform_apply(r, f.value, a, &field->value)) {
	case TRANSFORM_VALUE:
		field->state = FIELD_VALUE;
		return 0;
	case TRANSFORM_NULL:
		if (!r->empty_means_absent &&
		    !(m->withheld.count && is_withheld(m, record, f.leaf)))
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

int person_map_apply(const struct person_map *m, const struct json *record,
		     int64_t today, struct arena *a, struct person *out,
		     uint32_t *wrong, struct err *err)
{
	const struct field_rule *r = m->fields.items;
	struct found id = sources_find(&m->id, record);
	struct person p = { .pid = found_code(&id) };

	_Static_assert(PERSON_FIELD_COUNT < 32, "a bit per field");
	*wrong = 0;
	if (!p.pid.len || p.pid.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "the record has no id of 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	if (!status_apply(&m->status, record, today, &p)) {
		if (m->status.required)
			return err_set(err, ERR_INVALID,
				       "the record has no status");
		*wrong |= PERSON_STATUS_BIT;
	}
	for (size_t i = 0; i < m->fields.count; i++)
		if (apply_field(m, &r[i], record, a, &p, wrong) < 0)
			return arena_full(a, err);
	*out = p;
	return 0;
}

int person_map_version(const struct person_map *m, const struct json *record,
		       int64_t *out, struct err *err)
{
	struct found f = sources_find(&m->version, record);

	*out = 0;
	if (!f.value || json_type(f.value) == JSON_NULL)
		return 0;
	if (json_int(f.value, out) || clock_parse_ms(json_string(f.value), out))
		return 0;
	return err_set(err, ERR_INVALID,
		       "the record's version is neither an integer nor a time");
}
