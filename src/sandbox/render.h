/* Each vendor's way to write a person. Pure: from a view into a buf. */
#ifndef SANDBOX_RENDER_H
#define SANDBOX_RENDER_H

#include "base/buf.h"
#include "text.h"
#include "vendor.h"
#include "view.h"
#include "json/write.h"

/* --- what all have in common: render.c --- */

/* An empty text is null. */
void add_text(struct json_writer *w, const char *key, const char *text);

/* As employee_text writes it. */
void add_field(struct json_writer *w, const char *key, const struct employee *e,
	       enum employee_field f);
void add_time(struct json_writer *w, const char *key, int64_t ms,
	      enum time_style style);

/* v's id of person n; EMPLOYEE_NONE is null. */
void add_person(struct json_writer *w, const char *key, enum vendor v,
		const struct view *view, uint32_t n);
void add_object(struct json_writer *w, const char *key, const struct id_form *f,
		const struct view *view, uint32_t n);

/* Works there, or is on leave. */
bool is_here(const struct employee *e);

/* --- BambooHR: bamboohr_person.c --- */

#define BAMBOOHR_FIELDS_MAX 400

/*
 * The named fields of e as members of an open object; unknown ones are left
 * out. future: show values that have not taken effect.
 */
void bamboohr_fields(const struct view *v, const struct employee *e,
		     struct str names, bool future, struct json_writer *w);
void bamboohr_fields_xml(const struct view *v, const struct employee *e,
			 struct str names, bool future, struct buf *out);

/* A field by its alias, found once for many people; -1: unknown. */
int bamboohr_column(struct str alias);
const char *bamboohr_column_alias(int column);
void bamboohr_column_describe(int column, struct json_writer *w);

/* "" when it is empty; text may be written to. */
const char *bamboohr_column_value(const struct view *v,
				  const struct employee *e, int column,
				  bool future, char text[static TEXT_SIZE]);

/* One item of the list of GET /employees; names are those beyond the usual. */
void bamboohr_list_item(const struct view *v, const struct employee *e,
			struct str names, struct json_writer *w);

/* One item of the directory. */
void bamboohr_directory_item(const struct view *v, const struct employee *e,
			     struct json_writer *w);
void bamboohr_directory_item_xml(const struct view *v, const struct employee *e,
				 struct buf *out);
void bamboohr_directory_fields(struct json_writer *w); /* items */
void bamboohr_directory_fields_xml(struct buf *out);

/* GET /meta/fields, whole. */
void bamboohr_meta(struct buf *out);
void bamboohr_meta_xml(struct buf *out);

/*
 * Of webhooks: what changed, "workEmail", or with label "Work Email", and its
 * value now.
 */
const char *bamboohr_changed_name(enum employee_field f, bool label);
const char *bamboohr_changed_value(const struct view *v,
				   const struct employee *e,
				   enum employee_field f,
				   char out[static TEXT_SIZE]);

/* Is it a field that a webhook may watch? */
bool bamboohr_is_field(struct str alias);
void bamboohr_monitor_fields(struct json_writer *w); /* items */

/* --- HiBob: hibob_person.c --- */

enum hibob_style { HIBOB_MACHINE, HIBOB_APPEND, HIBOB_REPLACE };

/* Of a list such as ["work.title"]: bits of what it names, for asked. */
uint64_t hibob_asked(const struct json *list);

/* asked 0: the basics only. */
struct hibob_request {
	uint64_t asked;
	enum hibob_style style;
	bool inactive;
};

void hibob_person(const struct view *v, const struct employee *e,
		  const struct hibob_request *r, struct json_writer *w);
bool hibob_is_active(const struct employee *e);

/* "root.surname" for a changed field, as webhooks name it; NULL: none. */
const char *hibob_field_path(enum employee_field f);
void hibob_meta(struct json_writer *w); /* items of /people/fields */

/* False when there is no such list. */
bool hibob_list(struct str name, struct json_writer *w);
void hibob_lists(struct json_writer *w); /* all, as members */

/* --- Rippling: rippling_person.c --- */

/* expand: a comma-separated list of objects to include whole. */
void rippling_worker(const struct view *v, const struct employee *e,
		     struct str expand, struct json_writer *w);
const char *rippling_status(const struct employee *e);

/* Its path in a worker, as redactions name it. */
const char *rippling_field_name(enum employee_field f);

/* --- the standard provider's data: standard.c --- */

void standard_person(const struct view *v, const struct employee *e,
		     struct json_writer *w);

#endif
