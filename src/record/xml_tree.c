#include "xml_tree.h"

#include "record/reader.h"
#include "json/write.h"

struct xml_piece {
	struct xml_piece *next;
	size_t len;
	char bytes[];
};

struct xml_node *xml_node_new(struct arena *a, const char *name)
{
	struct xml_node *n = arena_zalloc(a, 1, sizeof(*n));

	if (n)
		n->name = name;
	return n;
}

static struct xml_node *find_name(const struct xml_node *parent,
				  const struct xml_node *child)
{
	struct xml_node *n = parent->first;

	while (n && (n->name != child->name ||
		     n->is_attribute != child->is_attribute))
		n = n->next_name;
	return n;
}

int xml_node_add(struct xml_node *parent, struct xml_node *child,
		 struct err *err)
{
	struct xml_node *same = find_name(parent, child);

	child->last_same = child;
	if (same) {
		same->last_same->next_same = child;
		same->last_same = child;
		return 0;
	}
	if (parent->names == RECORD_MAX_COLUMNS)
		return err_set(err, ERR_LIMIT,
			       "more than %d names in one element",
			       RECORD_MAX_COLUMNS);
	parent->names++;
	if (parent->last)
		parent->last->next_name = child;
	else
		parent->first = child;
	parent->last = child;
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int xml_node_add_text(struct xml_node *node, struct arena *a, struct str text,
		      struct err *err)
{
	struct xml_piece *piece;

	for (; !node->text && text.len && is_space(*text.ptr); text.len--)
		text.ptr++;
	if (!text.len)
		return 0;
	piece = arena_alloc(a, sizeof(*piece) + text.len);
	if (!piece)
		return arena_full(a, err);
	piece->next = NULL;
	piece->len = text.len;
	memcpy(piece->bytes, text.ptr, text.len);
	if (node->text)
		node->last_piece->next = piece;
	else
		node->text = piece;
	node->last_piece = piece;
	for (size_t i = 0; i < text.len; i++)
		if (!is_space(text.ptr[i]))
			node->text_len = node->text_all + i + 1;
	node->text_all += text.len;
	return 0;
}

/* ----------------------------------------------------------------- as JSON */

static void write_string(struct buf *out, struct str text)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_add_string(&w, NULL, text);
}

static void write_text(const struct xml_node *node, struct buf *out,
		       struct buf *scratch)
{
	const struct xml_piece *p = node->text;

	if (p->len >= node->text_len) {
		write_string(out, (struct str){ p->bytes, node->text_len });
		return;
	}
	buf_clear(scratch);
	for (; p; p = p->next)
		buf_add(scratch, p->bytes, p->len);
	if (scratch->failed)
		out->failed = true;
	else
		write_string(out,
			     (struct str){ scratch->data, node->text_len });
}

/* All of one name. */
static void write_member(const struct xml_node *child, struct buf *out,
			 struct buf *scratch)
{
	bool many = child->next_same != NULL;

	/* No character of an XML name needs an escape. */
	buf_add_z(out, child->is_attribute ? "\"@" : "\"");
	buf_add_z(out, child->name);
	buf_add_z(out, many ? "\":[" : "\":");
	for (; child; child = child->next_same) {
		xml_node_write(child, false, out, scratch);
		if (child->next_same)
			buf_add_char(out, ',');
	}
	if (many)
		buf_add_char(out, ']');
}

/* Recursion is bounded by RECORD_MAX_DEPTH. */
void xml_node_write(const struct xml_node *node, bool as_object,
		    struct buf *out, struct buf *scratch)
{
	if (!node->first && !as_object) {
		if (node->text)
			write_text(node, out, scratch);
		else
			buf_add_str(out, STR("null"));
		return;
	}
	buf_add_char(out, '{');
	for (const struct xml_node *n = node->first; n; n = n->next_name) {
		write_member(n, out, scratch);
		if (n->next_name || node->text)
			buf_add_char(out, ',');
	}
	if (node->text) {
		buf_add_str(out, STR("\"#text\":"));
		write_text(node, out, scratch);
	}
	buf_add_char(out, '}');
}
