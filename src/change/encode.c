#include "change/change.h"

#include "names.h"
#include "json/write.h"

static void add_field(struct json_writer *w, const char *name,
		      const struct field *f)
{
	if (f->state == FIELD_VALUE)
		json_add_string(w, name, f->value);
	else if (f->state == FIELD_NULL)
		json_add_null(w, name);
}

static void add_person(struct json_writer *w, const struct person *p)
{
	json_open_object(w, "person");
	json_add_string(w, "id", p->pid);
	if (p->status != PERSON_STATUS_ABSENT)
		json_add_z(w, "status", person_status_name(p->status));
	if (p->status == PERSON_STATUS_UNKNOWN)
		json_add_string(w, "status_word", p->status_word);
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		add_field(w, person_field_name((enum person_field)i),
			  &p->fields[i]);
	json_close(w);
}

void change_encode(const struct change *c, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "format", CHANGE_FORMAT);
	json_add_z(&w, "id", c->id);
	json_add_z(&w, "kind", change_kind_name(c->kind));
	json_add_z(&w, "source", change_source_name(c->source));
	json_add_string(&w, "organization", c->organization);
	json_add_string(&w, "connection", c->connection);
	json_add_int(&w, "version", c->version);
	json_add_int(&w, "observed_ms", c->observed_ms);
	if (c->effective_ms)
		json_add_int(&w, "effective_ms", c->effective_ms);
	add_person(&w, &c->person);
	if (c->kind == CHANGE_ABSENT)
		json_add_string(&w, "run", c->run);
	json_close(&w);
}

void lookup_encode(const struct lookup *l, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "format", CHANGE_FORMAT);
	json_add_string(&w, "organization", l->organization);
	json_add_string(&w, "connection", l->connection);
	json_add_string(&w, "person_id", l->pid);
	json_add_string(&w, "reason", l->reason);
	json_add_bool(&w, "deletion", l->deletion);
	json_add_bool(&w, "urgent", l->urgent);
	json_add_int(&w, "received_ms", l->received_ms);
	json_close(&w);
}
