/*
 * The reader of XML: its elements (xml_elements.c) and libxml2 (xml.c).
 * Included by these two only.
 */
#ifndef RECORD_XML_H
#define RECORD_XML_H

#include "base/arena.h"
#include "base/buf.h"
#include "decode.h"
#include "format.h"
#include "xml_tree.h"

#include <libxml/parser.h>

#define XML_PATH_NAMES 32

struct xml_reader {
	struct record_reader base;
	xmlParserCtxtPtr parser;
	struct decoder decoder; /* libxml2 is given UTF-8 alone */
	struct buf head;	/* until the encoding is known */
	bool is_known;
	char *items;
	struct str path[XML_PATH_NAMES];
	size_t path_len;
	size_t matched;	     /* names of the path that open elements have */
	size_t seen;	     /* the most that matched ever was */
	size_t depth;	     /* of open elements */
	size_t record_depth; /* of the record under way; 0: none */
	struct xml_node *open[RECORD_MAX_DEPTH + 1]; /* 0: the document */
	int namespaces[RECORD_MAX_DEPTH + 1]; /* declared down to there */
	struct arena record_memory;
	struct arena rest_memory;
	struct buf record;
	struct buf rest;
	struct buf scratch;
	int error; /* libxml2's code of its first one; 0: none */
	int error_line;
	struct err *err;
	bool failed;
};

/* An element as libxml2 tells of it; attributes in parts of five. */
struct xml_start {
	const xmlChar *name;
	int namespaces; /* that it declares */
	int attributes;
	const xmlChar **parts;
};

/* Each returns -1 with x->err. */
int xml_elements_start(struct xml_reader *x, const struct xml_start *e);
int xml_elements_end(struct xml_reader *x);
int xml_elements_text(struct xml_reader *x, struct str text);

#endif
