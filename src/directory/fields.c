/* A member's fields before and after a change. */
#include "policy.h"

#include "json/write.h"

bool field_same(const struct field *a, const struct field *b)
{
	bool a_set = a->state == FIELD_VALUE, b_set = b->state == FIELD_VALUE;

	return a_set == b_set && (!a_set || str_eq(a->value, b->value));
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

int lower_email(struct field *f, struct arena *a, struct err *err)
{
	size_t i = 0;
	char *low;

	if (f->state != FIELD_VALUE)
		return 0;
	while (i < f->value.len && !is_upper(f->value.ptr[i]))
		i++;
	if (i == f->value.len)
		return 0;
	low = arena_alloc(a, f->value.len);
	if (!low)
		return arena_full(a, err);
	for (i = 0; i < f->value.len; i++) {
		char c = f->value.ptr[i];

		low[i] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
	}
	f->value.ptr = low;
	return 0;
}

void merge_fields(const struct person *p, const struct field *before,
		  struct field *after)
{
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field *f = &p->fields[i];
		bool keeps = f->state == FIELD_ABSENT ||
			     (f->state == FIELD_NULL && i == PERSON_EMAIL);

		after[i] = keeps ? before[i] : *f;
	}
}

static void add_value(struct json_writer *w, const struct field *f)
{
	if (f && f->state == FIELD_VALUE)
		json_add_string(w, NULL, f->value);
	else
		json_add_null(w, NULL);
}

static void add_fields(struct json_writer *w, const struct member_row *before,
		       const struct member_row *after)
{
	static const struct field none = { FIELD_NULL, { 0 } };

	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field *old = before ? &before->fields[i] : &none;

		if (field_same(old, &after->fields[i]))
			continue;
		json_open_array(w, person_field_name((enum person_field)i));
		add_value(w, old);
		add_value(w, &after->fields[i]);
		json_close(w);
	}
}

static void add_standing(struct json_writer *w, const struct member_row *before,
			 const struct member_row *after)
{
	if (!before || before->status != after->status) {
		json_open_array(w, "status");
		if (before)
			json_add_z(w, NULL, member_status_name(before->status));
		else
			json_add_null(w, NULL);
		json_add_z(w, NULL, member_status_name(after->status));
		json_close(w);
	}
	if (before ? before->roles != after->roles : after->roles != 0) {
		json_open_array(w, "roles");
		json_add_int(w, NULL, before ? before->roles : 0);
		json_add_int(w, NULL, after->roles);
		json_close(w);
	}
}

/* A link that moves is a change of the member, too. */
static void add_link(struct json_writer *w, const struct member_row *before,
		     const struct member_row *after)
{
	if (!before ||
	    (before->feed == after->feed && str_eq(before->pid, after->pid)))
		return;
	json_open_array(w, "person_id");
	if (before->feed)
		json_add_string(w, NULL, before->pid);
	else
		json_add_null(w, NULL);
	json_add_string(w, NULL, after->pid);
	json_close(w);
}

void write_difference(const struct member_row *before,
		      const struct member_row *after, struct buf *out)
{
	struct json_writer w;

	buf_clear(out);
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	add_fields(&w, before, after);
	add_standing(&w, before, after);
	add_link(&w, before, after);
	json_close(&w);
	if (out->len == 2) /* {} */
		buf_clear(out);
}
