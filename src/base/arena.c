#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_SIZE 8192 /* bytes; a larger request gets a block of its own */
#define ALIGNMENT  alignof(max_align_t)

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *older = b->older;

		free(b);
		b = older;
	}
}

void arena_release(struct arena *a)
{
	free_blocks(a->blocks);
	arena_init(a, a->max);
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->blocks; b; b = b->older)
		explicit_bzero(b->data, b->size);
	arena_release(a);
}

void arena_clear(struct arena *a)
{
	struct arena_block *first = a->blocks;

	if (!first)
		return;
	while (first->older) {
		struct arena_block *older = first->older;

		free(first);
		first = older;
	}
	a->blocks = first;
	a->next = first->data;
	a->left = first->size;
	a->used = first->size;
}

static void add_block(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	if (size > a->max - a->used)
		size = a->max - a->used;
	b = mem_resize(NULL, sizeof(*b) + size);
	b->older = a->blocks;
	b->size = size;
	a->blocks = b;
	a->next = b->data;
	a->left = size;
	a->used += size;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > a->max)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > a->left) {
		if (size > a->max - a->used)
			return NULL;
		add_block(a, size);
	}
	p = a->next;
	a->next += size;
	a->left -= size;
	return p;
}

void *arena_zalloc(struct arena *a, size_t count, size_t size)
{
	void *p;

	if (size && count > SIZE_MAX / size)
		return NULL;
	p = arena_alloc(a, count * size);
	if (p)
		memset(p, 0, count * size);
	return p;
}

struct str arena_dup(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.len + 1);

	if (!copy)
		return (struct str){ 0 };
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return (struct str){ copy, s.len };
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return NULL;
	text = arena_alloc(a, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}
