/*
 * States of pages, by a 64-bit hash each. Of PROOF_MAX_PAGES of them two look
 * alike in less than one of 10^9 runs: that one is refused, no more.
 */
#include "proof.h"

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/hmac.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void proof_states_init(struct proof_states *s)
{
	*s = (struct proof_states){ 0 };
}

void proof_states_release(struct proof_states *s)
{
	free(s->slots);
	proof_states_init(s);
}

static uint64_t hash_of(struct str state)
{
	unsigned char digest[SHA256_SIZE];
	uint64_t h;

	sha256(&state, 1, digest);
	memcpy(&h, digest, sizeof(h));
	return h ? h : 1;
}

/* Where it is, or where it would go. */
static uint64_t *slot_of(const struct proof_states *s, uint64_t hash)
{
	size_t i = (size_t)hash & (s->cap - 1);

	while (s->slots[i] && s->slots[i] != hash)
		i = (i + 1) & (s->cap - 1);
	return &s->slots[i];
}

static void grow(struct proof_states *s)
{
	struct proof_states bigger = { .cap = s->cap ? 2 * s->cap : FIRST_CAP,
				       .len = s->len };

	bigger.slots = mem_new_array(bigger.cap, sizeof(*bigger.slots));
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i])
			*slot_of(&bigger, s->slots[i]) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

bool proof_states_add(struct proof_states *s, struct str state)
{
	uint64_t hash = hash_of(state), *slot;

	if (2 * (s->len + 1) > s->cap)
		grow(s);
	slot = slot_of(s, hash);
	if (*slot)
		return false;
	ASSERT(s->len < PROOF_MAX_PAGES);
	*slot = hash;
	s->len++;
	return true;
}
