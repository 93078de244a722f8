/*
 * Parsing in three steps: the strict scan; cJSON, with its memory taken from
 * the arena; and a walk over the tree that gives values the text back which
 * the scan kept, and finds keys that an object has twice, however they are
 * escaped.
 */
#include "json/json.h"

#include "base/assert.h"
#include "node.h"
#include "scan.h"

#include <math.h>
#include <stdlib.h>

#define FEW_KEYS 32 /* up to this many are compared in pairs */

const struct json_limits json_default_limits = {
	.bytes = 1 << 20,
	.depth = 32,
	.values = 100000,
};

/* Where cJSON's hooks, which have no argument of their own, allocate. */
static struct arena *current;

static void *take_memory(size_t size)
{
	return arena_alloc(current, size);
}

static void leave_memory(void *p)
{
	(void)p; /* goes with the arena */
}

static cJSON *parse_tree(struct str text, struct arena *a)
{
	static bool ready;
	cJSON *tree;

	if (!ready) {
		cJSON_InitHooks(&(cJSON_Hooks){ take_memory, leave_memory });
		ready = true;
	}
	current = a;
	tree = cJSON_ParseWithLengthOpts(text.ptr, text.len, NULL, 0);
	current = NULL;
	return tree;
}

struct walk {
	struct str text;
	struct arena *arena;
	const struct scan_kept *kept; /* the next of them */
	size_t values;
	struct err *err;
};

/* The walk has passed the twin, so its valueint is its ordinal. */
static int refuse_twin(struct walk *w, const cJSON *twin)
{
	return err_set(w->err, ERR_INVALID,
		       "byte %zu: the key of this value was there before in "
		       "the same object",
		       scan_find(w->text, (size_t)twin->valueint));
}

/*
 * Most objects: a key is compared with those before it only when one of them
 * has the same length, first and last letter, more or less.
 */
static const cJSON *find_twin_of_few(const cJSON *object)
{
	uint64_t seen = 0;

	for (const cJSON *c = object->child; c; c = c->next) {
		size_t len = strlen(c->string);
		unsigned char first = (unsigned char)c->string[0];
		unsigned char last =
			len ? (unsigned char)c->string[len - 1] : 0;
		uint64_t bit = UINT64_C(1)
			       << ((first * 7u + last * 3u + len) & 63);

		if (seen & bit)
			for (const cJSON *b = object->child; b != c;
			     b = b->next)
				if (node_is_named(b, c->string))
					return c;
		seen |= bit;
	}
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;
	int order = strcmp((*x)->string, (*y)->string);

	if (order)
		return order;
	return (*x)->valueint < (*y)->valueint ? -1 : 1;
}

/* Sorted, so that no choice of keys makes it slow. */
static int check_many(struct walk *w, const cJSON *object, size_t count)
{
	const cJSON **all = arena_alloc(w->arena, count * sizeof(*all));
	size_t i = 0;

	if (!all)
		return arena_full(w->arena, w->err);
	for (const cJSON *c = object->child; c; c = c->next)
		all[i++] = c;
	qsort(all, count, sizeof(*all), compare_keys);
	for (i = 1; i < count; i++)
		if (!strcmp(all[i - 1]->string, all[i]->string))
			return refuse_twin(w, all[i]);
	return 0;
}

static int check_keys(struct walk *w, const cJSON *object, size_t count)
{
	const cJSON *twin;

	if (count > FEW_KEYS)
		return check_many(w, object, count);
	twin = find_twin_of_few(object);
	return twin ? refuse_twin(w, twin) : 0;
}

/* 1e999 is JSON, but becomes infinity, null or an error in other readers. */
static int give_text(struct walk *w, cJSON *v)
{
	if (node_type(v) == cJSON_Number && isinf(v->valuedouble))
		return err_set(w->err, ERR_INVALID,
			       "byte %zu: a number too large for a double",
			       scan_find(w->text, w->values));
	/* cJSON never frees the node: its memory is the arena's. */
	v->valuestring = (char *)(uintptr_t)w->kept->text;
	v->type = w->kept->type == JSON_STRING ? cJSON_String : cJSON_Number;
	w->kept = w->kept->next;
	return 0;
}

/* Called in the order of the text, which ordinals count. */
static int visit(struct walk *w, cJSON *v)
{
	if (w->kept && w->kept->ordinal == w->values && give_text(w, v) < 0)
		return -1;
	v->valueint = (int)w->values++;
	return 0;
}

/* v was visited. Recursion is bounded by the limits' depth. */
static int walk_children(struct walk *w, const cJSON *v)
{
	size_t count = 0;

	for (cJSON *c = v->child; c; c = c->next) {
		if (visit(w, c) < 0 || (c->child && walk_children(w, c) < 0))
			return -1;
		count++;
	}
	if (node_type(v) == cJSON_Object && count > 1)
		return check_keys(w, v, count);
	return 0;
}

int json_parse(const struct json **out, struct arena *a, struct str text,
	       const struct json_limits *lim, struct err *err)
{
	struct scanned scanned;
	struct walk w;
	cJSON *tree;

	if (!lim)
		lim = &json_default_limits;
	ASSERT(lim->depth <= CJSON_NESTING_LIMIT && lim->values <= INT32_MAX);
	if (scan(&scanned, text, lim, a, err) < 0)
		return -1;
	tree = parse_tree(scanned.brief, a);
	if (!tree) /* the text is valid: only memory can have failed */
		return arena_full(a, err);
	w = (struct walk){ text, a, scanned.kept, 0, err };
	if (visit(&w, tree) < 0 || walk_children(&w, tree) < 0)
		return -1;
	*out = node_json(tree);
	return 0;
}
