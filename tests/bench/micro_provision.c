/*
 * What a change costs from its JSON to the disk: half of them hires, 45 %
 * updates and 5 % departures of random people, a commit after every batch.
 * Built by hand:
 *
 *	make && cc -O2 -D_GNU_SOURCE -Iinclude -o build/micro_provision \
 *		tests/bench/micro_provision.c build/release/libhrisd.a \
 *		-lsqlite3 -lcjson -lcrypto -lsodium &&
 *		build/micro_provision DIRECTORY [PEOPLE [BATCH]]
 *
 * The database is made in DIRECTORY and removed at the end.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "change/change.h"
#include "db/db.h"
#include "db/migrate.h"
#include "directory/directory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARENA_MAX (1 << 20)
#define TEXT_MAX  (64 << 10)
#define WORD_MAX  64

static const char seed[] =
	"INSERT INTO organizations (id, name, plan, created_ms, changed_ms)"
	" VALUES ('org', 'Example', 'growth', 0, 0);"
	"INSERT INTO connections (id, organization, provider, name, settings,"
	" status, shard, generation, created_ms, changed_ms)"
	" VALUES ('con', 'org', 'standard', 'HR', '{}', 'enabled', 0, 1, 0, 0)";

static uint64_t state = 88172645463325252ULL; /* xorshift64, always the same */

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void must(int result, const struct err *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "micro_provision: %s\n", err->text);
	exit(1);
}

/* Spread over the key space, as the ids of an HR system are. */
static uint32_t scatter(uint32_t n)
{
	n ^= n >> 16;
	n *= 0x7feb352d;
	n ^= n >> 15;
	n *= 0x846ca68b;
	return n ^ n >> 16;
}

static struct field value(const char *text)
{
	return (struct field){ FIELD_VALUE, str_of(text) };
}

struct texts {
	char pid[WORD_MAX], number[WORD_MAX], email[WORD_MAX];
	char title[WORD_MAX];
};

/* The nth change of somebody: n decides the job title. */
static void make_change(struct change *c, struct texts *t, uint32_t who,
			enum person_status status, int64_t n)
{
	struct field *f = c->person.fields;
	uint32_t id = scatter(who);

	*c = (struct change){ .source = CHANGE_WEBHOOK,
			      .version = n + 1,
			      .observed_ms = clock_wall_ms(),
			      .organization = STR("org"),
			      .connection = STR("con") };
	snprintf(t->pid, sizeof(t->pid), "%08x%08x", id, scatter(id));
	snprintf(t->number, sizeof(t->number), "E-%08u", who);
	snprintf(t->email, sizeof(t->email), "person.%x@example.com", id);
	snprintf(t->title, sizeof(t->title), "Engineer %u",
		 (unsigned)(n % 1000));
	c->person.pid = str_of(t->pid);
	c->person.status = status;
	f[PERSON_EMPLOYEE_NUMBER] = value(t->number);
	f[PERSON_FIRST_NAME] = value("Alexandra");
	f[PERSON_LAST_NAME] = value("Example-Smith");
	f[PERSON_EMAIL] = value(t->email);
	f[PERSON_DEPARTMENT] = value("Customer Operations");
	f[PERSON_JOB_TITLE] = value(t->title);
	f[PERSON_SENIORITY_LEVEL] = value("senior");
	f[PERSON_START_DATE] = value("2024-02-01");
	f[PERSON_LOCATION] = value("Rotterdam");
	f[PERSON_EMPLOYMENT_TYPE] = value("full_time");
	change_identify(c);
}

static void next_change(struct buf *out, uint32_t people, uint32_t *hired,
			int64_t n)
{
	uint64_t kind = draw(100);
	enum person_status status = PERSON_ACTIVE;
	struct change c;
	struct texts t;
	uint32_t who;

	if (!*hired || (kind < 50 && *hired < people))
		who = (*hired)++;
	else
		who = (uint32_t)draw(*hired);
	if (kind >= 95)
		status = PERSON_DEPARTED;
	make_change(&c, &t, who, status, n);
	buf_clear(out);
	change_encode(&c, out);
}

