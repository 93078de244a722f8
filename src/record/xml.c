/*
 * XML by libxml2's push parser, whose events build either the record under
 * way or what surrounds the records. What it would hold or compare without
 * end for a hostile sender has limits here.
 */
#include "format.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/mem.h"
#include "decode.h"
#include "xml_encoding.h"
#include "xml_tree.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <stdlib.h>

#define PATH_MAX_NAMES	32
#define SLICE		16384	    /* bytes between two looks at limits */
#define TAG_MAX		65536	    /* bytes of a tag, comment or the like */
#define NAMES_MAX	(512 << 10) /* bytes of all different names */
#define NAMESPACES_MAX	256	    /* declared at once */
#define RECORD_MEMORY	((size_t)8 << 20)
#define REST_MEMORY	((size_t)8 << 20)
#define SCHEMA_INSTANCE "http://www.w3.org/2001/XMLSchema-instance"

enum { LOCAL_NAME, PREFIX, URI, VALUE, VALUE_END, ATTRIBUTE_PARTS };

struct xml_reader {
	struct record_reader base;
	xmlParserCtxtPtr parser;
	struct decoder decoder; /* libxml2 is given UTF-8 alone */
	struct buf head;	/* until the encoding is known */
	bool is_known;
	char *items;
	struct str path[PATH_MAX_NAMES];
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
	struct err *err;
	bool failed;
};

/* ---------------------------------------------------------------- elements */

static struct arena *memory_of(struct xml_reader *x)
{
	return x->record_depth ? &x->record_memory : &x->rest_memory;
}

static struct xml_node *new_node(struct xml_reader *x, const xmlChar *name)
{
	struct xml_node *n = xml_node_new(memory_of(x), (const char *)name);

	if (!n)
		(void)arena_full(memory_of(x), x->err);
	return n;
}

static int add_attribute(struct xml_reader *x, struct xml_node *to,
			 const xmlChar *const *parts)
{
	struct str value = { (const char *)parts[VALUE],
			     (size_t)(parts[VALUE_END] - parts[VALUE]) };
	struct xml_node *n;

	if (str_is(str_of((const char *)parts[URI]), SCHEMA_INSTANCE))
		return 0;
	n = new_node(x, parts[LOCAL_NAME]);
	if (!n)
		return -1;
	n->is_attribute = true;
	if (xml_node_add_text(n, memory_of(x), value, x->err) < 0)
		return -1;
	return xml_node_add(to, n, x->err);
}

static int check_start(struct xml_reader *x, int namespaces, int attributes)
{
	if (x->depth == RECORD_MAX_DEPTH)
		return err_set(x->err, ERR_LIMIT,
			       "elements nested deeper than %d levels",
			       RECORD_MAX_DEPTH);
	if (namespaces > NAMESPACES_MAX - x->namespaces[x->depth])
		return err_set(x->err, ERR_LIMIT,
			       "more than %d namespaces at once",
			       NAMESPACES_MAX);
	if (attributes > RECORD_MAX_COLUMNS)
		return err_set(x->err, ERR_LIMIT,
			       "more than %d attributes in one element",
			       RECORD_MAX_COLUMNS);
	return 0;
}

/* True when the element about to open is a record. */
static bool match(struct xml_reader *x, const xmlChar *name)
{
	if (x->matched != x->depth || x->matched == x->path_len ||
	    !str_is(x->path[x->matched], (const char *)name))
		return false;
	x->matched++;
	if (x->seen < x->matched)
		x->seen = x->matched;
	return x->matched == x->path_len;
}

static int start(struct xml_reader *x, const xmlChar *name, int namespaces,
		 int attributes, const xmlChar *const *parts)
{
	struct xml_node *parent = x->open[x->depth], *n;
	bool is_record;

	if (check_start(x, namespaces, attributes) < 0)
		return -1;
	is_record = match(x, name);
	if (is_record)
		x->record_depth = x->depth + 1;
	n = new_node(x, name);
	if (!n || (!is_record && xml_node_add(parent, n, x->err) < 0))
		return -1;
	for (int i = 0; i < attributes; i++)
		if (add_attribute(x, n, parts + i * ATTRIBUTE_PARTS) < 0)
			return -1;
	x->depth++;
	x->open[x->depth] = n;
	x->namespaces[x->depth] = x->namespaces[x->depth - 1] + namespaces;
	return 0;
}

static int end_record(struct xml_reader *x)
{
	buf_clear(&x->record);
	xml_node_write(x->open[x->depth], false, &x->record, &x->scratch);
	arena_clear(&x->record_memory);
	x->record_depth = 0;
	if (x->record.failed)
		return err_set(x->err, ERR_LIMIT,
			       "record %zu is larger than %zu bytes",
			       x->base.count + 1, RECORD_MAX_BYTES);
	return record_emit(&x->base, buf_str(&x->record), x->err);
}

static int end(struct xml_reader *x)
{
	if (x->depth == x->record_depth && end_record(x) < 0)
		return -1;
	if (x->matched == x->depth)
		x->matched--;
	x->depth--;
	return 0;
}

