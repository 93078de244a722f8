#include "when.h"

#include "provider/manifest.h"
#include "template.h"
#include "json/write.h"

#define WHEN_MAX 4

struct when_row {
	struct str setting;
	struct list values; /* struct str */
};

static const struct load_items values = {
	.load = load_text,
	.size = sizeof(struct str),
	.max = 8,
	.one = true,
};

static bool is_choice(const struct setting_field *s, struct str value)
{
	for (size_t i = 0; i < s->choice_count; i++)
		if (str_is(value, s->choices[i]))
			return true;
	return false;
}

static int load_row(struct loader *l, const struct json *v, void *out,
		    const void *arg)
{
	const struct setting_field *s = setting_of(l->manifest, json_key(v));
	struct when_row *row = out;
	const struct str *value;

	(void)arg;
	if (!s || s->kind != SETTING_CHOICE)
		return load_fail(l, "is not a setting of the kind choice");
	if (load_list(l, v, &row->values, &values) < 0)
		return -1;
	row->setting = str_of(s->name);
	value = row->values.items;
	for (size_t i = 0; i < row->values.count; i++)
		if (!is_choice(s, value[i]))
			return load_fail(l, "'%.*s' is not a choice of %s",
					 STR_ARG(value[i]), s->name);
	return 0;
}

static const struct load_items rows = {
	.load = load_row,
	.size = sizeof(struct when_row),
	.max = WHEN_MAX,
	.members = true,
};

int load_when(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	struct when *w = out;

	(void)arg;
	return load_list(l, v, &w->all, &rows);
}

static bool row_holds(const struct when_row *row, struct str value)
{
	const struct str *v = row->values.items;

	for (size_t i = 0; i < row->values.count; i++)
		if (str_eq(v[i], value))
			return true;
	return false;
}

bool when_holds(const struct when *w, const struct manifest *m,
		const struct fetch_context *ctx)
{
	const struct when_row *row = w->all.items;

	for (size_t i = 0; i < w->all.count; i++) {
		struct str value;

		if (find_setting(m, ctx, row[i].setting, &value, NULL) < 0 ||
		    !row_holds(&row[i], value))
			return false;
	}
	return true;
}

void when_write(const struct when *when, const char *key, struct json_writer *w)
{
	const struct when_row *row = when ? when->all.items : NULL;

	if (!row) {
		json_add_null(w, key);
		return;
	}
	json_open_object(w, key);
	for (size_t i = 0; i < when->all.count; i++) {
		const struct str *v = row[i].values.items;

		json_open_array(w, row[i].setting.ptr);
		for (size_t j = 0; j < row[i].values.count; j++)
			json_add_string(w, NULL, v[j]);
		json_close(w);
	}
	json_close(w);
}
