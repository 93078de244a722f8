/*
 * Memory for start-up and fixed-size objects. These abort when the system has
 * none left; whatever is sized by a sender goes through a buf or an arena,
 * which have a maximum.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed. Free with free(). */
void *mem_new(size_t size) __attribute__((malloc, returns_nonnull));

/* count zeroed objects of size bytes each; aborts on overflow too. */
void *mem_new_array(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

void *mem_resize(void *old, size_t size) __attribute__((returns_nonnull));

char *mem_dup_z(const char *z) __attribute__((malloc, returns_nonnull));

/* A NUL-terminated copy of len bytes. */
char *mem_dup(const char *bytes, size_t len)
	__attribute__((malloc, returns_nonnull));

#endif
