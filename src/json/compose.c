/* Documents put together from parts of others. */
#include "base/assert.h"
#include "node.h"

/* Nodes borrow from one another for reading only. */
static char *borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

static cJSON *new_node(struct arena *a, int type)
{
	cJSON *node = arena_zalloc(a, 1, sizeof(*node));

	if (node)
		node->type = type;
	return node;
}

const struct json *json_with(struct arena *a, const struct json *object,
			     struct str key, const struct json *value)
{
	cJSON *member = new_node(a, cJSON_NULL);
	cJSON *whole = new_node(a, cJSON_Object);

	ASSERT(!object || json_is(object, JSON_OBJECT));
	key = arena_dup(a, key);
	if (!member || !whole || !key.ptr)
		return NULL;
	if (value)
		*member = *node_of(value);
	member->string = borrow(key.ptr);
	member->next = object ? node_of(object)->child : NULL;
	whole->child = member;
	return node_json(whole);
}

const struct json *json_of_str(struct arena *a, struct str text)
{
	cJSON *node = new_node(a, cJSON_String);

	text = arena_dup(a, text);
	if (!node || !text.ptr)
		return NULL;
	node->valuestring = borrow(text.ptr);
	return node_json(node);
}
