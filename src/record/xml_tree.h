/*
 * Elements until they are whole, and as JSON: see reader.h. Children are kept
 * by their names, so that those of one name become an array wherever they
 * stand. All of a tree lives in one arena.
 */
#ifndef RECORD_XML_TREE_H
#define RECORD_XML_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct xml_piece; /* of a text */

struct xml_node {
	const char *name; /* the same pointer wherever it is the same name */
	bool is_attribute;
	unsigned names;		    /* of children */
	struct xml_node *first;	    /* child; the first of its name */
	struct xml_node *last;	    /* … of the last name */
	struct xml_node *next_name; /* these three: among the first ones */
	struct xml_node *next_same; /* the next of this name */
	struct xml_node *last_same;
	struct xml_piece *text;
	struct xml_piece *last_piece;
	size_t text_len; /* without the white space at its end */
	size_t text_all;
};

/* NULL when the arena is full. */
struct xml_node *xml_node_new(struct arena *a, const char *name);

/* ERR_LIMIT for more than RECORD_MAX_COLUMNS names. */
int xml_node_add(struct xml_node *parent, struct xml_node *child,
		 struct err *err) MUST_CHECK;

/* More text; ERR_LIMIT when the arena is full. */
int xml_node_add_text(struct xml_node *node, struct arena *a, struct str text,
		      struct err *err) MUST_CHECK;

/* as_object: even when it is empty. scratch is for texts in pieces. */
void xml_node_write(const struct xml_node *node, bool as_object,
		    struct buf *out, struct buf *scratch);

#endif
