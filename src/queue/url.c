#include "url.h"

#include "base/assert.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_PORT 6379

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* With %XX undone, into size bytes; what names the part in messages. */
static int decode(char *out, size_t size, struct str s, const char *what,
		  struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.ptr[i];

		if (c == '%') {
			int high = i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
			int low = high < 0 ? -1 : hex(s.ptr[i + 2]);

			if (low < 0)
				return err_set(err, ERR_CONFIG,
					       "redis url: %% in the %s must "
					       "be written %%25",
					       what);
			c = high * 16 + low;
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return err_set(err, ERR_CONFIG,
				       c ? "redis url: the %s is too long"
					 : "redis url: NUL in the %s",
				       what);
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

static int parse_db(struct queue_url *u, struct str s, struct err *err)
{
	uint64_t n;

	if (s.len == 0)
		return 0;
	if (!str_to_u64(s, &n) || n > QUEUE_DB_MAX)
		return err_set(err, ERR_CONFIG,
			       "redis url: the database must be a number, "
			       "as in redis://localhost:6379/0");
	u->db = (unsigned)n;
	return 0;
}

static int parse_option(struct queue_url *u, struct str option, struct err *err)
{
	struct str name;

	(void)str_cut(&option, '=', &name);
	if (str_is(name, "user"))
		return decode(u->user, sizeof(u->user), option, "user", err);
	if (str_is(name, "password"))
		return decode(u->password, sizeof(u->password), option,
			      "password", err);
	if (str_is(name, "db"))
		return parse_db(u, option, err);
	return err_set(err, ERR_CONFIG,
		       "redis url: after '?' only user=, password= and db= "
		       "are known");
}

static int parse_unix(struct queue_url *u, struct str rest, struct err *err)
{
	struct str path, option;
	bool more = str_cut(&rest, '?', &path);

	if (path.len == 0 || path.ptr[0] != '/')
		return err_set(err, ERR_CONFIG,
			       "redis url: unix: needs a whole path, as in "
			       "unix:/run/redis/redis-server.sock");
	if (decode(u->path, sizeof(u->path), path, "path", err) < 0)
		return -1;
	while (more) {
		more = str_cut(&rest, '&', &option);
		if (parse_option(u, option, err) < 0)
			return -1;
	}
	(void)snprintf(u->label, sizeof(u->label), "unix:%s", u->path);
	return 0;
}

static int parse_login(struct queue_url *u, struct str login, struct err *err)
{
	struct str user;

	if (!str_cut(&login, ':', &user))
		return err_set(err, ERR_CONFIG,
			       "redis url: before '@' belongs user:password, "
			       "or :password");
	if (decode(u->user, sizeof(u->user), user, "user", err) < 0)
		return -1;
	return decode(u->password, sizeof(u->password), login, "password", err);
}

/* host, host:port, [v6], [v6]:port */
static int parse_host(struct queue_url *u, struct str s, struct err *err)
{
	struct str host, port = { 0 };
	uint64_t n = DEFAULT_PORT;

	if (s.len && s.ptr[0] == '[') {
		s.ptr++;
		s.len--;
		if (!str_cut(&s, ']', &host) || (s.len && s.ptr[0] != ':'))
			return err_set(err, ERR_CONFIG,
				       "redis url: write an IPv6 address as in "
				       "redis://[::1]:6379");
		if (s.len)
			port = (struct str){ s.ptr + 1, s.len - 1 };
	} else {
		(void)str_cut(&s, ':', &host);
		port = s;
	}
	if (port.len && (!str_to_u64(port, &n) || n == 0 || n > 65535))
		return err_set(err, ERR_CONFIG,
			       "redis url: the port must be 1 to 65535");
	if (host.len == 0)
		host = STR("localhost");
	if (host.len > QUEUE_HOST_MAX || memchr(host.ptr, '\0', host.len))
		return err_set(err, ERR_CONFIG,
			       "redis url: the host is too long");
	memcpy(u->host, host.ptr, host.len);
	u->host[host.len] = '\0';
	u->port = (uint16_t)n;
	(void)snprintf(u->label, sizeof(u->label), "%s:%u", u->host,
		       (unsigned)u->port);
	return 0;
}

/* The last '@' divides: a password that holds one still works. */
static bool cut_login(struct str *rest, struct str *login)
{
	for (size_t i = rest->len; i > 0; i--) {
		if (rest->ptr[i - 1] != '@')
			continue;
		*login = (struct str){ rest->ptr, i - 1 };
		rest->ptr += i;
		rest->len -= i;
		return true;
	}
	return false;
}

static int parse_tcp(struct queue_url *u, struct str rest, struct err *err)
{
	struct str login, host;

	if (cut_login(&rest, &login) && parse_login(u, login, err) < 0)
		return -1;
	(void)str_cut(&rest, '/', &host);
	if (parse_host(u, host, err) < 0)
		return -1;
	return parse_db(u, rest, err);
}

static int refuse_tls(struct queue_url *u, struct str rest, struct err *err)
{
	(void)u;
	(void)rest;
	return err_set(err, ERR_CONFIG,
		       "redis url: this build has no TLS to Redis; use unix:, "
		       "redis:// in a private network, or a TLS tunnel such "
		       "as stunnel");
}

static const struct scheme {
	const char *prefix;
	int (*parse)(struct queue_url *u, struct str rest, struct err *err);
} schemes[] = {
	{ "unix:", parse_unix },
	{ "redis://", parse_tcp },
	{ "rediss://", refuse_tls },
};

int queue_url_parse(struct queue_url *out, const char *text, struct err *err)
{
	struct str s = str_of(text);

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct str prefix = str_of(schemes[i].prefix);
		struct str rest = { text + prefix.len, s.len - prefix.len };
		struct queue_url u = { 0 };

		if (!str_starts(s, prefix))
			continue;
		if (schemes[i].parse(&u, rest, err) < 0)
			return -1;
		if (u.user[0] && !u.password[0])
			return err_set(err, ERR_CONFIG,
				       "redis url: a user needs a password");
		*out = u;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "redis url: must start with unix:/ or redis://");
}
