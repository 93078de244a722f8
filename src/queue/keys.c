#include "core.h"

#include "base/assert.h"

#include <stdio.h>

static const struct stream {
	const char *name;
	const char *group;
} streams[QUEUE_STREAM_COUNT] = {
	[QUEUE_CHANGES] = { "changes", "provisioners" },
	[QUEUE_LOOKUPS] = { "lookups", "fetchers" },
	[QUEUE_JOBS] = { "jobs", "fetchers" },
	[QUEUE_DEAD] = { "dead", NULL },
};

const char *queue_stream_name(enum queue_stream stream)
{
	return streams[stream].name;
}

const char *queue_stream_group(enum queue_stream stream)
{
	return streams[stream].group;
}

const char *queue_stream_key(char out[static QUEUE_KEY_SIZE], unsigned shard,
			     enum queue_stream stream)
{
	int len = snprintf(out, QUEUE_KEY_SIZE, "{hrisd:%u}:%s", shard,
			   streams[stream].name);

	ASSERT(len > 0 && len < QUEUE_KEY_SIZE);
	return out;
}
