#include "delivery.h"

#include "base/mem.h"

#include <stdlib.h>

static bool is_before(const struct delivery *a, const struct delivery *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	return a->order < b->order;
}

static void swap(struct schedule *s, size_t i, size_t k)
{
	struct delivery *d = s->items[i];

	s->items[i] = s->items[k];
	s->items[k] = d;
}

void schedule_add(struct schedule *s, struct delivery *d)
{
	size_t i = s->len++;

	if (s->len > s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->items = mem_resize(s->items, s->cap * sizeof(*s->items));
	}
	s->items[i] = d;
	for (; i > 0 && is_before(d, s->items[(i - 1) / 2]); i = (i - 1) / 2)
		swap(s, i, (i - 1) / 2);
}

struct delivery *schedule_first(const struct schedule *s)
{
	return s->len ? s->items[0] : NULL;
}

struct delivery *schedule_take(struct schedule *s)
{
	struct delivery *first = schedule_first(s);
	size_t i = 0;

	if (!first)
		return NULL;
	s->items[0] = s->items[--s->len];
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= s->len)
			return first;
		if (child + 1 < s->len &&
		    is_before(s->items[child + 1], s->items[child]))
			child++;
		if (!is_before(s->items[child], s->items[i]))
			return first;
		swap(s, i, child);
		i = child;
	}
}

void schedule_release(struct schedule *s)
{
	for (size_t i = 0; i < s->len; i++)
		free(s->items[i]);
	free(s->items);
	*s = (struct schedule){ 0 };
}
