#include "base/assert.h"
#include "json/json.h"

struct step {
	struct str key;
	size_t index; /* of an array; SIZE_MAX: the key is not an index */
};

struct json_path {
	size_t count;
	struct step steps[];
};

/* RFC 6901 section 4: digits without a leading zero. */
static size_t index_of(struct str key)
{
	uint64_t n;

	if (key.len > 1 && key.ptr[0] == '0')
		return SIZE_MAX;
	return str_to_u64(key, &n) && n < SIZE_MAX ? (size_t)n : SIZE_MAX;
}

/* "~1" is '/', "~0" is '~'. In place: text gets shorter, never longer. */
static int unescape(char *text, size_t *len, struct err *err)
{
	size_t to = 0;

	for (size_t from = 0; from < *len; from++, to++) {
		text[to] = text[from];
		if (text[from] != '~')
			continue;
		from++;
		if (from == *len || (text[from] != '0' && text[from] != '1'))
			return err_set(err, ERR_INVALID,
				       "JSON Pointer: '~' must be written ~0, "
				       "and '/' in a key ~1");
		text[to] = text[from] == '0' ? '~' : '/';
	}
	text[to] = '\0';
	*len = to;
	return 0;
}

static size_t count_steps(struct str pointer)
{
	size_t count = 0;

	for (size_t i = 0; i < pointer.len; i++)
		count += pointer.ptr[i] == '/';
	return count;
}

static int compile_step(struct step *out, struct arena *a, struct str text,
			struct err *err)
{
	char *key = arena_alloc(a, text.len + 1);

	if (!key)
		return arena_full(a, err);
	if (text.len)
		memcpy(key, text.ptr, text.len);
	if (unescape(key, &text.len, err) < 0)
		return -1;
	out->key = (struct str){ key, text.len };
	out->index = index_of(out->key);
	return 0;
}

int json_path_compile(const struct json_path **out, struct arena *a,
		      struct str pointer, struct err *err)
{
	size_t count = count_steps(pointer);
	struct json_path *p;
	struct str head;

	if (pointer.len && pointer.ptr[0] != '/')
		return err_set(err, ERR_INVALID,
			       "a JSON Pointer must be empty or start with "
			       "'/'");
	if (count > JSON_PATH_MAX)
		return err_set(err, ERR_LIMIT,
			       "a JSON Pointer of more than %d parts",
			       JSON_PATH_MAX);
	p = arena_alloc(a, sizeof(*p) + count * sizeof(p->steps[0]));
	if (!p)
		return arena_full(a, err);
	p->count = count;
	str_cut(&pointer, '/', &head); /* what is before the first is empty */
	for (size_t i = 0; i < count; i++) {
		str_cut(&pointer, '/', &head);
		if (compile_step(&p->steps[i], a, head, err) < 0)
			return -1;
	}
	*out = p;
	return 0;
}

const struct json *json_path_find(const struct json_path *p,
				  const struct json *root)
{
	const struct json *v = root;

	for (size_t i = 0; v && i < p->count; i++) {
		const struct step *s = &p->steps[i];

		v = json_is(v, JSON_ARRAY) ? json_at(v, s->index)
					   : json_get_str(v, s->key);
	}
	return v;
}

size_t json_path_size(const struct json_path *p)
{
	return p->count;
}

struct str json_path_key(const struct json_path *p, size_t index)
{
	ASSERT(index < p->count);
	return p->steps[index].key;
}
