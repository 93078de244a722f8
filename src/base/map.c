/* Open addressing with linear probing; a removed entry leaves a grave. */
#include "base/map.h"

#include "base/assert.h"
#include "base/mem.h"

#include <stdlib.h>
#include <sys/random.h>

#define SMALLEST 16 /* slots */

struct map_slot {
	struct str key;
	void *value; /* NULL: free, or a grave when key.ptr is set */
};

static uint64_t rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-1-3, as in https://www.aumasson.jp/siphash/ */
static uint64_t hash(struct str s)
{
	static uint64_t key[2];
	uint64_t v[4], word;
	size_t at = 0;

	if (!key[0] && !key[1])
		ASSERT(getrandom(key, sizeof(key), 0) == sizeof(key));
	v[0] = key[0] ^ 0x736f6d6570736575;
	v[1] = key[1] ^ 0x646f72616e646f6d;
	v[2] = key[0] ^ 0x6c7967656e657261;
	v[3] = key[1] ^ 0x7465646279746573;
	for (; s.len - at >= 8; at += 8) {
		memcpy(&word, s.ptr + at, 8);
		sip_word(v, word);
	}
	word = (uint64_t)s.len << 56;
	for (size_t i = 0; at + i < s.len; i++)
		word |= (uint64_t)(unsigned char)s.ptr[at + i] << (8 * i);
	sip_word(v, word);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
}

void map_release(struct map *m)
{
	free(m->slots);
	map_init(m);
}

static bool is_grave(const struct map_slot *s)
{
	return !s->value && s->key.ptr;
}

/* The slot that holds key, or NULL. */
static struct map_slot *find(const struct map *m, struct str key)
{
	size_t at;

	if (m->cap == 0)
		return NULL;
	at = hash(key) & (m->cap - 1);
	for (;; at = (at + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[at];

		if (s->value && str_eq(s->key, key))
			return s;
		if (!s->value && !is_grave(s))
			return NULL;
	}
}

static void place(struct map *m, struct str key, void *value)
{
	size_t at = hash(key) & (m->cap - 1);

	while (m->slots[at].value)
		at = (at + 1) & (m->cap - 1);
	if (!is_grave(&m->slots[at]))
		m->used++;
	m->slots[at] = (struct map_slot){ key, value };
	m->len++;
}

/* Rebuild without graves, at most half full. */
static void rebuild(struct map *m)
{
	struct map old = *m;
	size_t cap = SMALLEST;

	while (cap < (old.len + 1) * 2)
		cap *= 2;
	*m = (struct map){ .cap = cap };
	m->slots = mem_new_array(cap, sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			place(m, old.slots[i].key, old.slots[i].value);
	free(old.slots);
}

void *map_get(const struct map *m, struct str key)
{
	struct map_slot *s = find(m, key);

	return s ? s->value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
	struct map_slot *s = find(m, key);
	void *before;

	ASSERT(value && key.ptr);
	if (s) {
		before = s->value;
		*s = (struct map_slot){ key, value };
		return before;
	}
	if ((m->used + 1) * 4 > m->cap * 3)
		rebuild(m);
	place(m, key, value);
	return NULL;
}

void *map_remove(struct map *m, struct str key)
{
	struct map_slot *s = find(m, key);
	void *value;

	if (!s)
		return NULL;
	value = s->value;
	s->value = NULL;
	s->key = STR("grave");
	m->len--;
	return value;
}

void *map_next(const struct map *m, size_t *at)
{
	while (*at < m->cap) {
		struct map_slot *s = &m->slots[(*at)++];

		if (s->value)
			return s->value;
	}
	return NULL;
}
