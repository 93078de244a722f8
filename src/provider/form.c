#include "form.h"

#include "base/buf.h"
#include "json/write.h"

/* A name of the form: a value, or an object of further names. */
struct node {
	struct str name; /* NUL-terminated */
	struct str value;
	bool is_value;
	struct node *children, *last;
	struct node *next;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ptr NULL when an escape is broken or a NUL, or the arena is full. */
struct str form_decode(struct str s, struct arena *a)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t len = 0;

	if (!out)
		return (struct str){ 0 };
	for (size_t i = 0; i < s.len; i++) {
		int high, low;

		if (s.ptr[i] != '%') {
			out[len++] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
			continue;
		}
		high = s.len - i > 2 ? hex_digit(s.ptr[i + 1]) : -1;
		low = s.len - i > 2 ? hex_digit(s.ptr[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return (struct str){ 0 };
		out[len++] = (char)(high << 4 | low);
		i += 2;
	}
	out[len] = '\0';
	return (struct str){ out, len };
}

struct str form_find(struct str text, struct str name, struct arena *a)
{
	struct str value, key;

	for (size_t i = 0; text.len && i < FORM_MAX_PAIRS; i++) {
		(void)str_cut(&text, '&', &value);
		(void)str_cut(&value, '=', &key);
		if (str_eq(key, name))
			return form_decode(value, a);
	}
	return (struct str){ 0 };
}

static struct node *find_or_add(struct node *parent, struct str name,
				struct arena *a)
{
	struct node *n;

	for (n = parent->children; n; n = n->next)
		if (str_eq(n->name, name))
			return n;
	n = arena_zalloc(a, 1, sizeof(*n));
	if (!n)
		return NULL;
	n->name = arena_dup(a, name);
	if (!n->name.ptr)
		return NULL;
	if (parent->last)
		parent->last->next = n;
	else
		parent->children = n;
	parent->last = n;
	return n;
}

/*
 * The next step of a name: "a[b][c]" gives "a", then "b", then "c". False at
 * its end; a name whose brackets do not match is one step as it is.
 */
static bool next_step(struct str *name, bool first, struct str *step)
{
	if (!name->len)
		return false;
	if (first) {
		const char *open = memchr(name->ptr, '[', name->len);

		*step = *name;
		if (!open || name->ptr[name->len - 1] != ']') {
			*name = (struct str){ 0 };
			return true;
		}
		step->len = (size_t)(open - name->ptr);
	} else {
		name->ptr++; /* '[' */
		name->len--;
		*step = *name;
		step->len = (size_t)((const char *)memchr(name->ptr, ']',
							  name->len) -
				     name->ptr);
	}
	name->ptr += step->len + !first;
	name->len -= step->len + !first;
	return true;
}

static int put(struct node *root, struct str name, struct str value,
	       struct arena *a, struct err *err)
{
	struct node *n = root;
	struct str step;

	for (size_t depth = 0; next_step(&name, depth == 0, &step); depth++) {
		if (depth == FORM_MAX_DEPTH)
			return err_set(err, ERR_LIMIT,
				       "the form nests deeper than %d",
				       FORM_MAX_DEPTH);
		if (name.len && name.ptr[0] != '[')
			return err_set(err, ERR_INVALID,
				       "a name in the form is malformed");
		n = find_or_add(n, step, a);
		if (!n)
			return arena_full(a, err);
		if (n->is_value)
			break;
	}
	if (n == root || n->is_value || n->children)
		return err_set(err, ERR_INVALID,
			       "a name in the form is empty or repeated");
	n->is_value = true;
	n->value = value;
	return 0;
}

static int read_pairs(struct node *root, struct arena *a, struct str text,
		      struct err *err)
{
	struct str value, name;

	for (size_t i = 0; text.len; i++) {
		if (i == FORM_MAX_PAIRS)
			return err_set(err, ERR_LIMIT,
				       "the form has more than %d values",
				       FORM_MAX_PAIRS);
		(void)str_cut(&text, '&', &value);
		if (!value.len)
			continue;
		(void)str_cut(&value, '=', &name);
		name = form_decode(name, a);
		value = form_decode(value, a);
		if (!name.ptr || !value.ptr)
			return err_set(err, ERR_INVALID,
				       "an escape in the form is malformed");
		if (put(root, name, value, a, err) < 0)
			return -1;
	}
	return 0;
}

static void write_node(struct json_writer *w, const struct node *n,
		       const char *name)
{
	if (n->is_value) {
		json_add_string(w, name, n->value);
		return;
	}
	json_open_object(w, name);
	for (const struct node *c = n->children; c; c = c->next)
		write_node(w, c, c->name.ptr);
	json_close(w);
}

int form_parse(const struct json **out, struct arena *a, struct str text,
	       struct err *err)
{
	struct node root = { .is_value = false };
	struct json_writer w;
	struct buf json;
	int res;

	if (read_pairs(&root, a, text, err) < 0)
		return -1;
	buf_init(&json, a->max);
	json_writer_init(&w, &json);
	write_node(&w, &root, NULL);
	res = buf_check(&json, "the form", err);
	if (res == 0)
		res = json_parse(out, a, buf_str(&json), NULL, err);
	buf_release(&json);
	return res;
}
