#include "json_body.h"

#include "base/assert.h"
#include "canonical.h"
#include "secret_text.h"

#include <stdio.h>

#define EACH_KEY       "{each}"
#define TEXT_MAX_BYTES 16384 /* of one text, filled */

enum node_kind {
	NODE_RAW, /* a number, true, false, null: as it stands */
	NODE_TEXT,
	NODE_OBJECT,
	NODE_ARRAY,
	NODE_EACH /* an array with one child per person */
};

struct json_node {
	enum node_kind kind;
	const char *key;      /* NULL: of an array */
	struct str raw;	      /* NODE_RAW */
	struct list text;     /* struct template_part */
	struct list children; /* struct json_node */
};

static int load_node(struct loader *l, const struct json *v,
		     struct json_node *out);

static int load_nodes(struct loader *l, const struct json *v, struct list *out)
{
	size_t count = json_size(v), i = 0;
	struct json_node *nodes = load_alloc(l, count, sizeof(*nodes));

	if (!nodes)
		return -1;
	for (const struct json *c = json_first(v); c; c = json_next(c), i++) {
		char number[24];
		struct str key = json_key(c);
		size_t mark;

		(void)!snprintf(number, sizeof(number), "%zu", i);
		mark = load_enter(l, key.len ? key : str_of(number));
		if (load_node(l, c, &nodes[i]) < 0)
			return -1;
		load_leave(l, mark);
	}
	*out = (struct list){ nodes, count };
	return 0;
}

static int load_raw(struct loader *l, const struct json *v,
		    struct json_node *out)
{
	struct err why = { .kind = ERR_NONE };

	if (json_canonical(v, l->arena, &out->raw, &why) < 0)
		return load_fail(l, "%s", why.text);
	return 0;
}

static int load_text_node(struct loader *l, const struct json *v,
			  struct json_node *out)
{
	if (!json_string(v).len)
		return 0; /* an empty text is a template of no parts */
	return load_template(l, v, &out->text, NULL);
}

static int load_container(struct loader *l, const struct json *v,
			  struct json_node *out)
{
	const struct json *first = json_first(v);

	out->kind = json_is(v, JSON_ARRAY) ? NODE_ARRAY : NODE_OBJECT;
	if (out->kind == NODE_OBJECT && str_is(json_key(first), EACH_KEY)) {
		if (json_size(v) > 1)
			return load_fail(l, "has more beside " EACH_KEY);
		out->kind = NODE_EACH;
	}
	return load_nodes(l, v, &out->children);
}

static int load_node(struct loader *l, const struct json *v,
		     struct json_node *out)
{
	struct str key = arena_dup(l->arena, json_key(v));

	if (!key.ptr)
		return load_fail(l, "the manifest needs too much memory");
	out->key = key.len ? key.ptr : NULL;
	out->kind = NODE_TEXT;
	if (json_is(v, JSON_STRING))
		return load_text_node(l, v, out);
	if (json_is(v, JSON_OBJECT) || json_is(v, JSON_ARRAY))
		return load_container(l, v, out);
	out->kind = NODE_RAW;
	return load_raw(l, v, out);
}

int load_json_body(struct loader *l, const struct json *v, void *out,
		   const void *arg)
{
	struct json_node *n = load_alloc(l, 1, sizeof(*n));

	(void)arg;
	if (!json_is(v, JSON_OBJECT))
		return load_fail(l, "is not an object");
	if (!n || load_node(l, v, n) < 0)
		return -1;
	*(const struct json_node **)out = n;
	return 0;
}

/* ------------------------------------------------------------------ writing */

static void write_ids(const struct json_node *n, const struct filling *f,
		      struct json_writer *w)
{
	json_open_array(w, n->key);
	for (size_t i = 0; i < f->values.id_count; i++)
		json_add_string(w, NULL, f->values.ids[i]);
	json_close(w);
}

/* A text of one piece is written as what it is: *done. */
static int write_lone(const struct json_node *n, const struct filling *f,
		      struct json_writer *w, bool *done, struct err *err)
{
	const struct template_part *p = n->text.items;
	struct filled value;

	*done = n->text.count < 2;
	if (!*done)
		return 0;
	if (!n->text.count) {
		json_add_z(w, n->key, "");
		return 0;
	}
	if (fill_name(f, p, &value, err) < 0)
		return -1;
	if (value.list)
		write_ids(n, f, w);
	else if (value.text.ptr && value.number)
		json_add_raw(w, n->key, value.text);
	else if (value.text.ptr)
		json_add_string(w, n->key, value.text);
	return 0;
}

static int write_text(const struct json_node *n, const struct filling *f,
		      struct json_writer *w, struct err *err)
{
	struct buf text;
	bool done, absent = false;
	int res;

	if (write_lone(n, f, w, &done, err) < 0)
		return -1;
	if (done)
		return 0;
	secret_buf(&text, TEXT_MAX_BYTES);
	res = fill_template(f, &n->text, ESCAPE_JSON, &text, &absent, err);
	if (res == 0)
		res = buf_check(&text, "a text of the body", err);
	if (res == 0 && !absent)
		json_add_string(w, n->key, buf_str(&text));
	release_secret(&text);
	return res;
}

static int write_node(const struct json_node *n, const struct filling *f,
		      struct json_writer *w, struct err *err);

static int write_children(const struct json_node *n, const struct filling *f,
			  struct json_writer *w, struct err *err)
{
	const struct json_node *child = n->children.items;

	for (size_t i = 0; i < n->children.count; i++)
		if (write_node(&child[i], f, w, err) < 0)
			return -1;
	return 0;
}

/* The child has a key of its own, "{each}", which is none in an array. */
static int write_each(const struct json_node *n, const struct filling *f,
		      struct json_writer *w, struct err *err)
{
	struct json_node item = *(const struct json_node *)n->children.items;
	struct filling inner = *f;

	item.key = NULL;
	json_open_array(w, n->key);
	for (size_t i = 0; i < f->values.id_count; i++) {
		inner.row = &f->values.ids[i];
		if (write_node(&item, &inner, w, err) < 0)
			return -1;
	}
	json_close(w);
	return 0;
}

static int write_node(const struct json_node *n, const struct filling *f,
		      struct json_writer *w, struct err *err)
{
	int res;

	switch (n->kind) {
	case NODE_RAW:
		json_add_raw(w, n->key, n->raw);
		return 0;
	case NODE_TEXT:
		return write_text(n, f, w, err);
	case NODE_EACH:
		return write_each(n, f, w, err);
	case NODE_OBJECT:
		json_open_object(w, n->key);
		break;
	case NODE_ARRAY:
		json_open_array(w, n->key);
		break;
	}
	res = write_children(n, f, w, err);
	json_close(w);
	return res;
}

int json_body_write(const struct json_node *body, const struct filling *f,
		    struct json_writer *w, struct err *err)
{
	return write_children(body, f, w, err);
}