/* -------------------------------------------------------- libxml2's events */

static void heed(struct xml_reader *x, int result)
{
	if (result == 0)
		return;
	x->failed = true;
	xmlStopParser(x->parser);
}

static void start_cb(void *arg, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int namespaces,
		     const xmlChar **declared, int attributes, int defaulted,
		     const xmlChar **parts)
{
	struct xml_reader *x = arg;

	(void)prefix;
	(void)uri;
	(void)declared;
	(void)defaulted;
	if (!x->failed)
		heed(x, start(x, name, namespaces, attributes,
			      (const xmlChar *const *)parts));
}

static void end_cb(void *arg, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	struct xml_reader *x = arg;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!x->failed)
		heed(x, end(x));
}

static void text_cb(void *arg, const xmlChar *bytes, int len)
{
	struct xml_reader *x = arg;
	struct str text = { (const char *)bytes, (size_t)len };

	if (!x->failed)
		heed(x, xml_node_add_text(x->open[x->depth], memory_of(x), text,
					  x->err));
}

static void doctype_cb(void *arg, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	struct xml_reader *x = arg;

	(void)name;
	(void)external;
	(void)system;
	heed(x, err_set(x->err, ERR_INVALID,
			"the XML has a DOCTYPE, which is not allowed"));
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlErrorPtr error_ptr;
#endif

/* Its texts quote what was read; xml_error tells instead. */
static void silent_cb(void *arg, error_ptr error)
{
	(void)arg;
	(void)error;
}

static const xmlSAXHandler events = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = doctype_cb,
	.startElementNs = start_cb,
	.endElementNs = end_cb,
	.characters = text_cb,
	.ignorableWhitespace = text_cb,
	.cdataBlock = text_cb,
	.serror = silent_cb,
};

/* ----------------------------------------------------------------- feeding */

static const struct {
	int code;
	const char *text;
} errors[] = {
	{ XML_ERR_DOCUMENT_EMPTY, "there is no XML" },
	{ XML_ERR_DOCUMENT_END, "the XML ends too early, or goes on too long" },
	{ XML_ERR_TAG_NAME_MISMATCH,
	  "an end tag does not match its start tag" },
	{ XML_ERR_TAG_NOT_FINISHED, "the XML ends too early" },
	{ XML_ERR_UNDECLARED_ENTITY, "an entity that XML does not define" },
	{ XML_WAR_UNDECLARED_ENTITY, "an entity that XML does not define" },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "an attribute is there twice" },
	{ XML_ERR_INVALID_CHAR, "a character that XML does not allow" },
	{ XML_ERR_INVALID_ENCODING, "not in the encoding that it declares" },
	{ XML_ERR_UNSUPPORTED_ENCODING, "in an encoding that is not known" },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, "a prefix that is not declared" },
};

static int xml_error(struct xml_reader *x)
{
	const xmlError *last = xmlCtxtGetLastError(x->parser);
	int line = xmlSAX2GetLineNumber(x->parser);
	int code = last ? last->code : 0;

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == code)
			return err_set(x->err, ERR_INVALID, "line %d: %s", line,
				       errors[i].text);
	return err_set(x->err, ERR_INVALID,
		       "line %d: not well-formed XML (libxml2's error %d)",
		       line, code);
}

static int check_limits(struct xml_reader *x)
{
	const xmlParserInput *in = x->parser->input;

	if (in && in->end - in->cur > TAG_MAX)
		return err_set(x->err, ERR_LIMIT,
			       "a tag, comment or instruction of more than %d "
			       "bytes",
			       TAG_MAX);
	if (xmlDictGetUsage(x->parser->dict) > NAMES_MAX)
		return err_set(x->err, ERR_LIMIT,
			       "more than %d bytes of different names",
			       NAMES_MAX);
	return 0;
}

static int parse_slice(struct xml_reader *x, struct str text, bool last)
{
	(void)xmlParseChunk(x->parser, text.ptr, (int)text.len, last);
	if (x->failed)
		return -1;
	if (!x->parser->wellFormed || !x->parser->nsWellFormed)
		return xml_error(x);
	return check_limits(x);
}

static int parse(struct str text, void *arg, struct err *err)
{
	struct xml_reader *x = arg;

	(void)err; /* it is x->err */
	while (text.len) {
		size_t len = text.len < SLICE ? text.len : SLICE;
		/* libxml2 would see the end of its input there. */
		const char *nul = memchr(text.ptr, '\0', len);

		if (nul)
			len = (size_t)(nul - text.ptr);
		if (parse_slice(x, (struct str){ text.ptr, len }, false) < 0)
			return -1;
		if (nul)
			return err_set(x->err, ERR_INVALID,
				       "a NUL byte in the XML");
		text.ptr += len;
		text.len -= len;
	}
	return 0;
}

