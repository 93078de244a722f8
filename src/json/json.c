/* Reading a parsed tree. Nothing here allocates. */
#include "json/json.h"

#include "node.h"

enum json_type json_type(const struct json *v)
{
	switch (v ? node_type(node_of(v)) : cJSON_NULL) {
	case cJSON_True:
	case cJSON_False:
		return JSON_BOOL;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_String:
		return JSON_STRING;
	case cJSON_Array:
		return JSON_ARRAY;
	case cJSON_Object:
		return JSON_OBJECT;
	default:
		return JSON_NULL;
	}
}

bool json_is(const struct json *v, enum json_type type)
{
	return v && json_type(v) == type;
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	for (const cJSON *c = node_of(object)->child; c; c = c->next)
		if (node_is_named(c, key))
			return node_json(c);
	return NULL;
}

const struct json *json_get_str(const struct json *object, struct str key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	for (const cJSON *c = node_of(object)->child; c; c = c->next)
		if (str_is(key, c->string))
			return node_json(c);
	return NULL;
}

size_t json_size(const struct json *v)
{
	size_t count = 0;

	for (const struct json *c = json_first(v); c; c = json_next(c))
		count++;
	return count;
}

const struct json *json_first(const struct json *v)
{
	return v ? node_json(node_of(v)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
	return child ? node_json(node_of(child)->next) : NULL;
}

const struct json *json_at(const struct json *array, size_t index)
{
	const struct json *v;

	if (!json_is(array, JSON_ARRAY))
		return NULL;
	v = json_first(array);
	while (v && index-- > 0)
		v = json_next(v);
	return v;
}

struct str json_key(const struct json *child)
{
	return str_of(child ? node_of(child)->string : NULL);
}

struct str json_string(const struct json *v)
{
	return str_of(json_is(v, JSON_STRING) ? node_of(v)->valuestring : NULL);
}

struct str json_number(const struct json *v)
{
	return str_of(json_is(v, JSON_NUMBER) ? node_of(v)->valuestring : NULL);
}

struct str json_text(const struct json *v)
{
	return json_is(v, JSON_NUMBER) ? json_number(v) : json_string(v);
}

bool json_int(const struct json *v, int64_t *out)
{
	return json_is(v, JSON_NUMBER) && str_to_i64(json_number(v), out);
}

bool json_true(const struct json *v)
{
	return v && node_type(node_of(v)) == cJSON_True;
}
