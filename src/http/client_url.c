#include "client_url.h"

#include "base/str.h"
#include "http/guard.h"

#include <string.h>

#define HTTPS_PORT 443
#define SFTP_PORT  22

/* What a proxy, a log or another parser could read differently is refused. */
static bool is_plain(const char *url)
{
	for (; *url; url++) {
		unsigned char c = (unsigned char)*url;

		if (c <= ' ' || c >= 0x7f || c == '\\')
			return false;
	}
	return true;
}

/*
 * The host and port that curl will use: literals in any notation ("0x7f.1",
 * "127.1") are one spelling here.
 */
static bool host_is_allowed(CURLU *u, const char *allow_hosts, uint64_t *port)
{
	char *host = NULL, *digits = NULL;
	bool allowed = false;

	*port = 0;
	if (!curl_url_get(u, CURLUPART_HOST, &host, 0) &&
	    !curl_url_get(u, CURLUPART_PORT, &digits, CURLU_DEFAULT_PORT) &&
	    str_to_u64(str_of(digits), port))
		allowed = http_guard_is_allowed(allow_hosts, host,
						(unsigned)*port);
	curl_free(host);
	curl_free(digits);
	return allowed;
}

static bool scheme_is(CURLU *u, const char *want)
{
	char *scheme = NULL;
	bool same = !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) &&
		    str_eq_nocase(str_of(scheme), str_of(want));

	curl_free(scheme);
	return same;
}

static int judge(CURLU *u, bool *allowed, bool sftp, const char *allow_hosts,
		 struct err *err)
{
	uint64_t port;

	*allowed = host_is_allowed(u, allow_hosts, &port);
	if (sftp && !scheme_is(u, "sftp"))
		return err_set(err, ERR_INVALID, "not an address of SFTP");
	if (!sftp && !scheme_is(u, "https") &&
	    !(*allowed && scheme_is(u, "http")))
		return err_set(err, ERR_FORBIDDEN,
			       "only https is called: name the host in "
			       "allow-hosts to call it without TLS");
	if (!*allowed && port != (sftp ? SFTP_PORT : HTTPS_PORT))
		return err_set(err, ERR_FORBIDDEN,
			       "port %u is not called: name the host with its "
			       "port in allow-hosts",
			       (unsigned)port);
	return 0;
}

int client_url_check(CURLU **out, bool *allowed, const char *url, bool sftp,
		     const char *allow_hosts, struct err *err)
{
	CURLU *u;
	CURLUcode rc;

	if (!is_plain(url))
		return err_set(err, ERR_INVALID,
			       "the URL has a character that must be "
			       "percent-encoded");
	u = curl_url();
	if (!u)
		return err_set(err, ERR_TEMP, "out of memory");
	rc = curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (rc == CURLUE_USER_NOT_ALLOWED)
		(void)err_set(err, ERR_FORBIDDEN,
			      "a URL must not carry a user or password");
	else if (rc)
		(void)err_set(err, ERR_INVALID, "not a URL: %s",
			      curl_url_strerror(rc));
	else if (judge(u, allowed, sftp, allow_hosts, err) == 0) {
		*out = u;
		return 0;
	}
	curl_url_cleanup(u);
	return -1;
}
