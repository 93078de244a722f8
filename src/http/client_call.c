#include "client_call.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "client_url.h"
#include "http/guard.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER_MAX   16384 /* bytes of one header that we send */
#define HEADERS_MAX  64	   /* that we send */
#define METHOD_MAX   16
#define LOW_SPEED_S  20 /* a server may think for so long */
#define LOW_SPEED_BS 64 /* bytes a second, on average */

/* ------------------------------------------------------ curl's callbacks */

static size_t body_cb(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	buf_add(&call->body, data, len);
	if (!call->body.failed)
		return len;
	call->too_large = true;
	return 0; /* anything but len ends the call */
}

/* curl keeps the headers itself (curl_easy_header); here they are counted. */
static size_t header_cb(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	(void)data;
	call->header_bytes += len;
	if (call->header_bytes <= HTTP_CLIENT_MAX_HEADER_BYTES)
		return len;
	call->too_large = true;
	return 0;
}

/*
 * After the name was resolved, before the connect: the one place where what
 * is checked is what is connected to, whatever DNS answers the next time.
 */
static curl_socket_t open_cb(void *arg, curlsocktype purpose,
			     struct curl_sockaddr *address)
{
	struct http_call *call = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!call->allowed && !http_guard_is_public(&address->addr)) {
		call->refused = true;
		return CURL_SOCKET_BAD;
	}
	call->opened = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

/* --------------------------------------------------------------- options */

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_UNRESTRICTED_AUTH, 0 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	/*
	 * 1.1: every call has a connection of its own, so a reset or a stall
	 * costs one call, and no HTTP/2 framing is there to be attacked. A
	 * look-up is one small answer: multiplexing would gain nothing.
	 */
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BS },
	{ CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S },
	{ CURLOPT_NOSIGNAL, 1 },
	/* A call that ends while its name is still being looked up must not
	 * wait for the resolver's thread. */
	{ CURLOPT_QUICK_EXIT, 1 },
};

static const struct {
	CURLoption option;
	const char *value;
} texts[] = {
	{ CURLOPT_REDIR_PROTOCOLS_STR, "https" },
	/* Not even from the environment: the guard would see the proxy. */
	{ CURLOPT_PROXY, "" },
	{ CURLOPT_NOPROXY, "*" },
	{ CURLOPT_USERAGENT, "hrisd" },
};

/* The first failure is kept, so that a run of options is checked once. */
struct setup {
	CURL *easy;
	CURLcode rc;
};

#define SET(s, option, value)        \
	((s)->rc = (s)->rc ? (s)->rc \
			   : curl_easy_setopt((s)->easy, (option), (value)))

static void set_fixed(struct setup *s)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		SET(s, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		SET(s, texts[i].option, texts[i].value);
}

static void set_limits(struct setup *s, const struct http_client_config *cfg)
{
	SET(s, CURLOPT_CONNECTTIMEOUT_MS, (long)cfg->connect_ms);
	SET(s, CURLOPT_TIMEOUT_MS, (long)cfg->total_ms);
	/* Binds when the length is announced; body_cb binds always. */
	SET(s, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)cfg->max_body_bytes);
	if (cfg->ca_file && *cfg->ca_file)
		SET(s, CURLOPT_CAINFO, cfg->ca_file);
}

static void set_callbacks(struct setup *s, struct http_call *call)
{
	SET(s, CURLOPT_PRIVATE, (void *)call);
	SET(s, CURLOPT_WRITEFUNCTION, body_cb);
	SET(s, CURLOPT_WRITEDATA, (void *)call);
	SET(s, CURLOPT_HEADERFUNCTION, header_cb);
	SET(s, CURLOPT_HEADERDATA, (void *)call);
	SET(s, CURLOPT_OPENSOCKETFUNCTION, open_cb);
	SET(s, CURLOPT_OPENSOCKETDATA, (void *)call);
}

static void set_request(struct setup *s, const struct http_call *call,
			const struct http_call_spec *spec)
{
	SET(s, CURLOPT_CURLU, call->url);
	SET(s, CURLOPT_PROTOCOLS_STR, call->allowed ? "https,http" : "https");
	SET(s, CURLOPT_HTTPHEADER, call->headers);
	if (strcmp(spec->method, "HEAD") == 0) {
		SET(s, CURLOPT_NOBODY, 1L); /* else it waits for a body */
		return;
	}
	if (spec->body.ptr) {
		SET(s, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)spec->body.len);
		SET(s, CURLOPT_COPYPOSTFIELDS, spec->body.ptr);
	}
	SET(s, CURLOPT_CUSTOMREQUEST, spec->method);
}

/* --------------------------------------------------------------- headers */

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

/* Values may be credentials: what is copied here is wiped in wipe_headers. */
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

static int add_headers(struct http_call *call,
		       const struct http_call_spec *spec, struct err *err)
{
	if (spec->header_count > HEADERS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d headers",
			       HEADERS_MAX);
	for (size_t i = 0; i < spec->header_count; i++)
		if (add_header(call, &spec->headers[i], err) < 0)
			return -1;
	return 0;
}

static void wipe_headers(struct curl_slist *list)
{
	for (struct curl_slist *h = list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

/* ------------------------------------------------------------------ life */

static bool is_method(const char *method)
{
	size_t len = strlen(method);

	return len > 0 && len <= METHOD_MAX &&
	       strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static int set_all(struct http_call *call, const struct http_client_config *cfg,
		   const struct http_call_spec *spec, struct err *err)
{
	struct setup s = { .easy = curl_easy_init() };

	call->easy = s.easy;
	if (!s.easy)
		return err_set(err, ERR_TEMP, "out of memory");
	set_fixed(&s);
	set_limits(&s, cfg);
	set_callbacks(&s, call);
	set_request(&s, call, spec);
	if (s.rc)
		return err_set(err, ERR_CONFIG, "libcurl refuses an option: %s",
			       curl_easy_strerror(s.rc));
	return 0;
}

int call_new(struct http_call **out, const struct http_client_config *cfg,
	     const struct http_call_spec *spec, struct err *err)
{
	struct http_call *call;

	if (!is_method(spec->method))
		return err_set(err, ERR_INVALID, "not an HTTP method");
	call = mem_new(sizeof(*call));
	buf_init(&call->body, cfg->max_body_bytes);
	if (client_url_check(&call->url, &call->allowed, spec->url,
			     cfg->allow_hosts, err) < 0 ||
	    add_headers(call, spec, err) < 0 ||
	    set_all(call, cfg, spec, err) < 0) {
		call_free(call);
		return -1;
	}
	*out = call;
	return 0;
}

void call_free(struct http_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_url_cleanup(call->url);
	wipe_headers(call->headers);
	buf_release(&call->body);
	free(call);
}
