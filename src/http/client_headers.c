/* The header fields of a call. Values may be credentials: they are wiped. */
#include "client_call.h"

#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HEADER_MAX  16384 /* bytes of one header that we send */
#define HEADERS_MAX 64	  /* that we send */

/* RFC 9110 5.6.2. */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.ptr[i]) &&
		    (!s.ptr[i] || !strchr("!#$%&'*+-.^_`|~", s.ptr[i])))
			return false;
	return s.len > 0;
}

static bool is_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static int add_header(struct http_call *call, const struct http_call_header *h,
		      struct err *err)
{
	char line[HEADER_MAX];
	struct curl_slist *longer;
	int len;

	if (!is_token(h->name) || !is_value(h->value))
		return err_set(
			err, ERR_INVALID,
			"a header has a character that it must not have");
	/* "Name;" is how curl is told to send a header without a value. */
	len = snprintf(line, sizeof(line), "%.*s%s%.*s", STR_ARG(h->name),
		       h->value.len ? ": " : ";", STR_ARG(h->value));
	if (len < 0 || (size_t)len >= sizeof(line))
		return err_set(err, ERR_LIMIT,
			       "a header is longer than %d bytes", HEADER_MAX);
	longer = curl_slist_append(call->headers, line);
	explicit_bzero(line, sizeof(line));
	if (!longer)
		return err_set(err, ERR_TEMP, "out of memory");
	call->headers = longer;
	return 0;
}

int call_add_headers(struct http_call *call, const struct http_call_spec *spec,
		     struct err *err)
{
	if (spec->header_count > HEADERS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d headers",
			       HEADERS_MAX);
	for (size_t i = 0; i < spec->header_count; i++)
		if (add_header(call, &spec->headers[i], err) < 0)
			return -1;
	return 0;
}

void call_wipe_headers(struct http_call *call)
{
	for (struct curl_slist *h = call->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(call->headers);
	call->headers = NULL;
}
