#include "body.h"

#include "reply.h"

#define SHOWN_MAX 60 /* bytes of a member's name in an error */

/* Our bodies are flat, but for credentials and settings. */
static const struct json_limits limits = {
	.bytes = 256 << 10,
	.depth = 8,
	.values = 1000,
};

static const char *type_name(enum json_type type)
{
	switch (type) {
	case JSON_STRING:
		return "a string";
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_NUMBER:
		return "a number";
	case JSON_BOOL:
		return "true or false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static int take_member(const struct json *v, const struct body_field *fields,
		       size_t count, struct err *err)
{
	struct str name = json_key(v);

	for (size_t i = 0; i < count; i++) {
		const struct body_field *f = &fields[i];

		if (!str_is(name, f->name))
			continue;
		if (!json_is(v, f->type))
			return err_set(err, ERR_INVALID, "%s must be %s",
				       f->name, type_name(f->type));
		*f->value = v;
		return 0;
	}
	return err_set(err, ERR_INVALID, "there is no member '%.*s'",
		       name.len > SHOWN_MAX ? SHOWN_MAX : (int)name.len,
		       name.ptr);
}

int body_check(const struct json *body, const struct body_field *fields,
	       size_t count, struct err *err)
{
	if (!json_is(body, JSON_OBJECT))
		return err_set(err, ERR_INVALID,
			       "the body must be a JSON object");
	for (size_t i = 0; i < count; i++)
		*fields[i].value = NULL;
	for (const struct json *v = json_first(body); v; v = json_next(v))
		if (take_member(v, fields, count, err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (fields[i].required && !*fields[i].value)
			return err_set(err, ERR_INVALID, "%s is missing",
				       fields[i].name);
	return 0;
}

bool body_is_json(struct str content_type)
{
	struct str type;

	(void)str_cut(&content_type, ';', &type);
	return str_eq_nocase(str_trim(type), STR("application/json"));
}

bool body_read(struct http_request *req, struct arena *a,
	       const struct body_field *fields, size_t count)
{
	const struct json *body;
	struct err err = { 0 };

	if (!body_is_json(http_request_header(req, "Content-Type"))) {
		reply_problem(req, 415, "send Content-Type: application/json",
			      NULL);
		return false;
	}
	if (json_parse(&body, a, http_request_body(req), &limits, &err) < 0) {
		reply_problem(req, err.kind == ERR_INVALID ? 400 : 413,
			      err.text, NULL);
		return false;
	}
	if (body_check(body, fields, count, &err) < 0) {
		reply_err(req, &err);
		return false;
	}
	return true;
}

bool body_read_none(struct http_request *req, struct arena *a)
{
	if (!http_request_body(req).len)
		return true;
	return body_read(req, a, NULL, 0);
}
