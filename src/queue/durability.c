#include "durability.h"

#include "base/assert.h"

static const struct level {
	const char *name;
	const char *has;   /* what Redis has then */
	const char *needs; /* what it takes */
} levels[QUEUE_DURABILITY_COUNT] = {
	[QUEUE_MEMORY] = { "memory", "no synced append-only file", "" },
	[QUEUE_EVERYSEC] = { "everysec", "appendfsync everysec",
			     "'appendonly yes' and 'appendfsync everysec'" },
	[QUEUE_ALWAYS] = { "always", "appendfsync always",
			   "'appendonly yes' and 'appendfsync always'" },
};

const char *queue_durability_name(enum queue_durability d)
{
	return levels[d].name;
}

bool queue_durability_find(struct str name, enum queue_durability *out)
{
	for (unsigned i = 0; i < ARRAY_LEN(levels); i++) {
		if (!str_is(name, levels[i].name))
			continue;
		*out = (enum queue_durability)i;
		return true;
	}
	return false;
}

enum queue_durability durability_of(struct str appendonly,
				    struct str appendfsync)
{
	if (!str_is(appendonly, "yes"))
		return QUEUE_MEMORY;
	if (str_is(appendfsync, "always"))
		return QUEUE_ALWAYS;
	/* "no" leaves it to the kernel, which takes half a minute. */
	return str_is(appendfsync, "everysec") ? QUEUE_EVERYSEC : QUEUE_MEMORY;
}

enum queue_durability durability_of_info(struct str info)
{
	struct str line;
	bool more;

	do {
		more = str_cut(&info, '\n', &line);
		if (str_is(str_trim(line), "aof_enabled:1"))
			return QUEUE_EVERYSEC;
	} while (more);
	return QUEUE_MEMORY;
}

int durability_check(enum queue_durability found, enum queue_durability least,
		     bool guessed, struct err *err)
{
	if (found >= least)
		return 0;
	if (guessed && found == QUEUE_EVERYSEC)
		return err_set(err, ERR_CONFIG,
			       "cannot read appendfsync, so it counts as "
			       "everysec: give the Redis user +config|get, or "
			       "set redis-durability to %s",
			       levels[found].name);
	return err_set(err, ERR_CONFIG,
		       "Redis has %s, but redis-durability is %s: set %s in "
		       "redis.conf, or redis-durability to %s",
		       levels[found].has, levels[least].name,
		       levels[least].needs, levels[found].name);
}
