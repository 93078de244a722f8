#include "queue/configure.h"

int queue_configure(struct queue_config *cfg, const struct settings *s,
		    struct err *err)
{
	*cfg = (struct queue_config){
		.url = s->redis,
		.command_ms = (int64_t)s->redis_ms,
	};
	if (queue_durability_find(str_of(s->redis_durability), &cfg->least))
		return 0;
	return err_set(err, ERR_CONFIG,
		       "redis-durability: '%s' is none of always, everysec, "
		       "memory",
		       s->redis_durability);
}
