/*
 * Random bytes come from the kernel, a page at a time: one system call pays
 * for many ids. What was handed out is wiped from the page.
 */
#include "crypto/random.h"

#include "base/assert.h"
#include "start.h"

#include <sodium.h>
#include <string.h>

#define POOL_SIZE    4096
#define DIRECT_SIZE  256 /* bytes; a larger request is not worth buffering */
#define TIME_LETTERS 10	 /* 50 bits, of which 48 are used */

static unsigned char pool[POOL_SIZE];
static size_t pool_left; /* unused bytes, at the end of the pool */

void random_bytes(void *out, size_t len)
{
	unsigned char *from;

	crypto_start();
	if (len > DIRECT_SIZE) {
		randombytes_buf(out, len);
		return;
	}
	if (len > pool_left) {
		randombytes_buf(pool, sizeof(pool));
		pool_left = sizeof(pool);
	}
	from = pool + sizeof(pool) - pool_left;
	memcpy(out, from, len);
	memset(from, 0, len);
	pool_left -= len;
}

uint32_t random_below(uint32_t limit)
{
	uint32_t n, unfair;

	ASSERT(limit > 0);
	/* Below this, 2^32 mod limit, some remainders would come up more. */
	unfair = -limit % limit;
	do
		random_bytes(&n, sizeof(n));
	while (n < unfair);
	return n % limit;
}

/* Five bits of each random byte choose a letter. */
static void add_random_letters(char *out, size_t count, const char *letters)
{
	unsigned char bytes[RANDOM_ID_SIZE];

	ASSERT(count < sizeof(bytes));
	random_bytes(bytes, count);
	for (size_t i = 0; i < count; i++)
		out[i] = letters[bytes[i] & 31];
	out[count] = '\0';
}

void random_id(char out[static RANDOM_ID_SIZE])
{
	add_random_letters(out, RANDOM_ID_SIZE - 1,
			   "abcdefghijklmnopqrstuvwxyz234567");
}

void random_sorted_id(char out[static RANDOM_ID_SIZE], int64_t now_ms)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t ms = (uint64_t)now_ms;

	ASSERT(now_ms >= 0 && now_ms < INT64_C(1) << 48);
	for (size_t i = TIME_LETTERS; i > 0; i--) {
		out[i - 1] = letters[ms & 31];
		ms >>= 5;
	}
	add_random_letters(out + TIME_LETTERS,
			   RANDOM_ID_SIZE - 1 - TIME_LETTERS, letters);
}
