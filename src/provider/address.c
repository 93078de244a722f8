#include "address.h"

#include "parts.h"

struct address address_split(struct str text)
{
	struct address u = { .query = str_none() };
	struct str rest;
	size_t at = 0;

	(void)str_cut(&text, '#', &rest);
	if (str_cut(&rest, '?', &text))
		u.query = rest;
	while (at + 2 < text.len && memcmp(text.ptr + at, "://", 3) != 0)
		at++;
	for (at += 3; at < text.len && text.ptr[at] != '/'; at++)
		;
	if (at > text.len)
		at = text.len;
	u.origin = (struct str){ text.ptr, at };
	u.path = (struct str){ text.ptr + at, text.len - at };
	return u;
}

bool address_is_clean(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' ||
		    c == '\\')
			return false;
	}
	return true;
}

/* A host's name and nothing else, so that no user or port hides in it. */
static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
	}
	return s.len > 0;
}

static bool is_within(struct str host, struct str domain)
{
	struct str end = { host.ptr, domain.len };

	if (host.len < domain.len)
		return false;
	end.ptr += host.len - domain.len;
	return str_eq_nocase(end, domain) &&
	       (host.len == domain.len || end.ptr[-1] == '.');
}

bool address_may_go(struct str from, struct str to, const char *domain)
{
	struct str scheme = STR("https://"), host = to;

	if (str_eq_nocase(from, to))
		return true;
	if (!domain || !str_starts(to, scheme))
		return false;
	host.ptr += scheme.len;
	host.len -= scheme.len;
	return is_host(host) && is_within(host, str_of(domain));
}

bool fetch_may_follow(const struct manifest *m, struct str url,
		      struct str location)
{
	return m->fetch.redirects && address_is_clean(location) &&
	       address_may_go(address_split(url).origin,
			      address_split(location).origin,
			      m->fetch.redirects);
}
