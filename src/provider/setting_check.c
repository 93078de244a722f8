#include "setting_check.h"

#include "base/buf.h"

#include <inttypes.h>

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

/* As in an address: letters, digits, '-' and '.', and perhaps a port. */
static bool is_host(struct str s)
{
	struct str port = s, label;
	uint64_t n;
	bool more;

	if (!is_text(s))
		return false;
	if (str_cut(&port, ':', &s) &&
	    (!str_to_u64(port, &n) || n == 0 || n > 65535))
		return false;
	do {
		more = str_cut(&s, '.', &label);
		if (!is_label(label))
			return false;
	} while (more);
	return true;
}

static bool is_choice(const struct setting_field *f, struct str s)
{
	for (size_t i = 0; i < f->choice_count; i++)
		if (str_is(s, f->choices[i]))
			return true;
	return false;
}

/* In the one way to write it, which JSON takes too. */
static bool is_number(const struct setting_field *f, struct str s)
{
	char room[STR_NUMBER_SIZE];
	int64_t n;

	return str_to_i64(s, &n) && n >= f->min && n <= f->max &&
	       str_eq(str_of_i64(n, room), s);
}

static bool is_bool(struct str s)
{
	return str_is(s, "true") || str_is(s, "false");
}

/* RFC 9110, 5.6.2: a token. */
static bool is_header(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return s.len > 0 && s.len <= LABEL_MAX;
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
	[SETTING_HOST] = { is_host, "a host's name like hr.example.com" },
	[SETTING_BOOL] = { is_bool, "true or false" },
	[SETTING_HEADER] = { is_header, "the name of an HTTP header" },
};

static int check_choice(const struct setting_field *f, struct str value,
			struct err *err)
{
	struct buf known;

	if (is_choice(f, value))
		return 0;
	buf_init(&known, ERR_TEXT_SIZE / 2);
	for (size_t i = 0; i < f->choice_count; i++) {
		buf_add_z(&known, i ? ", " : "");
		buf_add_z(&known, f->choices[i]);
	}
	(void)err_set(err, ERR_INVALID, "%s is not one of %s", f->name,
		      buf_z(&known));
	buf_release(&known);
	return -1;
}

int setting_check(const struct setting_field *f, struct str value,
		  struct err *err)
{
	if (f->kind == SETTING_CHOICE)
		return check_choice(f, value, err);
	if (f->kind == SETTING_NUMBER)
		return is_number(f, value)
			       ? 0
			       : err_set(err, ERR_INVALID,
					 "%s is not a whole number from "
					 "%" PRId64 " to %" PRId64,
					 f->name, f->min, f->max);
	if (kinds[f->kind].holds(value))
		return 0;
	return err_set(err, ERR_INVALID, "%s is not %s", f->name,
		       kinds[f->kind].wanted);
}
