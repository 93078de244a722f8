#include "crypto/jwt.h"

#include "crypto/encode.h"

int jwt_sign(enum sign_algorithm alg, struct str key, struct str header,
	     struct str claims, struct buf *out, struct err *err)
{
	size_t start = out->len;
	struct buf signature;
	struct str text;
	int res;

	encode(ENCODING_BASE64URL, header.ptr, header.len, out);
	buf_add_char(out, '.');
	encode(ENCODING_BASE64URL, claims.ptr, claims.len, out);
	text = buf_str(out);
	text.ptr += start;
	text.len -= start;
	buf_init(&signature, JWT_SIGNATURE_MAX);
	res = out->failed ? 0
			  : sign_text(alg, key, text, ENCODING_BASE64URL,
				      &signature, err);
	buf_add_char(out, '.');
	buf_add_str(out, buf_str(&signature));
	buf_release(&signature);
	return res;
}
