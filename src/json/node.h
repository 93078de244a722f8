/* A struct json is a cJSON node; this is where the two meet. */
#ifndef JSON_NODE_H
#define JSON_NODE_H

#include "json/json.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

static inline const cJSON *node_of(const struct json *v)
{
	return (const cJSON *)(const void *)v;
}

static inline const struct json *node_json(const cJSON *node)
{
	return (const struct json *)(const void *)node;
}

/* The low byte is the type; above it are flags. */
static inline int node_type(const cJSON *node)
{
	return node->type & 0xff;
}

/* Most keys differ in the first letter already. */
static inline bool node_is_named(const cJSON *node, const char *key)
{
	return node->string[0] == key[0] && !strcmp(node->string, key);
}

#endif
