/* What every vendor's rendering is made of. */
#include "render.h"

void add_text(struct json_writer *w, const char *key, const char *text)
{
	if (text[0])
		json_add_z(w, key, text);
	else
		json_add_null(w, key);
}

void add_field(struct json_writer *w, const char *key, const struct employee *e,
	       enum employee_field f)
{
	char text[TEXT_SIZE];

	add_text(w, key, employee_text(e, f, text));
}

void add_time(struct json_writer *w, const char *key, int64_t ms,
	      enum time_style style)
{
	char text[TEXT_SIZE];

	json_add_z(w, key, time_text(ms, style, text));
}

void add_person(struct json_writer *w, const char *key, enum vendor v,
		const struct view *view, uint32_t n)
{
	char text[VENDOR_ID_SIZE];

	if (n == EMPLOYEE_NONE)
		json_add_null(w, key);
	else
		json_add_z(w, key, vendor_id(v, view->company, n, text));
}

void add_object(struct json_writer *w, const char *key, const struct id_form *f,
		const struct view *view, uint32_t n)
{
	char text[VENDOR_ID_SIZE];

	json_add_z(w, key, object_id(f, view->company, n, text));
}

bool is_here(const struct employee *e)
{
	return e->status == EMPLOYEE_ACTIVE || e->status == EMPLOYEE_ON_LEAVE;
}
