#include "ids.h"

#include "base/assert.h"

#include <string.h>

#define EPOCH_DIGITS  4
#define NUMBER_DIGITS 8

static char *put(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len);
	return at + len;
}

static char *put_hex(char *at, uint32_t n, unsigned digits, bool upper)
{
	const char *hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (unsigned i = digits; i-- > 0; n >>= 4)
		at[i] = hex[n & 15];
	return at + digits;
}

const char *id_text(const struct id_form *f, uint32_t epoch, uint32_t n,
		    char out[static ID_SIZE])
{
	char digits[STR_NUMBER_SIZE];
	char *at = put(out, f->prefix);
	struct str number;

	if (f->first) {
		number = str_of_u64(
			f->first + (uint64_t)epoch * ID_EPOCH_SIZE + n, digits);
		memcpy(at, number.ptr, number.len);
		at += number.len;
	} else {
		at = put_hex(at, epoch, EPOCH_DIGITS, f->upper);
		at = put(at, f->middle);
		at = put_hex(at, n + 1, NUMBER_DIGITS, f->upper);
	}
	*at = '\0';
	ASSERT(at < out + ID_SIZE);
	return out;
}

static bool find_decimal(const struct id_form *f, uint32_t epoch, struct str id,
			 uint32_t *n)
{
	uint64_t first = f->first + (uint64_t)epoch * ID_EPOCH_SIZE, number;
	struct str prefix = str_of(f->prefix);

	if (!str_starts(id, prefix))
		return false;
	id.ptr += prefix.len;
	id.len -= prefix.len;
	if (!str_to_u64(id, &number) || number < first ||
	    number - first >= ID_EPOCH_SIZE)
		return false;
	*n = (uint32_t)(number - first);
	return true;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reading back by writing again: one spelling only, and no second parser. */
bool id_find(const struct id_form *f, uint32_t epoch, struct str id,
	     uint32_t *n)
{
	char again[ID_SIZE];
	uint32_t number = 0;

	if (f->first)
		return find_decimal(f, epoch, id, n);
	if (id.len < NUMBER_DIGITS)
		return false;
	for (size_t i = id.len - NUMBER_DIGITS; i < id.len; i++) {
		unsigned digit = digit_of(id.ptr[i]);

		if (digit == 16)
			return false;
		number = number << 4 | digit;
	}
	if (number == 0 || !str_is(id, id_text(f, epoch, number - 1, again)))
		return false;
	*n = number - 1;
	return true;
}
