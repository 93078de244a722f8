#include "vault.h"

#include "base/assert.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

struct secret {
	size_t len;
	unsigned char bytes[];
};

struct secret *secret_new_empty(size_t len, unsigned char **bytes_out)
{
	struct secret *s;

	ASSERT(len < SIZE_MAX / 2);
	s = vault_alloc(sizeof(*s) + len);
	s->len = len;
	*bytes_out = s->bytes;
	return s;
}

struct secret *secret_new(struct str bytes)
{
	unsigned char *copy;
	struct secret *s = secret_new_empty(bytes.len, &copy);

	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	return s;
}

void secret_free(struct secret **s)
{
	vault_free(*s);
	*s = NULL;
}

struct str secret_bytes(const struct secret *s)
{
	return (struct str){ (const char *)s->bytes, s->len };
}

void secret_wipe(void *p, size_t len)
{
	if (len)
		sodium_memzero(p, len);
}
