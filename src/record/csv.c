/*
 * CSV by libcsv: what comes is decoded to UTF-8; the header row tells the
 * delimiter, unless that is set, and the names; then each row is a record.
 */
#include "format.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "decode.h"
#include "json/write.h"

#include <csv.h>
#include <stdlib.h>

#define HEADER_MAX   ((size_t)65536) /* bytes of the header row */
#define NAMES_MEMORY ((size_t)1 << 20)
#define SLICE	     4096 /* bytes between two looks at limits */
#define GROWTH	     4096 /* bytes by which libcsv's own buffer grows */

static const char candidates[] = ",;\t|"; /* of equals, the first */

struct csv_reader {
	struct record_reader base;
	struct csv_parser parser;
	struct decoder decoder;
	struct buf header; /* as text, until the delimiter is known */
	bool in_quotes;	   /* at its end */
	bool is_known;	   /* the delimiter */
	struct arena memory;
	struct str names[RECORD_MAX_COLUMNS];
	struct str keys[RECORD_MAX_COLUMNS]; /* as JSON, with a colon */
	size_t columns;
	size_t column; /* the next of this row */
	size_t row;    /* rows that are whole; the header is the first */
	struct buf record;
	struct buf rest;
	struct err *err;
	bool failed;
};

/* -------------------------------------------------------------- the header */

static int add_name(struct csv_reader *c, struct str name)
{
	struct json_writer w;

	if (c->columns == RECORD_MAX_COLUMNS)
		return err_set(c->err, ERR_LIMIT, "more than %d columns",
			       RECORD_MAX_COLUMNS);
	name = arena_dup(&c->memory, str_trim(name));
	buf_clear(&c->record);
	json_writer_init(&w, &c->record);
	json_add_string(&w, NULL, name);
	buf_add_char(&c->record, ':');
	c->names[c->columns] = name;
	c->keys[c->columns] = arena_dup(&c->memory, buf_str(&c->record));
	if (!name.ptr || !c->keys[c->columns].ptr)
		return err_set(c->err, ERR_LIMIT,
			       "the names of the columns are larger than %zu "
			       "bytes",
			       NAMES_MEMORY / 2);
	c->columns++;
	return 0;
}

static int check_name(struct csv_reader *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->names[i].len && str_eq(c->names[k], c->names[i]))
			return err_set(c->err, ERR_INVALID,
				       "columns %zu and %zu have the same "
				       "name: rename one",
				       k + 1, i + 1);
	return 0;
}

static int end_header(struct csv_reader *c)
{
	struct json_writer w;

	json_writer_init(&w, &c->rest);
	json_open_object(&w, NULL);
	json_open_array(&w, "columns");
	for (size_t i = 0; i < c->columns; i++) {
		if (check_name(c, i) < 0)
			return -1;
		if (c->names[i].len)
			json_add_string(&w, NULL, c->names[i]);
	}
	json_close(&w);
	json_close(&w);
	return buf_check(&c->rest, "what stands in the header", c->err);
}

/* ---------------------------------------------------------------- the rows */

static int check_room(struct csv_reader *c)
{
	if (!c->record.failed)
		return 0;
	return err_set(c->err, ERR_LIMIT, "larger than %zu bytes",
		       RECORD_MAX_BYTES);
}

static int add_value(struct csv_reader *c, struct str value)
{
	size_t i = c->column++;
	struct json_writer w;

	if (i == 0)
		buf_clear(&c->record);
	if (i >= c->columns || !c->names[i].len)
		return 0;
	buf_add_char(&c->record, c->record.len ? ',' : '{');
	buf_add_str(&c->record, c->keys[i]);
	json_writer_init(&w, &c->record);
	json_add_string(&w, NULL, value);
	return check_room(c);
}

static int end_row(struct csv_reader *c)
{
	if (c->column != c->columns)
		return err_set(c->err, ERR_INVALID,
			       "%zu columns, where the header row has %zu",
			       c->column, c->columns);
	if (!c->record.len)
		buf_add_char(&c->record, '{');
	buf_add_char(&c->record, '}');
	if (check_room(c) < 0)
		return -1;
	c->column = 0;
	return record_emit(&c->base, buf_str(&c->record), c->err);
}

static int take_field(struct csv_reader *c, struct str text)
{
	if (text.len && memchr(text.ptr, '\0', text.len))
		return err_set(c->err, ERR_INVALID,
			       "a NUL byte: is it in another encoding?");
	return c->row ? add_value(c, text) : add_name(c, text);
}

static void field_cb(void *bytes, size_t len, void *arg)
{
	struct csv_reader *c = arg;

	if (!c->failed)
		c->failed = take_field(c, (struct str){ bytes, len }) < 0;
}

static void row_cb(int end, void *arg)
{
	struct csv_reader *c = arg;

	(void)end;
	if (c->failed)
		return;
	c->failed = (c->row ? end_row(c) : end_header(c)) < 0;
	c->row += !c->failed;
}

/* ----------------------------------------------------------------- parsing */

static int parse_error(struct csv_reader *c)
{
	if (csv_error(&c->parser) == CSV_ENOMEM)
		return err_set(c->err, ERR_TEMP, "out of memory");
	return err_set(c->err, ERR_INVALID,
		       "quotes must be around the whole of a value, and "
		       "doubled within");
}

