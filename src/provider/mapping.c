/* A connection's own mapping, compiled by the loader of manifests. */
#include "provider/mapping.h"

#include "base/assert.h"
#include "base/mem.h"
#include "parts.h"
#include "person_map.h"
#include "transform.h"

#include <stdlib.h>

#define MAX_MEMORY (256 << 10) /* compiled, beside the parsed text */

static const struct json_limits limits = { MAPPING_MAX_BYTES, 12, 1000 };

static int load_own_field(struct loader *l, const struct json *v, void *out,
			  const void *arg)
{
	struct mapping *m = out;
	struct field_rule *rules =
		load_alloc(l, m->fields.count + 1, sizeof(*rules));
	struct field_rule *r;

	if (!rules)
		return -1;
	if (m->fields.count)
		memcpy(rules, m->fields.items,
		       m->fields.count * sizeof(*rules));
	r = &rules[m->fields.count];
	m->fields = (struct list){ rules, m->fields.count + 1 };
	if (json_type(v) != JSON_NULL)
		return load_field_rule(l, v, r, arg);
	return person_field_find(json_key(v), &r->field)
		       ? 0
		       : load_fail(l, "is no field of a person");
}

enum { KEY_ID, KEY_STATUS, KEY_FIELDS };

static int load_whole(struct loader *l, const struct json *root,
		      struct mapping *m)
{
	struct load_key keys[KEY_FIELDS + PERSON_FIELD_COUNT] = {
		[KEY_ID] = { "id", load_list, offsetof(struct mapping, id),
			     &load_sources, false },
		[KEY_STATUS] = { "status", load_nested,
				 offsetof(struct mapping, status),
				 &load_own_status, false },
	};

	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		keys[KEY_FIELDS + i] = (struct load_key){
			.key = person_field_name((enum person_field)i),
			.load = load_own_field,
		};
	return load_object(l, root, keys, ARRAY_LEN(keys), m);
}

static int compile(struct loader *l, struct mapping *out, struct str text)
{
	const struct json *root;
	struct arena scratch;
	struct err why = { .kind = ERR_NONE };
	int res;

	arena_init(&scratch, 4 * MAX_MEMORY);
	if (json_parse(&root, &scratch, text, &limits, &why) < 0)
		res = load_fail(l, "%s", why.text);
	else
		res = load_whole(l, root, out);
	arena_release(&scratch);
	return res;
}

int mapping_compile(struct mapping **out, const struct manifest *m,
		    struct str text, struct err *err)
{
	struct mapping *made = mem_new(sizeof(*made));
	struct err unread = { .kind = ERR_NONE };
	struct loader l = {
		.name = "mapping",
		.arena = &made->arena,
		.err = err ? err : &unread,
		.manifest = m,
	};

	arena_init(&made->arena, MAX_MEMORY);
	if (compile(&l, made, text) == 0) {
		*out = made;
		return 0;
	}
	l.err->kind = ERR_INVALID;
	mapping_free(&made);
	return -1;
}

void mapping_free(struct mapping **m)
{
	if (!*m)
		return;
	arena_release(&(*m)->arena);
	free(*m);
	*m = NULL;
}
