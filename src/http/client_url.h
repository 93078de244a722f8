/* The URL of a call, checked once and used as it was checked. */
#ifndef HTTP_CLIENT_URL_H
#define HTTP_CLIENT_URL_H

#include "base/err.h"

#include <curl/curl.h>
#include <stdbool.h>

/*
 * *allowed tells whether allow_hosts names its host and port, so that neither
 * TLS nor a public address is asked of it. Free *out with curl_url_cleanup.
 */
int client_url_check(CURLU **out, bool *allowed, const char *url, bool sftp,
		     const char *allow_hosts, struct err *err) MUST_CHECK;

#endif
