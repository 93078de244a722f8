#include "xml_encoding.h"

#include "base/assert.h"

#define DECLARATION "<?xml"

static const struct {
	const char *name;
	enum record_encoding encoding;
} names[] = {
	{ "UTF-8", RECORD_UTF8 },
	{ "UTF8", RECORD_UTF8 },
	{ "US-ASCII", RECORD_UTF8 },
	{ "ASCII", RECORD_UTF8 },
	{ "ISO-8859-1", RECORD_LATIN1 },
	{ "ISO_8859-1", RECORD_LATIN1 },
	{ "LATIN1", RECORD_LATIN1 },
	{ "WINDOWS-1252", RECORD_WINDOWS_1252 },
	{ "CP1252", RECORD_WINDOWS_1252 },
};

/* What follows prefix in s, or ptr NULL. */
static struct str after(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	const char *found = memmem(s.ptr, s.len, prefix, len);

	if (!found)
		return str_none();
	found += len;
	return (struct str){ found, s.len - (size_t)(found - s.ptr) };
}

/* The value in quotes of encoding = "…", or ptr NULL. */
static struct str named_in(struct str declaration)
{
	struct str rest = after(declaration, "encoding"), before, name;

	if (!rest.ptr || !str_cut(&rest, '=', &before) || str_trim(before).len)
		return str_none();
	rest = str_trim(rest);
	if (!rest.len || (*rest.ptr != '"' && *rest.ptr != '\''))
		return str_none();
	before = (struct str){ rest.ptr + 1, rest.len - 1 };
	return str_cut(&before, *rest.ptr, &name) ? name : str_none();
}

static int by_name(enum record_encoding *out, struct str declaration,
		   struct err *err)
{
	struct str name = named_in(declaration);

	*out = RECORD_UTF8;
	if (!name.ptr)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq_nocase(name, str_of(names[i].name))) {
			*out = names[i].encoding;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "the XML is in an encoding that is not known: ask for "
		       "UTF-8");
}

static bool starts_alike(struct str head, const char *start)
{
	size_t len = strlen(start);

	return memcmp(head.ptr, start, head.len < len ? head.len : len) == 0;
}

int xml_encoding(enum record_encoding *out, bool *known, struct str head,
		 bool is_all, struct err *err)
{
	struct str declaration;

	*out = RECORD_UTF8;
	*known = is_all || head.len >= XML_ENCODING_HEAD;
	if (!head.len)
		return 0;
	if (starts_alike(head, "\xff\xfe") || starts_alike(head, "\xfe\xff")) {
		*known = *known || head.len >= 2;
		*out = RECORD_UTF16;
		return 0;
	}
	if (!starts_alike(head, DECLARATION)) {
		*known = true;
		return 0;
	}
	if (!str_cut(&head, '>', &declaration))
		return 0;
	*known = true;
	return by_name(out, declaration, err);
}
