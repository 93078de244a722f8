#include "change/change.h"

#include "base/clock.h"
#include "names.h"

static int decode_status(struct person *p, const struct json *v,
			 struct err *err)
{
	const struct json *status = json_get(v, "status");

	p->status = PERSON_STATUS_ABSENT;
	if (!status)
		return 0;
	if (!person_status_find(json_string(status), &p->status))
		return err_set(err, ERR_INVALID, "status is not known");
	if (p->status != PERSON_STATUS_UNKNOWN)
		return 0;
	return need_text(v, "status_word", PERSON_FIELD_MAX_BYTES,
			 &p->status_word, err);
}

static int decode_field(enum person_field which, const struct json *v,
			struct field *out, struct err *err)
{
	struct field f = { FIELD_ABSENT, { 0 } };
	int64_t day;

	if (v && json_type(v) == JSON_NULL)
		f.state = FIELD_NULL;
	else if (v) {
		f.state = FIELD_VALUE;
		f.value = json_string(v);
		if (!f.value.len || f.value.len > PERSON_FIELD_MAX_BYTES)
			return err_set(err, ERR_INVALID,
				       "%s is not a text of 1 to %d bytes",
				       person_field_name(which),
				       PERSON_FIELD_MAX_BYTES);
		if (person_field_is_date(which) &&
		    !clock_parse_day(f.value, &day))
			return err_set(err, ERR_INVALID,
				       "%s is not a day like 2026-01-31",
				       person_field_name(which));
	}
	*out = f;
	return 0;
}

static int decode_person(struct person *p, const struct json *v,
			 struct err *err)
{
	if (need_text(v, "id", PERSON_ID_MAX_BYTES, &p->pid, err) < 0 ||
	    decode_status(p, v, err) < 0)
		return -1;
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		enum person_field f = (enum person_field)i;
		const struct json *value = json_get(v, person_field_name(f));

		if (decode_field(f, value, &p->fields[i], err) < 0)
			return -1;
	}
	return 0;
}

static int decode_id(struct change *c, const struct json *root, struct err *err)
{
	struct str id;

	if (need_text(root, "id", CHANGE_ID_SIZE - 1, &id, err) < 0)
		return -1;
	if (id.len != CHANGE_ID_SIZE - 1)
		return err_set(err, ERR_INVALID, "id is not %d letters long",
			       CHANGE_ID_SIZE - 1);
	memcpy(c->id, id.ptr, id.len);
	c->id[id.len] = '\0';
	return 0;
}

static int decode_words(struct change *c, const struct json *root,
			struct err *err)
{
	if (!change_kind_find(json_string(json_get(root, "kind")), &c->kind))
		return err_set(err, ERR_INVALID, "kind is not known");
	if (!change_source_find(json_string(json_get(root, "source")),
				&c->source))
		return err_set(err, ERR_INVALID, "source is not known");
	return 0;
}

static int decode_run(struct change *c, const struct json *root,
		      struct err *err)
{
	if (c->kind != CHANGE_ABSENT)
		return 0;
	return need_text(root, "run", CHANGE_RUN_MAX, &c->run, err);
}

static int decode_times(struct change *c, const struct json *root,
			struct err *err)
{
	if (need_int(root, "version", &c->version, err) < 0 ||
	    need_int(root, "observed_ms", &c->observed_ms, err) < 0)
		return -1;
	c->effective_ms = 0;
	if (!json_get(root, "effective_ms"))
		return 0;
	return need_int(root, "effective_ms", &c->effective_ms, err);
}

int change_decode(struct change *c, struct arena *a, struct str text,
		  struct err *err)
{
	struct change out = { .id = "" };
	const struct json *root;

	if (json_parse(&root, a, text, NULL, err) < 0 ||
	    check_format(root, err) < 0 || decode_id(&out, root, err) < 0 ||
	    decode_words(&out, root, err) < 0 ||
	    need_text(root, "organization", CHANGE_NAME_MAX, &out.organization,
		      err) < 0 ||
	    need_text(root, "connection", CHANGE_NAME_MAX, &out.connection,
		      err) < 0 ||
	    decode_run(&out, root, err) < 0 ||
	    decode_times(&out, root, err) < 0 ||
	    decode_person(&out.person, json_get(root, "person"), err) < 0)
		return err_prefix(err, "change event");
	*c = out;
	return 0;
}

int lookup_decode(struct lookup *l, struct arena *a, struct str text,
		  struct err *err)
{
	struct lookup out = { .urgent = false };
	const struct json *root;

	if (json_parse(&root, a, text, NULL, err) < 0 ||
	    check_format(root, err) < 0 ||
	    need_text(root, "organization", CHANGE_NAME_MAX, &out.organization,
		      err) < 0 ||
	    need_text(root, "connection", CHANGE_NAME_MAX, &out.connection,
		      err) < 0 ||
	    need_text(root, "person_id", PERSON_ID_MAX_BYTES, &out.pid, err) <
		    0 ||
	    need_text(root, "reason", CHANGE_REASON_MAX, &out.reason, err) <
		    0 ||
	    need_int(root, "received_ms", &out.received_ms, err) < 0)
		return err_prefix(err, "lookup");
	out.deletion = json_true(json_get(root, "deletion"));
	out.urgent = json_true(json_get(root, "urgent"));
	*l = out;
	return 0;
}