struct bench {
	struct db *db;
	struct directory *dir;
	struct arena arena;
	int64_t outcomes[APPLY_OUTCOME_COUNT];
	int64_t decode_us, apply_us, commit_us;
	int64_t cpu_us; /* of all that, without the waiting for the disk */
};

static void open_all(struct bench *b, const char *path)
{
	char url[600];
	struct err err = { 0 };

	snprintf(url, sizeof(url), "sqlite:%s", path);
	must(db_open(&b->db, url, DB_READ_WRITE, &err), &err);
	must(db_migrate(b->db, &err), &err);
	must(db_exec(b->db, seed, &err), &err);
	must(directory_open(&b->dir, b->db, &err), &err);
	arena_init(&b->arena, ARENA_MAX);
}

static void run_one(struct bench *b, struct str text)
{
	int64_t t0 = clock_mono_us(), t1;
	struct err err = { 0 };
	enum apply_outcome o;
	struct change c;

	arena_clear(&b->arena);
	must(change_decode(&c, &b->arena, text, &err), &err);
	t1 = clock_mono_us();
	must(directory_apply(b->dir, &c, clock_wall_ms(), &o, &err), &err);
	b->outcomes[o]++;
	b->decode_us += t1 - t0;
	b->apply_us += clock_mono_us() - t1;
}

static int64_t cpu_us(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void run_batch(struct bench *b, struct buf *texts, size_t count)
{
	int64_t t0, cpu = cpu_us();
	struct err err = { 0 };

	must(directory_begin(b->dir, &err), &err);
	for (size_t i = 0; i < count; i++)
		run_one(b, buf_str(&texts[i]));
	t0 = clock_mono_us();
	must(db_commit(b->db, &err), &err);
	b->commit_us += clock_mono_us() - t0;
	b->cpu_us += cpu_us() - cpu;
}

static void report(const struct bench *b, int64_t n)
{
	double all = (double)(b->decode_us + b->apply_us + b->commit_us);

	printf("%lld changes: %.0f/s, %.1f us each"
	       " (decode %.1f, apply %.1f, commit %.1f), %.1f of CPU\n",
	       (long long)n, (double)n * 1e6 / all, all / (double)n,
	       (double)b->decode_us / (double)n,
	       (double)b->apply_us / (double)n,
	       (double)b->commit_us / (double)n, (double)b->cpu_us / (double)n);
	for (unsigned i = 0; i < APPLY_OUTCOME_COUNT; i++)
		if (b->outcomes[i])
			printf("  %s %lld\n",
			       apply_outcome_name((enum apply_outcome)i),
			       (long long)b->outcomes[i]);
}

static void remove_all(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[600];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

int main(int argc, char **argv)
{
	uint32_t people =
		argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
	size_t batch = argc > 3 ? strtoul(argv[3], NULL, 10) : 500;
	int64_t total = (int64_t)people * 2, n = 0;
	struct bench b = { 0 };
	uint32_t hired = 0;
	struct buf *texts;
	char path[512];

	if (argc < 2 || !people || !batch) {
		fprintf(stderr, "usage: micro_provision DIRECTORY"
				" [PEOPLE [BATCH]]\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/micro_provision.db", argv[1]);
	remove_all(path);
	open_all(&b, path);
	texts = calloc(batch, sizeof(*texts));
	ASSERT(texts);
	for (size_t i = 0; i < batch; i++)
		buf_init(&texts[i], TEXT_MAX);
	while (n < total) {
		for (size_t i = 0; i < batch; i++)
			next_change(&texts[i], people, &hired, n++);
		run_batch(&b, texts, batch);
	}
	report(&b, n);
	for (size_t i = 0; i < batch; i++)
		buf_release(&texts[i]);
	free(texts);
	arena_release(&b.arena);
	directory_close(&b.dir);
	db_close(&b.db);
	remove_all(path);
	return 0;
}
