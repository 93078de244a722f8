/* The standard provider's body: what any system may push. */
#include "render.h"

#include "text.h"
#include "vendor.h"

void standard_person(const struct view *v, const struct employee *e,
		     struct json_writer *w)
{
	char out[TEXT_SIZE];
	struct employee m;

	json_add_z(w, "id", vendor_id(VENDOR_STANDARD, v->company, e->n, out));
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (f != FIELD_MANAGER)
			add_text(w, employee_field_name((enum employee_field)f),
				 employee_text(e, (enum employee_field)f, out));
	if (view_manager(v, e, &m))
		json_add_z(w, "manager_id",
			   vendor_id(VENDOR_STANDARD, v->company, m.n, out));
	else
		json_add_null(w, "manager_id");
	json_add_int(w, "version", e->version);
}