static int parse_slice(struct csv_reader *c, struct str text)
{
	if (csv_parse(&c->parser, text.ptr, text.len, field_cb, row_cb, c) !=
		    text.len &&
	    !c->failed)
		return parse_error(c);
	if (c->failed)
		return -1;
	if (csv_get_buffer_size(&c->parser) > RECORD_MAX_BYTES + GROWTH)
		return err_set(c->err, ERR_LIMIT, "larger than %zu bytes",
			       RECORD_MAX_BYTES);
	return 0;
}

static int parse(struct csv_reader *c, struct str text)
{
	while (text.len) {
		size_t len = text.len < SLICE ? text.len : SLICE;

		if (parse_slice(c, (struct str){ text.ptr, len }) < 0)
			return -1;
		text.ptr += len;
		text.len -= len;
	}
	return 0;
}

/* ----------------------------------------------------------- the delimiter */

static char find_delimiter(struct str header)
{
	size_t counts[sizeof(candidates)] = { 0 };
	size_t best = 0;
	bool quoted = false;

	for (size_t i = 0; i < header.len; i++) {
		const char *found = strchr(candidates, header.ptr[i]);

		if (header.ptr[i] == '"')
			quoted = !quoted;
		else if (!quoted && found && *found)
			counts[found - candidates]++;
	}
	for (size_t i = 1; candidates[i]; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

static int know_delimiter(struct csv_reader *c)
{
	csv_set_delim(&c->parser,
		      (unsigned char)find_delimiter(buf_str(&c->header)));
	c->is_known = true;
	if (parse(c, buf_str(&c->header)) < 0)
		return -1;
	buf_release(&c->header);
	return 0;
}

static bool is_line_end(char ch)
{
	return ch == '\n' || ch == '\r';
}

/* Into header as far as the header row goes; empty lines before it do not. */
static int take_header(struct csv_reader *c, struct str *text)
{
	bool ends = false;

	while (text->len && !ends) {
		char ch = *text->ptr++;

		text->len--;
		if (ch == '"')
			c->in_quotes = !c->in_quotes;
		ends = !c->in_quotes && is_line_end(ch) && c->header.len;
		if (c->header.len || !is_line_end(ch))
			buf_add_char(&c->header, ch);
	}
	if (buf_check(&c->header, "the header row", c->err) < 0)
		return -1;
	return ends ? know_delimiter(c) : 0;
}

static int take_text(struct str text, void *arg, struct err *err)
{
	struct csv_reader *c = arg;

	(void)err; /* it is c->err */
	if (!c->is_known && take_header(c, &text) < 0)
		return -1;
	return parse(c, text);
}

/* ----------------------------------------------------------------- feeding */

/* The header row is the first; empty lines do not count. */
static int name_row(struct csv_reader *c)
{
	return err_prefix(c->err, "row %zu", c->row + 1);
}

static int csv_feed(struct record_reader *r, struct str bytes, struct err *err)
{
	struct csv_reader *c = CONTAINER_OF(r, struct csv_reader, base);

	c->err = err;
	return decoder_feed(&c->decoder, bytes, err) < 0 ? name_row(c) : 0;
}

static int finish(struct csv_reader *c)
{
	if (decoder_end(&c->decoder, c->err) < 0 ||
	    (!c->is_known && know_delimiter(c) < 0))
		return -1;
	if (csv_fini(&c->parser, field_cb, row_cb, c) < 0 && !c->failed)
		return err_set(c->err, ERR_INVALID,
			       "the text ends within quotes");
	if (c->failed)
		return -1;
	return c->row ? 0
		      : err_set(c->err, ERR_INVALID, "there is no header row");
}

static int csv_end(struct record_reader *r, struct str *rest, struct err *err)
{
	struct csv_reader *c = CONTAINER_OF(r, struct csv_reader, base);

	c->err = err;
	if (finish(c) < 0)
		return name_row(c);
	*rest = buf_str(&c->rest);
	return 0;
}

/* -------------------------------------------------------------------- life */

static void csv_free_reader(struct record_reader *r)
{
	struct csv_reader *c = CONTAINER_OF(r, struct csv_reader, base);

	csv_free(&c->parser);
	decoder_release(&c->decoder);
	arena_release(&c->memory);
	buf_release(&c->header);
	buf_release(&c->record);
	buf_release(&c->rest);
	free(c);
}

static bool is_delimiter(char ch)
{
	return ch == '\t' || (ch > ' ' && ch < 0x7f && ch != '"');
}

static int csv_open(struct record_reader **out,
		    const struct record_shape *shape, struct err *err)
{
	struct csv_reader *c;

	if (shape->delimiter && !is_delimiter(shape->delimiter))
		return err_set(err, ERR_INVALID,
			       "a delimiter is a tab or a character of ASCII "
			       "other than '\"' and space");
	c = mem_new(sizeof(*c));
	if (csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI)) {
		free(c);
		return err_set(err, ERR_TEMP, "libcsv does not start");
	}
	csv_set_blk_size(&c->parser, GROWTH);
	c->is_known = shape->delimiter != 0;
	if (c->is_known)
		csv_set_delim(&c->parser, (unsigned char)shape->delimiter);
	decoder_init(&c->decoder, shape->encoding, take_text, c);
	arena_init(&c->memory, NAMES_MEMORY);
	buf_init(&c->header, HEADER_MAX);
	buf_init(&c->record, RECORD_MAX_BYTES);
	buf_init(&c->rest, RECORD_MAX_REST);
	*out = &c->base;
	return 0;
}

const struct record_ops record_csv = {
	.open = csv_open,
	.feed = csv_feed,
	.end = csv_end,
	.free = csv_free_reader,
};
