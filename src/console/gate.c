#include "gate.h"

#include <arpa/inet.h>
#include <stddef.h>

#define HOST_MAX 64 /* bytes of a loopback name; all are shorter */

/* "[::1]:80", "[::1]", "127.0.0.1:80", "localhost": the part before a port. */
static struct str without_port(struct str host)
{
	size_t len = host.len;

	while (len && host.ptr[len - 1] >= '0' && host.ptr[len - 1] <= '9')
		len--;
	if (len && len < host.len && host.ptr[len - 1] == ':')
		host.len = len - 1;
	return host;
}

static bool is_loopback_v4(struct str name)
{
	unsigned char bytes[4];
	char text[HOST_MAX];

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 && bytes[0] == 127;
}

bool host_is_loopback(struct str host)
{
	struct str name = without_port(host);

	if (!name.len)
		return false;
	return str_eq_nocase(name, STR("localhost")) ||
	       str_eq(name, STR("[::1]")) || is_loopback_v4(name);
}

bool listens_on_loopback(const char *listen)
{
	return host_is_loopback(str_of(listen));
}

bool bearer_token(struct str authorization, struct str *token)
{
	struct str rest = authorization;
	struct str scheme;

	if (!str_cut(&rest, ' ', &scheme) ||
	    !str_eq_nocase(scheme, STR("Bearer")))
		return false;
	*token = str_trim(rest);
	return token->len > 0;
}
