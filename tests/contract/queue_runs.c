#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_runs.h"

#include "base/assert.h"

#include <stdio.h>
#include <string.h>

#define SHARD 3

static const struct run_place nobody = { .shard = SHARD,
					 .connection = TEXT("acme") };
static struct heard heard;

static void keep(char *out, size_t size, struct str s)
{
	assert_true(s.len < size);
	(void)snprintf(out, size, "%.*s", STR_ARG(s));
}

static void on_done(const struct err *err, void *arg)
{
	(void)arg;
	heard.calls++;
	heard.err = *err;
}

static void on_lease(uint64_t fence, int64_t retry_ms, const struct err *err,
		     void *arg)
{
	on_done(err, arg);
	heard.fence = fence;
	heard.retry_ms = retry_ms;
}

static void on_run(struct str run, uint64_t number, struct str progress,
		   const struct err *err, void *arg)
{
	on_done(err, arg);
	keep(heard.run, sizeof(heard.run), run);
	keep(heard.progress, sizeof(heard.progress), progress);
	heard.number = number;
}

static void on_page(uint64_t people, const struct err *err, void *arg)
{
	on_done(err, arg);
	heard.people = people;
}

static void on_texts(const struct str *texts, size_t count,
		     const struct err *err, void *arg)
{
	on_done(err, arg);
	assert_true(count <= HEARD_MAX);
	heard.count = count;
	for (size_t i = 0; i < count; i++)
		keep(heard.texts[i], sizeof(heard.texts[i]), texts[i]);
}

static void on_absent(const struct str *pids, size_t count, struct str cursor,
		      const struct err *err, void *arg)
{
	on_texts(pids, count, err, arg);
	keep(heard.cursor, sizeof(heard.cursor), cursor);
}

static void fresh(void)
{
	heard.calls = 0;
	heard.err = (struct err){ 0 };
	heard.count = 0;
}

/* given: what the call returned. */
static const struct heard *ended(struct fixture *f, int given,
				 const struct err *why)
{
	if (given < 0)
		fail_msg("refused: %s", why->text);
	WAIT(f->loop, heard.calls);
	assert_int_equal(heard.calls, 1);
	return &heard;
}

void went_well(const struct heard *h)
{
	if (h->err.kind)
		fail_msg("failed: %s", h->err.text);
}

const struct heard *take_lease(struct fixture *f, const char *owner)
{
	struct err err;

	fresh();
	return ended(f,
		     run_lease_take(f->q, SHARD, nobody.connection,
				    str_of(owner), 60000, on_lease, NULL, &err),
		     &err);
}

struct run_place place_of(struct fixture *f, const char *owner)
{
	struct run_place p = nobody;
	const struct heard *h = take_lease(f, owner);

	went_well(h);
	assert_true(h->fence > 0);
	p.fence = h->fence;
	return p;
}

const struct heard *keep_lease(struct fixture *f, const struct run_place *p)
{
	struct err err;

	fresh();
	return ended(f, run_lease_keep(f->q, p, 90000, on_done, NULL, &err),
		     &err);
}

const struct heard *drop_lease(struct fixture *f, const struct run_place *p)
{
	struct err err;

	fresh();
	return ended(f, run_lease_drop(f->q, p, on_done, NULL, &err), &err);
}

const struct heard *begin_run(struct fixture *f, const struct run_place *p,
			      const char *run)
{
	struct err err;

	fresh();
	return ended(f, run_begin(f->q, p, str_of(run), on_run, NULL, &err),
		     &err);
}

const struct heard *end_run(struct fixture *f, const struct run_place *p,
			    const char *run)
{
	struct err err;

	fresh();
	return ended(f, run_end(f->q, p, str_of(run), on_done, NULL, &err),
		     &err);
}

const struct heard *progress_of(struct fixture *f)
{
	struct err err;

	fresh();
	return ended(f,
		     run_progress(f->q, SHARD, nobody.connection, on_run, NULL,
				  &err),
		     &err);
}

const struct heard *store_page(struct fixture *f, const struct run_place *p,
			       const struct run_page *page)
{
	struct err err;

	fresh();
	return ended(f, run_page(f->q, p, page, on_page, NULL, &err), &err);
}

const struct heard *absent_in(struct fixture *f, const struct run_place *p,
			      uint64_t number, const char *cursor)
{
	const struct str from = str_of(cursor);
	struct err err;

	fresh();
	return ended(f,
		     run_absent(f->q, p, number, from, on_absent, NULL, &err),
		     &err);
}

const struct heard *digests_of(struct fixture *f, const char *const *pids,
			       size_t count)
{
	struct str list[8];
	struct err err;

	fresh();
	assert_true(count <= ARRAY_LEN(list));
	for (size_t i = 0; i < count; i++)
		list[i] = str_of(pids[i]);
	return ended(
		f,
		run_digests(f->q, &nobody, list, count, on_texts, NULL, &err),
		&err);
}

const struct heard *store_read(struct fixture *f, const struct run_read *r)
{
	struct run_read copy = *r;
	struct err err;

	fresh();
	copy.shard = SHARD;
	copy.connection = nobody.connection;
	return ended(f, run_store_read(f->q, &copy, on_done, NULL, &err), &err);
}

void see(struct fixture *f, const struct run_place *p, uint64_t number,
	 int64_t read_ms, const char *pid, const char *digest)
{
	struct run_person person = { .pid = str_of(pid) };
	const struct run_page page = { .number = number,
				       .read_ms = read_ms,
				       .people = &person,
				       .count = 1 };

	assert_int_equal(strlen(digest), RUN_DIGEST_SIZE);
	memcpy(person.digest, digest, RUN_DIGEST_SIZE);
	went_well(store_page(f, p, &page));
}

const char *sent_of(struct fixture *f, const char *pid)
{
	const struct heard *h = digests_of(f, &pid, 1);

	went_well(h);
	assert_int_equal(h->count, 1);
	return h->texts[0];
}
