#include "capture.h"

#include "crypto/encode.h"
#include "crypto/seal.h"
#include "crypto/secret.h"
#include "registry/job.h"
#include "json/write.h"

#define PLAIN_MAX  4096
#define SEALED_MAX 8192

/* {"token", "id"}, sealed, as base64. */
static int seal_token(const struct keyring *keys,
		      const struct webhook_handshake *h, struct buf *out,
		      struct err *err)
{
	struct json_writer w;
	struct buf plain, sealed;
	int res;

	buf_init(&plain, PLAIN_MAX);
	buf_init(&sealed, SEALED_MAX);
	(void)buf_reserve(&plain, PLAIN_MAX);
	json_writer_init(&w, &plain);
	json_open_object(&w, NULL);
	json_add_string(&w, "token", h->token);
	if (h->id.ptr)
		json_add_string(&w, "id", h->id);
	json_close(&w);
	res = buf_check(&plain, "the token", err);
	if (res == 0)
		res = seal(keys, SEAL_API, buf_str(&plain), &sealed, err);
	if (res == 0)
		encode(ENCODING_BASE64, sealed.data, sealed.len, out);
	secret_wipe(plain.data, plain.cap);
	buf_release(&plain);
	buf_release(&sealed);
	return res;
}

static int make_input(const struct keyring *keys,
		      const struct webhook_handshake *h, struct arena *a,
		      const struct json **out, struct err *err)
{
	struct json_writer w;
	struct buf sealed, text;
	int res;

	buf_init(&sealed, 2 * SEALED_MAX);
	buf_init(&text, 4 * SEALED_MAX);
	res = seal_token(keys, h, &sealed, err);
	json_writer_init(&w, &text);
	json_open_object(&w, NULL);
	json_add_z(&w, "field", h->field);
	json_add_string(&w, "sealed", buf_str(&sealed));
	json_close(&w);
	if (res == 0)
		res = json_parse(out, a, buf_str(&text), NULL, err);
	buf_release(&sealed);
	buf_release(&text);
	return res;
}

int capture_job(const struct live_route *r, const struct keyring *keys,
		const struct webhook_handshake *h, struct arena *a,
		struct buf *out, struct err *err)
{
	struct job j = {
		.kind = JOB_CAPTURED,
		.organization = str_of(r->organization),
		.connection = str_of(r->connection),
	};

	if (make_input(keys, h, a, &j.input, err) < 0)
		return -1;
	random_id(j.id);
	job_encode(&j, out);
	return buf_check(out, "the job", err);
}
