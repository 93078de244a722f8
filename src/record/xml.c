/*
 * XML by libxml2's push parser. What it would hold or compare without end for
 * a hostile sender has limits here.
 */
#include "xml.h"

#include "base/assert.h"
#include "base/mem.h"
#include "xml_encoding.h"

#include <libxml/parserInternals.h>
#include <stdlib.h>

#define SLICE	      16384	  /* bytes between two looks at limits */
#define TAG_MAX	      65536	  /* bytes of a tag, comment or the like */
#define NAMES_MAX     (512 << 10) /* bytes of all different names */
#define RECORD_MEMORY ((size_t)8 << 20)
#define REST_MEMORY   ((size_t)8 << 20)

/* ------------------------------------------------------------------ errors */

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
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == x->error)
			return err_set(x->err, ERR_INVALID, "line %d: %s",
				       x->error_line, errors[i].text);
	return err_set(x->err, ERR_INVALID,
		       "line %d: not well-formed XML (libxml2's error %d)",
		       x->error_line, x->error);
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
	struct xml_start e = { name, namespaces, attributes, parts };

	(void)prefix;
	(void)uri;
	(void)declared;
	(void)defaulted;
	if (x->failed)
		return;
	/* libxml2 goes on after an error of namespaces. */
	heed(x, x->error ? xml_error(x) : xml_elements_start(x, &e));
}

static void end_cb(void *arg, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	struct xml_reader *x = arg;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!x->failed)
		heed(x, xml_elements_end(x));
}

static void text_cb(void *arg, const xmlChar *bytes, int len)
{
	struct xml_reader *x = arg;

	if (!x->failed)
		heed(x, xml_elements_text(x, (struct str){ (const char *)bytes,
							   (size_t)len }));
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

/* Its texts are not for us: they quote what was read. */
static void error_cb(void *arg, error_ptr error)
{
	struct xml_reader *x = arg;

	if (x->error || error->level < XML_ERR_ERROR)
		return;
	x->error = error->code;
	x->error_line = error->line;
}

/* What libxml2 tells to nobody in particular would go to standard error. */
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
	.serror = error_cb,
};

/* ----------------------------------------------------------------- feeding */

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
	if (x->error || !x->parser->wellFormed)
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
		if (x->path_len == XML_PATH_NAMES)
			return err_set(err, ERR_LIMIT,
				       "a path of XML of more than %d names",
				       XML_PATH_NAMES);
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
