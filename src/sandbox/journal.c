#include "journal.h"

#include "base/mem.h"

#include <stdlib.h>

#define FIRST_CAP 256

static void grow(struct journal *j)
{
	uint32_t used = j->next - j->first;

	if (used < j->cap || j->cap == JOURNAL_MAX)
		return;
	/* It has not wrapped yet: entries stand in order from 0 on. */
	j->cap = j->cap ? j->cap * 4 : FIRST_CAP;
	j->ring = mem_resize(j->ring, j->cap * sizeof(*j->ring));
}

void journal_add(struct journal *j, const struct happening *h, int64_t at_ms)
{
	grow(j);
	j->ring[(j->next - j->first) % j->cap] = (struct journal_entry){
		.seq = j->next,
		.kind = h->kind,
		.at_ms = at_ms,
		.n = h->who->n,
		.fields = h->fields,
		.version = h->who->version,
	};
	j->next++;
}

const struct journal_entry *journal_from(const struct journal *j, uint32_t seq)
{
	uint32_t oldest = j->first;

	if (j->next - j->first > j->cap)
		oldest = j->next - j->cap;
	if (seq < oldest)
		seq = oldest;
	return seq < j->next ? &j->ring[(seq - j->first) % j->cap] : NULL;
}

void journal_release(struct journal *j)
{
	free(j->ring);
	*j = (struct journal){ .first = j->next, .next = j->next };
}
