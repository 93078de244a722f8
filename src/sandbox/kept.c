#include "kept.h"

#include "base/assert.h"

static int64_t get_number(const struct kept_field *f, const char *at)
{
	uint32_t word;
	int64_t n;

	if (f->size == 1)
		return *(const uint8_t *)at;
	if (f->size == sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		return word;
	}
	ASSERT(f->size == sizeof(n));
	memcpy(&n, at, sizeof(n));
	return n;
}

static void set_number(const struct kept_field *f, char *at, int64_t n)
{
	uint8_t byte = (uint8_t)n;
	uint32_t word = (uint32_t)n;

	if (f->size == sizeof(byte))
		memcpy(at, &byte, sizeof(byte));
	else if (f->size == sizeof(word))
		memcpy(at, &word, sizeof(word));
	else
		memcpy(at, &n, sizeof(n));
}

static bool is_same(const struct kept_field *f, const char *a, const char *b)
{
	if (f->kind == KEPT_TEXT)
		return !strcmp(a, b); /* what is behind the NUL is nothing */
	return !memcmp(a, b, f->size);
}

void kept_write(const struct kept_field *fields, size_t count,
		const void *object, const void *usual, struct json_writer *w)
{
	for (size_t i = 0; i < count; i++) {
		const struct kept_field *f = &fields[i];
		const char *at = (const char *)object + f->offset;

		if (usual && is_same(f, at, (const char *)usual + f->offset))
			continue;
		if (f->kind == KEPT_TEXT)
			json_add_z(w, f->name, at);
		else if (f->kind == KEPT_BOOL)
			json_add_bool(w, f->name, *(const bool *)at);
		else
			json_add_int(w, f->name, get_number(f, at));
	}
}

static int wrong(const struct kept_field *f, struct err *err)
{
	return err_set(err, ERR_INVALID, "\"%s\" has a wrong value", f->name);
}

static int read_one(const struct kept_field *f, const struct json *v, char *at,
		    struct err *err)
{
	struct str text = json_string(v);
	int64_t n;

	switch (f->kind) {
	case KEPT_TEXT:
		if (!text.ptr || text.len >= f->size)
			return wrong(f, err);
		memcpy(at, text.ptr, text.len);
		at[text.len] = '\0';
		return 0;
	case KEPT_BOOL:
		if (!json_is(v, JSON_BOOL))
			return wrong(f, err);
		*(bool *)at = json_true(v);
		return 0;
	default:
		if (!json_int(v, &n) || n < f->min || n > f->max)
			return wrong(f, err);
		set_number(f, at, n);
		return 0;
	}
}

int kept_read(const struct kept_field *fields, size_t count,
	      const struct json *from, bool sparse, void *object,
	      struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct kept_field *f = &fields[i];
		const struct json *v = json_get(from, f->name);

		if (!v && sparse)
			continue;
		if (read_one(f, v, (char *)object + f->offset, err) < 0)
			return -1;
	}
	return 0;
}
