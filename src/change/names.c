#include "names.h"

#include "base/assert.h"

static const char *const kind_names[CHANGE_KIND_COUNT] = {
	[CHANGE_STATE] = "state",
	[CHANGE_GONE] = "gone",
	[CHANGE_ABSENT] = "absent",
};

static const char *const source_names[CHANGE_SOURCE_COUNT] = {
	[CHANGE_WEBHOOK] = "webhook",
	[CHANGE_LOOKUP] = "lookup",
	[CHANGE_RUN] = "run",
};

const char *change_kind_name(enum change_kind k)
{
	ASSERT((unsigned)k < CHANGE_KIND_COUNT);
	return kind_names[k];
}

bool change_kind_find(struct str name, enum change_kind *out)
{
	for (unsigned i = 0; i < CHANGE_KIND_COUNT; i++) {
		if (!str_is(name, kind_names[i]))
			continue;
		*out = (enum change_kind)i;
		return true;
	}
	return false;
}

const char *change_source_name(enum change_source s)
{
	ASSERT((unsigned)s < CHANGE_SOURCE_COUNT);
	return source_names[s];
}

bool change_source_find(struct str name, enum change_source *out)
{
	for (unsigned i = 0; i < CHANGE_SOURCE_COUNT; i++) {
		if (!str_is(name, source_names[i]))
			continue;
		*out = (enum change_source)i;
		return true;
	}
	return false;
}

int check_format(const struct json *root, struct err *err)
{
	int64_t format;

	if (!json_is(root, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "not an object");
	if (!json_int(json_get(root, "format"), &format) ||
	    format != CHANGE_FORMAT)
		return err_set(err, ERR_INVALID, "format is not %d",
			       CHANGE_FORMAT);
	return 0;
}

int need_text(const struct json *root, const char *key, size_t max,
	      struct str *out, struct err *err)
{
	struct str text = json_string(json_get(root, key));

	if (text.len == 0 || text.len > max)
		return err_set(err, ERR_INVALID,
			       "%s is not a text of 1 to %zu bytes", key, max);
	*out = text;
	return 0;
}

int need_int(const struct json *root, const char *key, int64_t *out,
	     struct err *err)
{
	if (!json_int(json_get(root, key), out))
		return err_set(err, ERR_INVALID, "%s is not an integer", key);
	return 0;
}
