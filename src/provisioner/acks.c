#include "acks.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define BACKOFF_MS  50 /* the first; doubles */
#define BACKOFF_MAX 2000
#define CAP_FIRST   64

void acks_init(struct acks *a, const struct acks_ops *ops)
{
	*a = (struct acks){ .ops = ops };
}

void acks_release(struct acks *a)
{
	free(a->ids);
	a->ids = NULL;
	a->count = a->cap = a->under_way = 0;
}

bool acks_have_room(const struct acks *a)
{
	return a->count <= ACKS_MAX - QUEUE_BATCH_MAX;
}

bool acks_are_refused(const struct acks *a)
{
	return a->tries > 0;
}

struct str acks_id(const struct acks *a, size_t i)
{
	ASSERT(i < a->count);
	return (struct str){ a->ids[i].text, a->ids[i].len };
}

bool acks_have(const struct acks *a, struct str id)
{
	for (size_t i = 0; i < a->count; i++)
		if (str_eq(acks_id(a, i), id))
			return true;
	return false;
}

static void make_room(struct acks *a)
{
	if (a->count < a->cap)
		return;
	a->cap = a->cap ? 2 * a->cap : CAP_FIRST;
	a->ids = mem_resize(a->ids, a->cap * sizeof(*a->ids));
}

void acks_add(struct acks *a, struct str id)
{
	struct ack_id *to;

	ASSERT(a->count < ACKS_MAX && id.len <= QUEUE_ID_MAX);
	make_room(a);
	to = &a->ids[a->count++];
	to->len = (unsigned char)id.len;
	memcpy(to->text, id.ptr, id.len);
}

static void refused(struct acks *a)
{
	int64_t ms = BACKOFF_MS;

	for (unsigned i = 0; i < a->tries && ms < BACKOFF_MAX; i++)
		ms *= 2;
	a->tries++;
	a->ops->wait(a, ms < BACKOFF_MAX ? ms : BACKOFF_MAX);
}

static void send_oldest(struct acks *a)
{
	size_t n = a->count < QUEUE_BATCH_MAX ? a->count : QUEUE_BATCH_MAX;

	if (n == 0)
		return;
	if (a->ops->send(a, n, NULL) < 0)
		refused(a);
	else
		a->under_way = n;
}

void acks_send(struct acks *a)
{
	if (a->under_way == 0 && a->tries == 0)
		send_oldest(a);
}

void acks_again(struct acks *a)
{
	ASSERT(a->under_way == 0);
	send_oldest(a);
}

void acks_sent(struct acks *a, const struct err *err)
{
	size_t n = a->under_way;

	ASSERT(n > 0);
	a->under_way = 0;
	if (err->kind) {
		refused(a);
		return;
	}
	a->tries = 0;
	a->count -= n;
	memmove(a->ids, a->ids + n, a->count * sizeof(*a->ids));
	send_oldest(a);
	a->ops->confirmed(a, n);
}