static int take_head(struct xml_reader *x, struct str *bytes, bool is_all)
{
	enum record_encoding encoding;
	size_t len = XML_ENCODING_HEAD - x->head.len;

	if (len > bytes->len)
		len = bytes->len;
	buf_add(&x->head, bytes->ptr, len);
	bytes->ptr += len;
	bytes->len -= len;
	if (xml_encoding(&encoding, &x->is_known, buf_str(&x->head), is_all,
			 x->err) < 0)
		return -1;
	if (!x->is_known)
		return 0;
	decoder_init(&x->decoder, encoding, parse, x);
	return decoder_feed(&x->decoder, buf_str(&x->head), x->err);
}

static int xml_feed(struct record_reader *r, struct str bytes, struct err *err)
{
	struct xml_reader *x = CONTAINER_OF(r, struct xml_reader, base);

	x->err = err;
	if (!x->is_known && take_head(x, &bytes, false) < 0)
		return -1;
	return decoder_feed(&x->decoder, bytes, err);
}

/* An empty list, in XML, is one that is not there; nor is what held it. */
static bool place_was_seen(const struct xml_reader *x)
{
	return x->seen && x->seen + 2 >= x->path_len;
}

static int xml_end(struct record_reader *r, struct str *rest, struct err *err)
{
	struct xml_reader *x = CONTAINER_OF(r, struct xml_reader, base);

	struct str nothing = { "", 0 };

	x->err = err;
	if ((!x->is_known && take_head(x, &nothing, true) < 0) ||
	    decoder_end(&x->decoder, err) < 0 ||
	    parse_slice(x, nothing, true) < 0)
		return -1;
	xml_node_write(x->open[0], true, &x->rest, &x->scratch);
	if (buf_check(&x->rest, "what stands around the records", err) < 0)
		return -1;
	*rest = buf_str(&x->rest);
	return place_was_seen(x) ? 0 : record_no_place(err);
}

/* -------------------------------------------------------------------- life */

static void xml_free(struct record_reader *r)
{
	struct xml_reader *x = CONTAINER_OF(r, struct xml_reader, base);

	xmlFreeParserCtxt(x->parser);
	decoder_release(&x->decoder);
	buf_release(&x->head);
	arena_release(&x->record_memory);
	arena_release(&x->rest_memory);
	buf_release(&x->record);
	buf_release(&x->rest);
	buf_release(&x->scratch);
	free(x->items);
	free(x);
}

static int split_path(struct xml_reader *x, struct str items, struct err *err)
{
	struct str rest, name;
	bool more = true;

	x->items = mem_dup(items.ptr ? items.ptr : "", items.len);
	rest = (struct str){ x->items, items.len };
	if (!str_cut(&rest, '/', &name) || name.len)
		return err_set(err, ERR_INVALID,
			       "a path of XML starts with '/'");
	while (more) {
		more = str_cut(&rest, '/', &name);
		if (!name.len)
			return err_set(err, ERR_INVALID,
				       "a path of XML has an empty name");
		if (x->path_len == PATH_MAX_NAMES)
			return err_set(err, ERR_LIMIT,
				       "a path of XML of more than %d names",
				       PATH_MAX_NAMES);
		x->path[x->path_len++] = name;
	}
	return 0;
}

/*
 * NOENT: else an ampersand in an attribute would arrive as "&#38;". There is
 * no entity beyond the five that it could replace: declaring one takes a
 * DOCTYPE. IGNORE_ENC: what the document declares was heeded here.
 */
#define OPTIONS (XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC)

static int start_parser(struct xml_reader *x, struct err *err)
{
	xmlSAXHandler copy = events;

	xmlInitParser(); /* once, however often it is called */
	/* Of what has no parser of its own to tell it to. */
	xmlSetStructuredErrorFunc(NULL, silent_cb);
	x->parser = xmlCreatePushParserCtxt(&copy, x, NULL, 0, NULL);
	if (!x->parser || xmlCtxtUseOptions(x->parser, OPTIONS) ||
	    xmlSwitchEncoding(x->parser, XML_CHAR_ENCODING_UTF8))
		return err_set(err, ERR_TEMP, "libxml2 does not start");
	return 0;
}

static int xml_open(struct record_reader **out,
		    const struct record_shape *shape, struct err *err)
{
	struct xml_reader *x = mem_new(sizeof(*x));

	arena_init(&x->record_memory, RECORD_MEMORY);
	arena_init(&x->rest_memory, REST_MEMORY);
	decoder_init(&x->decoder, RECORD_UTF8, parse, x);
	buf_init(&x->head, XML_ENCODING_HEAD);
	buf_init(&x->record, RECORD_MAX_BYTES);
	buf_init(&x->rest, RECORD_MAX_REST);
	buf_init(&x->scratch, RECORD_MEMORY);
	x->open[0] = xml_node_new(&x->rest_memory, "");
	ASSERT(x->open[0]);
	if (split_path(x, shape->items, err) < 0 || start_parser(x, err) < 0) {
		xml_free(&x->base);
		return -1;
	}
	*out = &x->base;
	return 0;
}

const struct record_ops record_xml = {
	.open = xml_open,
	.feed = xml_feed,
	.end = xml_end,
	.free = xml_free,
};
