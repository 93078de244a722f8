#include "group.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

int group_of(struct queue *q, const struct queue_reader *r, struct group **out,
	     struct err *err)
{
	char key[QUEUE_KEY_SIZE], name[QUEUE_KEY_SIZE + QUEUE_NAME_MAX + 2];
	struct group *g;
	int len =
		snprintf(name, sizeof(name), "%s %s",
			 queue_stream_key(key, r->shard, r->stream), r->group);

	if (len < 0 || (size_t)len >= sizeof(name))
		return err_set(err, ERR_LIMIT, "the group's name is too long");
	g = map_get(&q->groups, (struct str){ name, (size_t)len });
	if (!g && q->groups.len >= QUEUE_GROUPS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d groups are read",
			       QUEUE_GROUPS_MAX);
	if (!g) {
		g = mem_new(sizeof(*g));
		g->name = mem_dup_z(name);
		memcpy(g->cursor, "0-0", sizeof("0-0"));
		(void)map_put(&q->groups, str_of(g->name), g);
	}
	*out = g;
	return 0;
}

void groups_release(struct queue *q)
{
	struct group *g;
	size_t at = 0;

	while ((g = map_next(&q->groups, &at))) {
		free(g->name);
		free(g);
	}
	map_release(&q->groups);
}
