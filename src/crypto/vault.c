/*
 * Small secrets share slabs: pages of sodium_malloc, cut into slots of one
 * size. One mapping each would take four of the 65,530 that Linux gives a
 * process by default (vm.max_map_count), and two pages for 32 bytes. Slabs
 * are written down in ordinary memory; a slot begins with its slab's address.
 */
#include "vault.h"

#include "base/assert.h"
#include "base/mem.h"
#include "start.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/queue.h>

#define ALIGN	   alignof(max_align_t)
#define GRAIN	   64	/* slots are multiples of it … */
#define SLOT_MAX   1024 /* … up to this; what is larger has its own pages */
#define SIZES	   (SLOT_MAX / GRAIN)
#define SLAB_BYTES (65536 - 16) /* with sodium's canary sixteen pages */

struct slab {
	unsigned char *pages;
	unsigned char *first; /* slot; the last one ends at the guard page */
	size_t slot_bytes;
	size_t slots;
	size_t used;
	TAILQ_ENTRY(slab) link;
	uint16_t free[]; /* the first slots - used: indices of free slots */
};

TAILQ_HEAD(slab_list, slab);

/* Before what the caller gets. */
struct head {
	alignas(ALIGN) struct slab *slab; /* NULL: not given out */
	size_t slot;
};

/* By size; slabs with a free slot stand before those without. */
static struct slab_list lists[SIZES];

static struct slab large; /* stands for pages of one's own */

static unsigned char *new_pages(size_t size)
{
	void *p;

	crypto_start();
	p = sodium_malloc(size);
	ASSERT(p);
	return p;
}

static struct slab *slab_new(struct slab_list *list, size_t slot_bytes)
{
	size_t slots = SLAB_BYTES / slot_bytes;
	struct slab *s = mem_new(sizeof(*s) + slots * sizeof(s->free[0]));

	if (!list->tqh_last)
		TAILQ_INIT(list);
	s->pages = new_pages(SLAB_BYTES);
	sodium_memzero(s->pages, SLAB_BYTES);
	s->first = s->pages + SLAB_BYTES - slots * slot_bytes;
	s->slot_bytes = slot_bytes;
	s->slots = slots;
	for (size_t i = 0; i < slots; i++)
		s->free[i] = (uint16_t)(slots - 1 - i);
	TAILQ_INSERT_HEAD(list, s, link);
	return s;
}

static void slab_free(struct slab_list *list, struct slab *s)
{
	TAILQ_REMOVE(list, s, link);
	sodium_free(s->pages);
	free(s);
}

static struct head *slot_at(const struct slab *s, size_t i)
{
	/* Slots are multiples of GRAIN, so that each is aligned. */
	return (void *)(s->first + i * s->slot_bytes);
}

static struct slab_list *list_of(size_t slot_bytes)
{
	return &lists[slot_bytes / GRAIN - 1];
}

static struct head *take_slot(size_t slot_bytes)
{
	struct slab_list *list = list_of(slot_bytes);
	struct slab *s = TAILQ_FIRST(list);
	struct head *h;
	size_t slot;

	if (!s || s->used == s->slots)
		s = slab_new(list, slot_bytes);
	slot = s->free[s->slots - ++s->used];
	if (s->used == s->slots) {
		TAILQ_REMOVE(list, s, link);
		TAILQ_INSERT_TAIL(list, s, link);
	}
	h = slot_at(s, slot);
	h->slab = s;
	h->slot = slot;
	return h;
}

/* An empty slab goes back unless it is the only one with room. */
static void give_slot(struct head *h)
{
	struct slab *s = h->slab;
	struct slab_list *list = list_of(s->slot_bytes);
	size_t slot = h->slot;

	ASSERT(slot < s->slots && h == slot_at(s, slot) && s->used);
	sodium_memzero(h, s->slot_bytes);
	s->free[s->slots - s->used--] = (uint16_t)slot;
	TAILQ_REMOVE(list, s, link);
	TAILQ_INSERT_HEAD(list, s, link);
	if (s->used == 0 && TAILQ_NEXT(s, link) &&
	    TAILQ_NEXT(s, link)->used < s->slots)
		slab_free(list, s);
}

static struct head *take_pages(size_t size)
{
	/* sodium_malloc ends, not starts, at a page: only the size aligns. */
	struct head *h = (void *)new_pages((size + ALIGN - 1) / ALIGN * ALIGN);

	h->slab = &large;
	h->slot = 0;
	return h;
}

void *vault_alloc(size_t size)
{
	struct head *h;

	ASSERT(size < SIZE_MAX / 2);
	size += sizeof(*h);
	h = size <= SLOT_MAX ? take_slot((size + GRAIN - 1) / GRAIN * GRAIN)
			     : take_pages(size);
	return h + 1;
}

void vault_free(void *p)
{
	struct head *h = p;

	if (!h)
		return;
	h--;
	ASSERT(h->slab); /* else freed before */
	if (h->slab == &large)
		sodium_free(h);
	else
		give_slot(h);
}
