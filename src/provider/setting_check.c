#include "setting_check.h"

#define SETTING_MAX 255 /* bytes */
#define LABEL_MAX   63	/* of a DNS name, RFC 1035 */

static bool is_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0 && s.len <= SETTING_MAX;
}

static bool is_label(struct str s)
{
	if (!s.len || s.len > LABEL_MAX || s.ptr[0] == '-' ||
	    s.ptr[s.len - 1] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') ||
		      (s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '-'))
			return false;
	return true;
}

/*
 * Scheme, host and perhaps a path, but nothing that would swallow what is
 * appended, or carry a password.
 */
static bool is_base_url(struct str s)
{
	struct str rest = s;
	struct str scheme;

	if (!is_text(s) || s.ptr[s.len - 1] == '/' ||
	    !str_cut(&rest, ':', &scheme) ||
	    !(str_is(scheme, "https") || str_is(scheme, "http")) ||
	    !str_starts(rest, STR("//")) || rest.len == 2 || rest.ptr[2] == '/')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" @?#\\{}\"<>", s.ptr[i]))
			return false;
	return true;
}

struct kind_row {
	bool (*holds)(struct str value);
	const char *wanted;
};

static const struct kind_row kinds[SETTING_KIND_COUNT] = {
	[SETTING_TEXT] = { is_text, "1 to 255 bytes without control "
				    "characters" },
	[SETTING_DNS_LABEL] = { is_label,
				"one part of a host's name, of a-z, 0-9 and "
				"'-'" },
	[SETTING_BASE_URL] = { is_base_url,
			       "like https://host/path, without a '/' at its "
			       "end" },
};

int setting_check(const struct setting_field *f, struct str value,
		  struct err *err)
{
	if (kinds[f->kind].holds(value))
		return 0;
	return err_set(err, ERR_INVALID, "%s is not %s", f->name,
		       kinds[f->kind].wanted);
}
