/* A call's life, and the options that make curl do as client.h says. */
#include "client_call.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "client_sftp.h"
#include "client_url.h"
#include "http/guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define METHOD_MAX 16

/*
 * After the name was resolved, before the connect: the one place where what
 * is checked is what is connected to, whatever DNS answers the next time. A
 * connection that is used again has passed here for the same host and port.
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
	 * 1.1: every call has a connection of its own, so a reset, a stall or
	 * a pause costs one call, and no HTTP/2 framing is there to be
	 * attacked. Multiplexing would gain nothing.
	 */
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
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

static void set_limits(struct setup *s, const struct http_call *call,
		       const struct http_client_config *cfg,
		       const struct http_call_spec *spec)
{
	int64_t total_ms = spec->total_ms ? spec->total_ms : cfg->total_ms;

	SET(s, CURLOPT_CONNECTTIMEOUT_MS, (long)cfg->connect_ms);
	SET(s, CURLOPT_TIMEOUT_MS, (long)total_ms);
	/* Binds when the length is announced; call_body_cb binds always. */
	SET(s, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->max_body);
	if (cfg->ca_file && *cfg->ca_file)
		SET(s, CURLOPT_CAINFO, cfg->ca_file);
}

static void set_callbacks(struct setup *s, struct http_call *call)
{
	SET(s, CURLOPT_PRIVATE, (void *)call);
	SET(s, CURLOPT_WRITEFUNCTION, call_body_cb);
	SET(s, CURLOPT_WRITEDATA, (void *)call);
	SET(s, CURLOPT_HEADERFUNCTION, call_header_cb);
	SET(s, CURLOPT_HEADERDATA, (void *)call);
	SET(s, CURLOPT_OPENSOCKETFUNCTION, open_cb);
	SET(s, CURLOPT_OPENSOCKETDATA, (void *)call);
}

static void set_request(struct setup *s, const struct http_call *call,
			const struct http_call_spec *spec)
{
	SET(s, CURLOPT_PROTOCOLS_STR, call->allowed ? "https,http" : "https");
	SET(s, CURLOPT_HTTPHEADER, call->headers);
	if (strcmp(spec->method, "HEAD") == 0) {
		SET(s, CURLOPT_NOBODY, 1L); /* else it waits for a body */
		return;
	}
	if (spec->body.ptr) {
		SET(s, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->sent.len);
		SET(s, CURLOPT_POSTFIELDS, buf_z(&call->sent));
	}
	SET(s, CURLOPT_CUSTOMREQUEST, spec->method);
}

/*
 * curl shares a connection when the certificates are the same bytes, whatever
 * the keys (CVE-2026-8932); so the key stands behind the certificate, where
 * OpenSSL passes over it. Sessions are not kept, for what is compared before
 * one is resumed differs from version to version. An empty password: OpenSSL
 * would ask for one at the terminal.
 */
static void set_identity(struct setup *s, struct http_call *call)
{
	struct curl_blob blob = { .data = call->identity.data,
				  .len = call->identity.len,
				  .flags = CURL_BLOB_NOCOPY };

	if (!blob.len)
		return;
	SET(s, CURLOPT_SSLCERT_BLOB, &blob);
	SET(s, CURLOPT_SSLKEY_BLOB, &blob);
	SET(s, CURLOPT_KEYPASSWD, "");
	SET(s, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

/* ------------------------------------------------------------------ life */

static bool is_method(const char *method)
{
	size_t len = strlen(method);

	return len > 0 && len <= METHOD_MAX &&
	       strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static int take_identity(struct http_call *call,
			 const struct http_call_spec *spec, struct err *err)
{
	if (!spec->certificate.len != !spec->key.len)
		return err_set(err, ERR_CONFIG,
			       "a client certificate and its key are given "
			       "both or not at all");
	if (!spec->key.len)
		return 0;
	/* At once: growing would leave half a key in freed memory. */
	(void)buf_reserve(&call->identity,
			  spec->certificate.len + 1 + spec->key.len);
	buf_add_str(&call->identity, spec->certificate);
	buf_add_char(&call->identity, '\n');
	buf_add_str(&call->identity, spec->key);
	return buf_check(&call->identity, "a client certificate with its key",
			 err);
}

static int set_all(struct http_call *call, const struct http_client_config *cfg,
		   const struct http_call_spec *spec, struct err *err)
{
	struct setup s = { .easy = curl_easy_init() };

	call->easy = s.easy;
	if (!s.easy)
		return err_set(err, ERR_TEMP, "out of memory");
	set_fixed(&s);
	set_limits(&s, call, cfg, spec);
	set_callbacks(&s, call);
	if (!spec->sftp)
		set_request(&s, call, spec);
	SET(&s, CURLOPT_CURLU, call->url);
	set_identity(&s, call);
	if (s.rc)
		return err_set(err, ERR_CONFIG, "libcurl refuses an option: %s",
			       curl_easy_strerror(s.rc));
	return spec->sftp ? client_sftp_set(call, spec, err) : 0;
}

static struct http_call *new_call(const struct http_client_config *cfg,
				  const struct http_call_spec *spec)
{
	struct http_call *call = mem_new(sizeof(*call));
	size_t max = spec->max_body_bytes ? spec->max_body_bytes
					  : cfg->max_body_bytes;

	call->sftp = spec->sftp != NULL;
	call->key_fd = -1;
	call->chunk = spec->chunk;
	call->max_body = max;
	call->stall_ms = spec->stall_ms ? spec->stall_ms : cfg->stall_ms;
	call->slow_ms = spec->slow_ms;
	call->slow_bytes = spec->slow_bytes;
	buf_init(&call->body, call->chunk ? HTTP_CLIENT_MAX_ERROR_BYTES : max);
	buf_init(&call->identity, HTTP_CLIENT_MAX_IDENTITY);
	buf_init(&call->sent, spec->body.len);
	buf_add_str(&call->sent, spec->body);
	return call;
}

int call_new(struct http_call **out, const struct http_client_config *cfg,
	     const struct http_call_spec *spec, struct err *err)
{
	struct http_call *call;

	if (!is_method(spec->method))
		return err_set(err, ERR_INVALID, "not an HTTP method");
	call = new_call(cfg, spec);
	if (client_url_check(&call->url, &call->allowed, spec->url, call->sftp,
			     cfg->allow_hosts, err) < 0 ||
	    call_add_headers(call, spec, err) < 0 ||
	    take_identity(call, spec, err) < 0 ||
	    set_all(call, cfg, spec, err) < 0) {
		call_free(call);
		return -1;
	}
	*out = call;
	return 0;
}

static void wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

void call_free(struct http_call *call)
{
	curl_easy_cleanup(call->easy);
	curl_url_cleanup(call->url);
	call_wipe_headers(call);
	client_sftp_release(call);
	wipe(&call->sent);
	wipe(&call->identity);
	buf_release(&call->body);
	free(call);
}
