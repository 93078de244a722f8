#include "reply.h"

#include "base/assert.h"

/* How much of Redis' own words goes into the err. */
enum show { HIDE, SHOW };

static const struct rule {
	const char *prefix; /* of the reply; the first that fits counts */
	enum err_kind kind;
	enum reply_effect effect;
	enum show show;
	const char *text;
} rules[] = {
	{ "LOADING", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "Redis is still loading its data" },
	{ "READONLY", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "this Redis is a read-only replica: give the address of the primary, "
	  "or wait for the failover" },
	{ "MASTERDOWN", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "this Redis is a replica without its primary" },
	{ "MISCONF", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "Redis cannot write to its disk and takes nothing: see its log" },
	{ "OOM", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "Redis is full: raise maxmemory, or find out why the queue grows" },
	{ "BUSY ", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "Redis is busy with somebody's long script" },
	{ "NOREPLICAS", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "Redis has fewer good replicas than min-replicas-to-write asks" },
	{ "TRYAGAIN", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "the Redis Cluster is moving this key" },
	{ "CLUSTERDOWN", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "the Redis Cluster is down" },
	{ "MOVED", ERR_CONFIG, REPLY_ONLY_THIS, HIDE,
	  "another node of the Redis Cluster has this key: give the address "
	  "of the one that has all {hrisd:...} slots" },
	{ "ASK", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "the Redis Cluster is moving this key" },
	{ "FENCED", ERR_CONFLICT, REPLY_ONLY_THIS, HIDE,
	  "another fetcher runs this connection now" },
	{ "NOGROUP", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "the consumer group is not there" },
	{ "UNBLOCKED", ERR_TEMP, REPLY_ONLY_THIS, HIDE,
	  "the stream was removed while it was read" },
	{ "NOSCRIPT", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "our functions are gone from Redis and will be loaded again" },
	{ "ERR Function not found", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "our functions are gone from Redis and will be loaded again" },
	{ "ERR max number of clients", ERR_TEMP, REPLY_RECHECK, HIDE,
	  "Redis has too many clients: raise its maxclients" },
	{ "NOAUTH", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "Redis wants a password: put it in the redis setting, as in "
	  "redis://user:password@host or unix:/path?user=...&password=..." },
	{ "WRONGPASS", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "Redis does not take the user or password of the redis setting" },
	{ "ERR invalid password", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "Redis does not take the password of the redis setting" },
	{ "ERR AUTH", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "the redis setting has a password, but this Redis has none" },
	{ "NOPERM", ERR_CONFIG, REPLY_ONLY_THIS, SHOW,
	  "the Redis user lacks a right" },
	/* The same from within a function: 7.0, then 7.2 and later. */
	{ "ERR The user executing the script", ERR_CONFIG, REPLY_ONLY_THIS,
	  SHOW, "the Redis user lacks a right" },
	{ "ERR ACL failure", ERR_CONFIG, REPLY_ONLY_THIS, SHOW,
	  "the Redis user lacks a right" },
	{ "WRONGTYPE", ERR_CONFIG, REPLY_ONLY_THIS, HIDE,
	  "a key of ours holds something else: another program uses the "
	  "{hrisd:...} keys of this Redis database" },
	{ "ERR unknown command", ERR_CONFIG, REPLY_ONLY_THIS, HIDE,
	  "this Redis is too old: 7.0 or later is needed" },
	{ "ERR DB index", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "Redis has no database of that number: see its databases setting" },
	{ "ERR SELECT", ERR_CONFIG, REPLY_RECHECK, HIDE,
	  "a Redis Cluster has database 0 only" },
};

/* Up to where Redis starts to quote its caller; one line, printable. */
static struct str own_words(struct str text)
{
	size_t n = 0;

	while (n < text.len && n < 120 && text.ptr[n] >= ' ' &&
	       text.ptr[n] <= '~' && !strchr("'\"`", text.ptr[n]))
		n++;
	return str_trim((struct str){ text.ptr, n });
}

/* These quote names of users and commands only, which help to fix it. */
static struct str whole_words(struct str text)
{
	size_t n = 0;

	while (n < text.len && n < 160 && text.ptr[n] >= ' ' &&
	       text.ptr[n] <= '~')
		n++;
	return (struct str){ text.ptr, n };
}

enum reply_effect reply_error(struct str text, struct err *err)
{
	struct str words = own_words(text);

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *r = &rules[i];

		if (!str_starts(text, str_of(r->prefix)))
			continue;
		words = whole_words(text);
		if (r->show == SHOW)
			err_fill(err, r->kind, "%s: %.*s", r->text,
				 STR_ARG(words));
		else
			err_fill(err, r->kind, "%s", r->text);
		return r->effect;
	}
	err_fill(err, ERR_BUG, "Redis refused the command: %.*s",
		 STR_ARG(words));
	return REPLY_ONLY_THIS;
}

bool reply_is_no_group(struct str text)
{
	return str_starts(text, STR("NOGROUP")) ||
	       str_starts(text, STR("UNBLOCKED"));
}
