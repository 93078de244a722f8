#include "change/digest.h"

#include "crypto/hmac.h"

void digest_text(const struct str *parts, size_t count,
		 char out[static DIGEST_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_SIZE];

	sha256(parts, count, digest);
	for (size_t i = 0; i < (DIGEST_TEXT_SIZE - 1) / 2; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[DIGEST_TEXT_SIZE - 1] = '\0';
}
