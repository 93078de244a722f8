/*
 * hrisd dead-letters: what could not be applied, for an operator at a shell.
 * A dead letter is named SHARD:ENTRY. Reasons are shown, events are not: they
 * hold personal data.
 */
#include "commands.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "loop/loop.h"
#include "queue/configure.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS	  5000
#define PAGE	  100 /* entries of one answer */
#define WORDS_MAX 8

struct client {
	struct loop *loop;
	struct queue *q;
};

/* One command and what to do with its answer, in turn. */
struct call {
	queue_value_fn *use;
	void *arg;
	struct err err;
	bool ended;
};

static void ended_cb(const struct queue_value *v, const struct err *err,
		     void *arg)
{
	struct call *c = arg;

	c->ended = true;
	c->err = *err;
	if (err->kind == ERR_NONE && c->use)
		c->use(v, err, c->arg);
}

static int call(struct client *c, const struct str *words, size_t count,
		queue_value_fn *use, void *arg, struct err *err)
{
	struct call one = { .use = use, .arg = arg };

	if (queue_command(c->q, words, count, ended_cb, &one, err) < 0)
		return -1;
	while (!one.ended) /* the queue's own time limit ends it */
		loop_turn(c->loop, WAIT_MS);
	if (one.err.kind == ERR_NONE)
		return 0;
	*err = one.err;
	return -1;
}

static int open_client(struct client *c, const struct settings *s,
		       struct err *err)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	struct queue_config cfg;

	if (queue_configure(&cfg, s, err) < 0 || loop_new(&c->loop, err) < 0 ||
	    queue_new(&c->q, c->loop, &cfg, err) < 0)
		return -1;
	while (!queue_is_ready(c->q)) {
		if (clock_mono_ms() > until)
			return err_set(err, ERR_TEMP, "redis: %s",
				       queue_trouble(c->q));
		loop_turn(c->loop, 100);
	}
	return 0;
}

static void close_client(struct client *c)
{
	queue_free(&c->q);
	loop_free(&c->loop);
}

/* The value behind a name in an entry's flat list of fields. */
static struct str field(const struct queue_value *fields, const char *name)
{
	for (size_t i = 0; i + 1 < queue_value_count(fields); i += 2)
		if (str_is(queue_value_str(queue_value_at(fields, i)), name))
			return queue_value_str(queue_value_at(fields, i + 1));
	return (struct str){ 0 };
}

struct page {
	unsigned shard;
	char last[64]; /* where the next page starts, after it */
	size_t count;
};

static void print_page(const struct queue_value *v, const struct err *err,
		       void *arg)
{
	struct page *p = arg;

	(void)err;
	p->count = queue_value_count(v);
	for (size_t i = 0; i < p->count; i++) {
		const struct queue_value *entry = queue_value_at(v, i);
		const struct queue_value *fields = queue_value_at(entry, 1);
		struct str id = queue_value_str(queue_value_at(entry, 0));
		struct str stream = field(fields, "stream");
		struct str reason = field(fields, "reason");

		if (stream.len == 0)
			stream = STR("webhook");
		printf("%u:%.*s  %.*s  %.*s\n", p->shard, STR_ARG(id),
		       STR_ARG(stream), STR_ARG(reason));
		(void)snprintf(p->last, sizeof(p->last), "(%.*s", STR_ARG(id));
	}
}

#define KEY_SIZE 48

static struct str print_key(char out[static KEY_SIZE], unsigned shard,
			    const char *stream)
{
	(void)snprintf(out, KEY_SIZE, "{hrisd:%u}:%s", shard, stream);
	return str_of(out);
}

static struct str dead_key(unsigned shard, char out[static KEY_SIZE])
{
	return print_key(out, shard, "dead");
}

static int list_shard(struct client *c, unsigned shard, size_t *total,
		      struct err *err)
{
	struct page p = { .shard = shard, .last = "-", .count = PAGE };
	char key[KEY_SIZE];

	while (p.count == PAGE) {
		struct str words[] = { STR("XRANGE"),  dead_key(shard, key),
				       str_of(p.last), STR("+"),
				       STR("COUNT"),   STR("100") };

		if (call(c, words, ARRAY_LEN(words), print_page, &p, err) < 0)
			return -1;
		*total += p.count;
	}
	return 0;
}

