#include "xml.h"

#include <string.h>

static const char *escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	default:
		return "&quot;";
	}
}

void xml_text(struct buf *out, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"");

		buf_add(out, text, plain);
		text += plain;
		if (!*text)
			return;
		buf_add_z(out, escape(*text++));
	}
}

void xml_add(struct buf *out, const char *name, const char *text)
{
	if (!text[0])
		return;
	buf_add_char(out, '<');
	buf_add_z(out, name);
	buf_add_char(out, '>');
	xml_text(out, text);
	buf_add(out, "</", 2);
	buf_add_z(out, name);
	buf_add_char(out, '>');
}
