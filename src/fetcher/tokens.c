#include "tokens.h"

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "desk.h"
#include "provider/access.h"
#include "token_slot.h"

#include <stdlib.h>
#include <string.h>

struct tokens {
	struct token_slot *slots[TOKENS_MAX];
	size_t count;
};

static struct token_slot *find_slot(struct source *source, const char *name)
{
	struct tokens *t = *source_tokens(source);

	for (size_t i = 0; t && i < t->count; i++)
		if (strcmp(t->slots[i]->name, name) == 0)
			return t->slots[i];
	return NULL;
}

/* A manifest has fewer; those of one that was loaded before give way. */
static void make_room(struct tokens *t)
{
	size_t i = 0;

	if (t->count < TOKENS_MAX)
		return;
	while (i < t->count && (t->slots[i]->state != SLOT_IDLE ||
				!TAILQ_EMPTY(&t->slots[i]->wants)))
		i++;
	ASSERT(i < t->count);
	token_slot_free(t->slots[i]);
	t->slots[i] = t->slots[--t->count];
}

static struct token_slot *slot_for(struct source *source, const char *name)
{
	struct tokens **at = source_tokens(source);
	struct token_slot *s = find_slot(source, name);

	if (s)
		return s;
	if (!*at)
		*at = mem_new(sizeof(**at));
	make_room(*at);
	s = token_slot_new(source, name);
	(*at)->slots[(*at)->count++] = s;
	return s;
}

void tokens_get(struct token_want *w, struct source *source, const char *name)
{
	const struct err fine = { .kind = ERR_NONE };
	struct token_slot *s = slot_for(source, name);

	w->slot = s;
	source_hold(source);
	TAILQ_INSERT_TAIL(&s->wants, w, link);
	if (s->state != SLOT_IDLE)
		return;
	if (token_slot_is_good(s)) {
		s->err = fine;
		loop_post(source_desk(source)->loop, &s->tell);
	} else {
		token_slot_begin(s);
	}
}

void tokens_cancel(struct token_want *w)
{
	if (w->slot)
		token_slot_unlink(w);
}

size_t tokens_fill(struct source *source, struct arena *a,
		   struct fetch_token out[TOKENS_MAX])
{
	const struct tokens *t = *source_tokens(source);
	size_t n = 0;

	for (size_t i = 0; t && i < t->count; i++) {
		const struct token_slot *s = t->slots[i];
		struct access_grant g;

		if (!token_slot_is_good(s) ||
		    access_decode(&g, a, secret_bytes(s->grant), NULL) < 0)
			continue;
		out[n++] = (struct fetch_token){ s->name, g.token };
	}
	return n;
}

int64_t tokens_generation(struct source *source, const char *name)
{
	const struct token_slot *s = find_slot(source, name);

	return s ? s->generation : 0;
}

void tokens_refuse(struct source *source, const char *name, int64_t generation)
{
	struct token_slot *s = find_slot(source, name);

	if (s && s->generation == generation)
		s->refused = generation;
}

void tokens_expire(struct source *source)
{
	struct tokens *t = *source_tokens(source);

	for (size_t i = 0; t && i < t->count; i++)
		secret_free(&t->slots[i]->grant);
}

void tokens_free(struct tokens **at)
{
	struct tokens *t = *at;

	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		token_slot_free(t->slots[i]);
	free(t);
	*at = NULL;
}