static int list_all(struct client *c, const struct settings *s, struct err *err)
{
	size_t total = 0;

	for (unsigned shard = 0; shard < s->shards; shard++)
		if (list_shard(c, shard, &total, err) < 0)
			return -1;
	fprintf(stderr, "%zu dead letters\n", total);
	return 0;
}

/* "0:1526919030474-55" */
static int parse_name(const char *name, unsigned *shard, struct str *id,
		      struct err *err)
{
	struct str head;
	uint64_t n;

	*id = str_of(name);
	if (!str_cut(id, ':', &head) || !str_to_u64(head, &n) || n > 1023 ||
	    id->len == 0 || id->len > 60)
		return err_set(err, ERR_INVALID,
			       "'%.80s' is not a dead letter's name: "
			       "hrisd dead-letters list prints them",
			       name);
	*shard = (unsigned)n;
	return 0;
}

struct found {
	struct buf stream;
	struct buf event;
	bool there;
};

static void take_entry(const struct queue_value *v, const struct err *err,
		       void *arg)
{
	const struct queue_value *fields =
		queue_value_at(queue_value_at(v, 0), 1);
	struct found *f = arg;

	(void)err;
	f->there = queue_value_count(v) > 0;
	buf_add_str(&f->stream, field(fields, "stream"));
	buf_add_str(&f->event, field(fields, "event"));
}

static int delete_entry(struct client *c, unsigned shard, struct str id,
			struct err *err)
{
	char key[KEY_SIZE];
	struct str words[] = { STR("XDEL"), dead_key(shard, key), id };

	return call(c, words, ARRAY_LEN(words), NULL, NULL, err);
}

/* Where it came from, as queue_bury wrote it down. */
static const char *stream_of(const struct found *f)
{
	static const char *const streams[] = { "changes", "lookups", "jobs" };

	for (size_t i = 0; i < ARRAY_LEN(streams); i++)
		if (str_is(buf_str(&f->stream), streams[i]))
			return streams[i];
	return NULL;
}

/*
 * Append first, delete then: dying in between leaves it twice, and applying
 * twice is applying once (R3).
 */
static int put_back(struct client *c, unsigned shard, struct str id,
		    const struct found *f, struct err *err)
{
	const char *stream = stream_of(f);
	char key[KEY_SIZE];

	if (!f->there)
		return err_set(err, ERR_NOT_FOUND, "no such dead letter");
	if (!stream)
		return err_set(err, ERR_INVALID,
			       "a webhook that was not understood: mend the "
			       "provider's manifest and let it be sent again");

	struct str add[] = { STR("XADD"), print_key(key, shard, stream),
			     STR("*"), STR("event"), buf_str(&f->event) };

	if (call(c, add, ARRAY_LEN(add), NULL, NULL, err) < 0)
		return -1;
	return delete_entry(c, shard, id, err);
}

static int retry(struct client *c, unsigned shard, struct str id,
		 struct err *err)
{
	struct found f = { 0 };
	char key[KEY_SIZE];
	struct str get[] = { STR("XRANGE"), dead_key(shard, key), id, id };
	int result;

	buf_init(&f.stream, 256);
	buf_init(&f.event, 64u << 20);
	result = call(c, get, ARRAY_LEN(get), take_entry, &f, err);
	if (result == 0)
		result = put_back(c, shard, id, &f, err);
	buf_release(&f.stream);
	buf_release(&f.event);
	return result;
}

static int act(struct client *c, const char *verb, const char *name,
	       struct err *err)
{
	unsigned shard;
	struct str id;

	if (parse_name(name, &shard, &id, err) < 0)
		return -1;
	return !strcmp(verb, "retry") ? retry(c, shard, id, err)
				      : delete_entry(c, shard, id, err);
}

static bool is_usage(int argc, char **argv)
{
	if (argc == 1)
		return !strcmp(argv[0], "list");
	return argc == 2 &&
	       (!strcmp(argv[0], "retry") || !strcmp(argv[0], "discard"));
}

int command_dead_letters(struct settings *s, int argc, char **argv,
			 struct err *err)
{
	struct client c = { 0 };
	int result;

	if (settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	if (!is_usage(argc, argv))
		return err_set(err, ERR_INVALID,
			       "usage: hrisd dead-letters list | retry NAME | "
			       "discard NAME");
	result = open_client(&c, s, err);
	if (result == 0 && argc == 1)
		result = list_all(&c, s, err);
	else if (result == 0)
		result = act(&c, argv[0], argv[1], err);
	close_client(&c);
	return result;
}
