#include "base/mem.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

void *mem_new(size_t size)
{
	return mem_new_array(1, size);
}

void *mem_new_array(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	ASSERT(p);
	return p;
}

void *mem_resize(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	ASSERT(p);
	return p;
}

char *mem_dup(const char *bytes, size_t len)
{
	char *copy = mem_resize(NULL, len + 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *mem_dup_z(const char *z)
{
	return mem_dup(z, strlen(z));
}
