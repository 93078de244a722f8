#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct queue_reader reader_1 = { .stream = QUEUE_CHANGES,
				       .group = "provisioners",
				       .consumer = "c1" };
const struct queue_reader reader_2 = { .stream = QUEUE_CHANGES,
				       .group = "provisioners",
				       .consumer = "c2" };

static void on_changed(struct queue *q, void *arg)
{
	struct fixture *f = arg;

	(void)q;
	f->changes++;
}

void fixture_open(struct fixture *f, const struct queue_config *cfg)
{
	struct queue_config copy = *cfg;
	struct err err;

	if (!copy.url)
		copy.url = f->redis.url;
	copy.changed = on_changed;
	copy.arg = f;
	if (queue_new(&f->q, f->loop, &copy, &err) < 0)
		fail_msg("%s", err.text);
}

void fixture_wait_ready(struct fixture *f)
{
	int64_t end = clock_mono_ms() + WAIT_MS;

	while (!queue_is_ready(f->q)) {
		if (clock_mono_ms() > end)
			fail_msg("not ready: %s", queue_trouble(f->q));
		loop_turn(f->loop, 20);
	}
}

void fixture_wait_trouble(struct fixture *f, const char *text)
{
	int64_t end = clock_mono_ms() + WAIT_MS;

	while (!strstr(queue_trouble(f->q), text)) {
		if (clock_mono_ms() > end)
			fail_msg("trouble is '%s', not '%s'",
				 queue_trouble(f->q), text);
		loop_turn(f->loop, 20);
	}
	assert_false(queue_is_ready(f->q));
}

int fixture_setup_bare(void **state)
{
	struct fixture *f;
	struct err err;

	*state = NULL;
	if (!redis_is_installed())
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f || loop_new(&f->loop, &err) < 0)
		return -1;
	*state = f;
	return 0;
}

int fixture_setup(void **state)
{
	struct fixture *f;

	if (fixture_setup_bare(state) < 0)
		return -1;
	f = *state;
	if (!f)
		return 0;
	redis_start(&f->redis, "");
	fixture_open(f, &(struct queue_config){ .least = QUEUE_ALWAYS });
	fixture_wait_ready(f);
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	if (!f)
		return 0;
	queue_free(&f->q);
	loop_free(&f->loop);
	if (f->redis.dir[0])
		redis_remove(&f->redis);
	free(f);
	return 0;
}

void got_accepted(enum queue_accepted how, const struct err *err, void *arg)
{
	struct result *r = arg;

	r->calls++;
	r->how = how;
	r->err = *err;
}

void got_done(const struct err *err, void *arg)
{
	struct result *r = arg;

	r->calls++;
	r->err = *err;
}

static void keep(char *out, size_t size, struct str s)
{
	assert_true(s.len < size);
	(void)snprintf(out, size, "%.*s", STR_ARG(s));
}

void got_entries(const struct queue_entry *entries, size_t count,
		 const struct err *err, void *arg)
{
	struct result *r = arg;

	r->calls++;
	r->err = *err;
	r->count = count;
	assert_true(count <= ARRAY_LEN(r->entries));
	for (size_t i = 0; i < count; i++) {
		keep(r->entries[i].id, sizeof(r->entries[i].id), entries[i].id);
		keep(r->entries[i].event, sizeof(r->entries[i].event),
		     entries[i].event);
		r->entries[i].deliveries = entries[i].deliveries;
	}
}

void got_lag(const struct queue_lag *lag, const struct err *err, void *arg)
{
	struct result *r = arg;

	r->calls++;
	r->err = *err;
	r->lag = *lag;
}

void got_value(const struct queue_value *v, const struct err *err, void *arg)
{
	struct result *r = arg;

	r->calls++;
	r->err = *err;
	r->number = queue_value_int(v);
	r->count = queue_value_count(v);
}

static void finished(struct fixture *f, int given, const struct err *why,
		     const struct result *r)
{
	if (given < 0)
		fail_msg("refused: %s", why->text);
	WAIT(f->loop, r->calls);
	assert_int_equal(r->calls, 1);
	if (r->err.kind)
		fail_msg("failed: %s", r->err.text);
}

enum queue_accepted accept_one(struct fixture *f, const char *once_id,
			       const char *event)
{
	const struct queue_item item = { QUEUE_CHANGES, str_of(event) };
	const struct queue_accept a = { .once_id = str_of(once_id),
					.once_ms = 76 * 3600 * 1000,
					.items = &item,
					.count = 1 };
	struct result r = { 0 };
	struct err err;

	finished(f, queue_accept(f->q, &a, got_accepted, &r, &err), &err, &r);
	return r.how;
}

void read_some(struct fixture *f, const struct queue_reader *r, size_t count,
	       struct result *out)
{
	struct err err;

	*out = (struct result){ 0 };
	finished(f, queue_read(f->q, r, count, 0, got_entries, out, &err), &err,
		 out);
}

void claim_some(struct fixture *f, const struct queue_reader *r, size_t count,
		int64_t idle_ms, struct result *out)
{
	struct err err;

	*out = (struct result){ 0 };
	finished(f,
		 queue_claim(f->q, r, count, idle_ms, got_entries, out, &err),
		 &err, out);
}

void ack_one(struct fixture *f, const struct queue_reader *r, const char *id)
{
	const struct str s = str_of(id);
	struct result out = { 0 };
	struct err err;

	finished(f, queue_ack(f->q, r, &s, 1, got_done, &out, &err), &err,
		 &out);
}

void trim_changes(struct fixture *f)
{
	struct result out = { 0 };
	struct err err;

	finished(f, queue_trim(f->q, 0, QUEUE_CHANGES, got_done, &out, &err),
		 &err, &out);
}
