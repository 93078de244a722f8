/* Elements become nodes of the record under way, or of what surrounds them. */
#include "xml.h"

#define NAMESPACES_MAX	256 /* declared at once */
#define SCHEMA_INSTANCE "http://www.w3.org/2001/XMLSchema-instance"

enum { LOCAL_NAME, PREFIX, URI, VALUE, VALUE_END, ATTRIBUTE_PARTS };

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
			 const xmlChar **parts)
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

int xml_elements_start(struct xml_reader *x, const struct xml_start *e)
{
	struct xml_node *parent = x->open[x->depth], *n;
	bool is_record;

	if (check_start(x, e->namespaces, e->attributes) < 0)
		return -1;
	is_record = match(x, e->name);
	if (is_record)
		x->record_depth = x->depth + 1;
	n = new_node(x, e->name);
	if (!n || (!is_record && xml_node_add(parent, n, x->err) < 0))
		return -1;
	for (int i = 0; i < e->attributes; i++)
		if (add_attribute(x, n, e->parts + i * ATTRIBUTE_PARTS) < 0)
			return -1;
	x->depth++;
	x->open[x->depth] = n;
	x->namespaces[x->depth] = x->namespaces[x->depth - 1] + e->namespaces;
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

int xml_elements_end(struct xml_reader *x)
{
	if (x->depth == x->record_depth && end_record(x) < 0)
		return -1;
	if (x->matched == x->depth)
		x->matched--;
	x->depth--;
	return 0;
}

int xml_elements_text(struct xml_reader *x, struct str text)
{
	return xml_node_add_text(x->open[x->depth], memory_of(x), text, x->err);
}
