#include "words.h"

#define EMAIL_MAX 254
#define SHOWN_MAX 60

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

int words_check_text(struct str s, const char *what, size_t max,
		     struct str *out, struct err *err)
{
	struct str text = str_trim(s);

	if (!text.len)
		return err_set(err, ERR_INVALID, "%s must not be empty", what);
	if (text.len > max)
		return err_set(err, ERR_INVALID,
			       "%s must not be longer than %zu bytes", what,
			       max);
	if (has_control(text))
		return err_set(err, ERR_INVALID,
			       "%s must not hold control characters", what);
	*out = text;
	return 0;
}

int words_check_email(struct str s, struct str *out, struct err *err)
{
	struct str domain;
	struct str local;

	if (words_check_text(s, "email", EMAIL_MAX, out, err) < 0)
		return -1;
	domain = *out;
	if (!str_cut(&domain, '@', &local) || !local.len || !domain.len ||
	    memchr(domain.ptr, '@', domain.len) ||
	    memchr(out->ptr, ' ', out->len))
		return err_set(err, ERR_INVALID,
			       "email must look like name@example.com");
	return 0;
}

struct str words_shown(struct str name)
{
	if (name.len > SHOWN_MAX)
		name.len = SHOWN_MAX;
	return name;
}
