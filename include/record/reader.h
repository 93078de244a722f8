/*
 * Records out of the bytes of an answer, as they come: JSON, XML or CSV. Each
 * record leaves as the text of one JSON value, whatever it was, so that all
 * behind knows one form. Memory is bounded by one record and what surrounds
 * the records, never by their number. Alone sees libxml2 and libcsv.
 *
 * JSON leaves as it stands there: its nesting and strings are followed, so
 * that nothing in it can feign an end, but whether each record is strict JSON
 * is for json_parse to say. A byte order mark is skipped.
 *
 * XML becomes JSON so: an element is an object of its children by local name
 * (no prefixes); attributes are members "@name"; a child that stands there
 * several times is an array; an element of text alone is a string, one of text
 * and attributes or children has its text in "#text"; an empty element is
 * null. White space around a text does not count. Not data are comments,
 * processing instructions, xmlns and the attributes of XML Schema's instances
 * (xsi:type, xsi:nil). No DTD, no entities but the five, no network.
 *
 * A row of CSV (RFC 4180; lines may end in LF or CR, too) is an object of
 * texts by the names in the header row, as many as that has. A column without
 * a name is left out. Empty lines are passed over.
 */
#ifndef RECORD_READER_H
#define RECORD_READER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum record_format { RECORD_JSON, RECORD_XML, RECORD_CSV, RECORD_FORMAT_COUNT };

enum record_encoding {
	RECORD_UTF8, /* a byte order mark is skipped */
	RECORD_WINDOWS_1252,
	RECORD_LATIN1,
	RECORD_UTF16, /* by its byte order mark; little-endian without one */
	RECORD_ENCODING_COUNT
};

struct record_shape {
	enum record_format format;
	/*
	 * Where the records stand. JSON: a JSON Pointer to an array, or to an
	 * object whose members they are (keyed); "": the document itself.
	 * null in its place is an empty one, and [] an empty object. XML:
	 * local names from the root, "/Envelope/Body/Data/Worker"; every
	 * element there is a record. CSV: not used, each row is one.
	 */
	struct str items;
	bool keyed; /* JSON: an object's members; each is {"key":…,"value":…} */
	char delimiter; /* CSV; 0: found out from the header row (, ; tab |) */
	enum record_encoding encoding; /* of CSV; XML says its own */
};

#define RECORD_MAX_BYTES   ((size_t)1 << 20) /* of a record, as JSON */
#define RECORD_MAX_REST	   ((size_t)4 << 20) /* of all around them, as JSON */
#define RECORD_MAX_DEPTH   64  /* of elements or values, from the root */
#define RECORD_MAX_COLUMNS 512 /* of CSV; of names in one element of XML */

/*
 * json is borrowed for the call; -1 with err ends the reading. Of XML it may
 * be nested twice as deep as the elements were.
 */
typedef int record_fn(struct str json, void *arg, struct err *err);

struct record_reader;

/* ERR_INVALID for items that are no pointer or path. shape is copied. */
int record_reader_new(struct record_reader **out,
		      const struct record_shape *shape, record_fn *fn,
		      void *arg, struct err *err) MUST_CHECK;
void record_reader_free(struct record_reader **r);

/*
 * Take the next bytes; fn is called for each record that they complete.
 * ERR_INVALID with the byte, line or row for what is not well formed,
 * ERR_LIMIT for what is too large or too deep; a reader that failed takes
 * nothing more. No text quotes what was read.
 */
int record_reader_feed(struct record_reader *r, struct str bytes,
		       struct err *err) MUST_CHECK;

/*
 * There is no more. ERR_INVALID when the document is cut short. *rest (may be
 * NULL) is what surrounds the records, as JSON: the document with its records
 * left out, of XML an object with the root element as its member, of CSV
 * {"columns": names}. Borrowed from r.
 *
 * ERR_NOT_FOUND, with *rest all the same, when the document is whole but has
 * no such place as items: it may say why. Since XML knows no empty list, the
 * last two names of its path may be missing.
 */
int record_reader_end(struct record_reader *r, struct str *rest,
		      struct err *err) MUST_CHECK;

size_t record_reader_count(const struct record_reader *r); /* records so far */

#endif
