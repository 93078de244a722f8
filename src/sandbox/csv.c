#include "csv.h"

#include <string.h>

void csv_add(struct buf *out, bool behind, char delimiter, const char *text)
{
	const char special[] = { delimiter, '"', '\r', '\n', '\0' };

	if (behind)
		buf_add_char(out, delimiter);
	if (!strpbrk(text, special)) {
		buf_add_z(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}
