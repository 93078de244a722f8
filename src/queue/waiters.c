#include "waiters.h"

#include "base/assert.h"
#include "base/mem.h"

#include <stdlib.h>

#define SMALLEST 64

static struct waiter *at(const struct waiters *ws, size_t i)
{
	return &ws->ring[(ws->head + i) & (ws->cap - 1)];
}

static void grow(struct waiters *ws)
{
	size_t cap = ws->cap ? ws->cap * 2 : SMALLEST;
	struct waiter *ring = mem_new_array(cap, sizeof(*ring));

	for (size_t i = 0; i < ws->len; i++)
		ring[i] = *at(ws, i);
	free(ws->ring);
	ws->ring = ring;
	ws->cap = cap;
	ws->head = 0;
}

void waiters_release(struct waiters *ws)
{
	free(ws->ring);
	*ws = (struct waiters){ 0 };
}

void waiters_push(struct waiters *ws, const struct waiter *w)
{
	int64_t due_ms = w->due_ms;

	if (ws->len && at(ws, ws->len - 1)->due_ms > due_ms)
		due_ms = at(ws, ws->len - 1)->due_ms;
	if (ws->len == ws->cap)
		grow(ws);
	*at(ws, ws->len) = *w;
	at(ws, ws->len)->due_ms = due_ms;
	ws->len++;
	ws->bytes += w->bytes;
}

const struct waiter *waiters_first(const struct waiters *ws)
{
	return ws->len ? at(ws, 0) : NULL;
}

struct waiter waiters_pop(struct waiters *ws)
{
	struct waiter w;

	ASSERT(ws->len);
	w = *at(ws, 0);
	ws->head = (ws->head + 1) & (ws->cap - 1);
	ws->len--;
	ws->bytes -= w.bytes;
	return w;
}
