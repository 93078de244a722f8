#include "core.h"

#include "base/assert.h"

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

size_t queue_key_start(char out[static QUEUE_KEY_SIZE], unsigned shard)
{
	char digits[STR_NUMBER_SIZE];
	const struct str parts[] = { STR("{hrisd:"), str_of_u64(shard, digits),
				     STR("}:") };
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		memcpy(out + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	return len;
}

const char *queue_stream_key(char out[static QUEUE_KEY_SIZE], unsigned shard,
			     enum queue_stream stream)
{
	struct str name = str_of(streams[stream].name);
	size_t len = queue_key_start(out, shard);

	ASSERT(name.len < QUEUE_KEY_SIZE - len);
	memcpy(out + len, name.ptr, name.len + 1);
	return out;
}

void queue_add_key(struct queue *q, unsigned shard, const char *kind,
		   struct str connection)
{
	char key[QUEUE_KEY_SIZE + RUN_CONNECTION_MAX];
	const struct str parts[] = { str_of(kind), connection };
	size_t len = queue_key_start(key, shard);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		ASSERT(parts[i].len <= sizeof(key) - len);
		if (parts[i].len)
			memcpy(key + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	resp_str(&q->out, (struct str){ key, len });
}
