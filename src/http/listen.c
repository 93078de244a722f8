/* "address:port" or "unix:/path" to a listening socket. */
#include "base/mem.h"
#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
	socklen_t len;
};

static int bad_address(const char *listen, struct err *err)
{
	return err_set(err, ERR_CONFIG,
		       "cannot listen on '%s': write 127.0.0.1:8080, "
		       "[::1]:8080 or unix:/path",
		       listen);
}

static int parse_unix(struct address *a, const char *path, struct err *err)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(a->u.un.sun_path))
		return err_set(err, ERR_CONFIG,
			       "the path of a unix socket has 1 to %zu bytes",
			       sizeof(a->u.un.sun_path) - 1);
	a->u.un.sun_family = AF_UNIX;
	memcpy(a->u.un.sun_path, path, len + 1);
	a->len = sizeof(a->u.un);
	return 0;
}

static int parse_inet(struct address *a, const char *listen, struct err *err)
{
	const char *colon = strrchr(listen, ':');
	char host[INET6_ADDRSTRLEN + 2];
	uint64_t port;
	size_t len;

	if (!colon || !str_to_u64(str_of(colon + 1), &port) || port > 65535 ||
	    (size_t)(colon - listen) >= sizeof(host))
		return bad_address(listen, err);
	len = (size_t)(colon - listen);
	memcpy(host, listen, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &a->u.in.sin_addr) == 1) {
		a->u.in.sin_family = AF_INET;
		a->u.in.sin_port = htons((in_port_t)port);
		a->len = sizeof(a->u.in);
		return 0;
	}
	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return bad_address(listen, err);
	host[len - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &a->u.in6.sin6_addr) != 1)
		return bad_address(listen, err);
	a->u.in6.sin6_family = AF_INET6;
	a->u.in6.sin6_port = htons((in_port_t)port);
	a->len = sizeof(a->u.in6);
	return 0;
}

static int parse(struct address *a, const char *listen, struct err *err)
{
	memset(a, 0, sizeof(*a));
	if (strncmp(listen, "unix:", 5) == 0)
		return parse_unix(a, listen + 5, err);
	return parse_inet(a, listen, err);
}

/*
 * Accepted sockets inherit TCP_NODELAY from the listening one on Linux, which
 * saves a call for each. IPV6_V6ONLY: [::] must not take the port of 0.0.0.0.
 */
static int set_options(int fd, const struct address *a, bool reuse_port)
{
	int one = 1;

	if (a->u.any.sa_family == AF_UNIX)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		return -1;
	if (a->u.any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -1;
	if (!reuse_port)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
}

/* A socket file that nobody listens on was left by a process that died. */
static bool is_stale(const struct address *a)
{
	struct stat st;
	bool stale;
	int fd;

	/* To connect to any other file is refused in the same way. */
	if (lstat(a->u.un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, &a->u.any, a->len) < 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int bind_to(int fd, const struct address *a)
{
	if (bind(fd, &a->u.any, a->len) == 0)
		return 0;
	if (errno != EADDRINUSE || a->u.any.sa_family != AF_UNIX)
		return -1;
	if (!is_stale(a) || unlink(a->u.un.sun_path) < 0) {
		errno = EADDRINUSE;
		return -1;
	}
	return bind(fd, &a->u.any, a->len);
}

static unsigned bound_port(int fd)
{
	struct address a = { .len = sizeof(a.u) };

	if (getsockname(fd, &a.u.any, &a.len) < 0)
		return 0;
	if (a.u.any.sa_family == AF_INET)
		return ntohs(a.u.in.sin_port);
	if (a.u.any.sa_family == AF_INET6)
		return ntohs(a.u.in6.sin6_port);
	return 0;
}

int http_listen(struct http_server *s, const struct http_server_config *cfg,
		struct err *err)
{
	struct address a;
	int fd;

	if (parse(&a, cfg->listen, err) < 0)
		return -1;
	fd = socket(a.u.any.sa_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || set_options(fd, &a, cfg->reuse_port) < 0 ||
	    bind_to(fd, &a) < 0 || listen(fd, BACKLOG) < 0) {
		err_fill(err, ERR_CONFIG, "cannot listen on '%s': %s",
			 cfg->listen, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (a.u.any.sa_family == AF_UNIX)
		s->unlink_path = mem_dup_z(a.u.un.sun_path);
	s->port = bound_port(fd);
	s->listener.fd = fd;
	return 0;
}
