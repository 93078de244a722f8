/*
 * The encoding of an XML document, by its first bytes: a byte order mark, or
 * what its declaration says; else UTF-8.
 */
#ifndef RECORD_XML_ENCODING_H
#define RECORD_XML_ENCODING_H

#include "base/err.h"
#include "base/str.h"
#include "record/reader.h"

#include <stdbool.h>

#define XML_ENCODING_HEAD 256 /* bytes that are enough */

/*
 * *known is false when head is too short to say; it is not when head has
 * XML_ENCODING_HEAD bytes or is all there is (is_all). ERR_INVALID for an
 * encoding that we do not read.
 */
int xml_encoding(enum record_encoding *out, bool *known, struct str head,
		 bool is_all, struct err *err) MUST_CHECK;

#endif
