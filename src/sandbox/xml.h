/* Writing XML into a buf: what vendors answer with. */
#ifndef SANDBOX_XML_H
#define SANDBOX_XML_H

#include "base/buf.h"

/* text with &, <, >, " escaped. */
void xml_text(struct buf *out, const char *text);

/* <name>text</name>; nothing at all for an empty text. */
void xml_add(struct buf *out, const char *name, const char *text);

#endif
