/*
 * What a sync run costs the fetcher: CPU per person and the most memory, for
 * a first read, where everybody is sent, and for a second one, where nobody
 * has changed; and what connections cost that have nothing to run. Built by
 * hand:
 *
 *	make && cc -O2 -D_GNU_SOURCE -Iinclude -Itests/contract \
 *		-o build/micro_sync tests/bench/micro_sync.c \
 *		tests/contract/{fetcher_world,hris,people,redis}.c \
 *		tests/contract/queue_fixture.c build/release/libhrisd.a \
 *		-lcmocka -lcsv $(pkg-config --libs libevent_core libcurl \
 *		libcjson hiredis libsodium libcrypto sqlite3 libxml-2.0) &&
 *		build/micro_sync [PEOPLE [PAGE_SIZE]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"
#include "people.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTES 30
#define IDLE_MS 20000
#define IDLE	5000

static const char manifest[] =
	"{\"manifest\":1,\"name\":\"acme\",\"title\":\"Acme\","
	"\"credentials\":[{\"name\":\"api_key\",\"label\":\"Key\","
	"\"help\":\"In the settings\",\"for\":\"api\"}],"
	"\"settings\":[{\"name\":\"base_url\",\"label\":\"URL\","
	"\"help\":\"For tests\",\"as\":\"base-url\"}],"
	"\"fetch\":{\"base_url\":\"https://api.example.com\","
	"\"auth\":{\"scheme\":\"bearer\",\"token\":\"api_key\"},"
	"\"list\":{\"path\":\"/people\",\"query\":{\"cursor\":\"{cursor}\"},"
	"\"items\":\"/people\",\"total\":[\"/total\"],"
	"\"paging\":{\"scheme\":\"cursor\",\"next\":[\"/next\"]}}"
	"},\"person\":{\"id\":\"/id\",\"status\":{\"word\":\"/status\","
	"\"words\":{\"active\":\"active\",\"left\":\"departed\"}},"
	"\"fields\":{\"email\":\"/email\",\"first_name\":\"/name/first\","
	"\"last_name\":\"/name/last\",\"preferred_name\":\"/name/preferred\","
	"\"employee_number\":\"/number\",\"department\":\"/work/department\","
	"\"job_title\":\"/work/title\",\"location\":\"/work/site\","
	"\"start_date\":{\"from\":\"/work/start\",\"as\":\"date\"},"
	"\"manager_id\":\"/work/manager\"}}}";

static const char more[] =
	",\"name\":{\"first\":\"Johanna\",\"last\":\"Lindqvist\","
	"\"preferred\":\"Jo\",\"middle\":null},\"number\":\"E-100234\","
	"\"work\":{\"department\":\"Customer Success\",\"title\":"
	"\"Senior Account Manager\",\"site\":\"Stockholm\","
	"\"start\":\"2021-03-15\",\"manager\":\"p17\",\"fte\":1.0,"
	"\"cost_center\":\"4711\",\"team\":\"EMEA North\"},"
	"\"phones\":[{\"kind\":\"work\",\"number\":\"+46 8 123 45 67\"},"
	"{\"kind\":\"mobile\",\"number\":\"+46 70 123 45 67\"}],"
	"\"languages\":[\"sv\",\"en\",\"de\"],\"updated\":"
	"\"2026-10-01T08:15:30Z\",\"custom\":{\"shirt\":\"M\",\"parking\":"
	"false}";

static double cpu_s(pid_t pid)
{
	char path[64], text[1024] = "";
	unsigned long user = 0, sys = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "r");
	if (in && fgets(text, sizeof(text), in))
		(void)sscanf(strrchr(text, ')') + 2,
			     "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu "
			     "%lu",
			     &user, &sys);
	if (in)
		(void)fclose(in);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

static long most_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *in;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in))
		(void)sscanf(line, "VmHWM: %ld", &kb);
	if (in)
		(void)fclose(in);
	return kb;
}

static void run(struct fetcher_world *w, enum run_kind kind, int people)
{
	char id[RANDOM_ID_SIZE];
	int64_t start = clock_mono_ms(), end = start + MINUTES * 60000LL;
	double before = cpu_s(w->fetcher);

	(void)snprintf(id, sizeof(id), "%s", world_ask_run(w, kind));
	for (int i = 1; clock_mono_ms() < end; i++) {
		loop_turn(w->loop, 5);
		if (i % 200 == 0 && world_run(w, id)->finished_ms)
			break;
	}
	printf("%-10s %-8s people %d queued %lld: %.1f s, CPU %.1f us a "
	       "person, at most %.1f MiB\n",
	       run_kind_name(kind), run_status_name(world_run(w, id)->status),
	       people, world_counted(w, id, "queued"),
	       (double)(clock_mono_ms() - start) / 1000,
	       (cpu_s(w->fetcher) - before) * 1e6 / people,
	       (double)most_kb(w->fetcher) / 1024);
}

/* Copies of the one connection, whose slots are far away. */
static void add_idle(struct fetcher_world *w, int count)
{
	char sql[1024];
	struct db *db = NULL;
	struct err err = { .kind = ERR_NONE };

	(void)snprintf(
		sql, sizeof(sql),
		"CREATE TEMP TABLE n AS WITH RECURSIVE s(i) AS (SELECT 1 UNION "
		"ALL SELECT i + 1 FROM s WHERE i < %d) SELECT i FROM s;"
		"CREATE TEMP TABLE c AS SELECT * FROM connections;"
		"INSERT INTO connections (id, organization, provider, name, "
		"settings, status, shard, created_ms, changed_ms, generation) "
		"SELECT id || i, organization, provider, name, settings, "
		"status, shard, created_ms, changed_ms, 1000 + i FROM c, n;"
		"INSERT INTO schedules SELECT c.id || i, schedule, 1 << 45, 0, "
		"0, 0, '', -1, '' FROM schedules, c, n;",
		count);
	if (db_open(&db, w->store, DB_READ_WRITE, &err) < 0 ||
	    db_exec(db, sql, &err) < 0)
		fail_msg("%s", err.text);
	db_close(&db);
}

static void idle(struct fetcher_world *w, int connections)
{
	int64_t end = clock_mono_ms() + IDLE_MS;
	double before = cpu_s(w->fetcher);

	while (clock_mono_ms() < end)
		loop_turn(w->loop, 100);
	printf("%d idle connections: %.2f %% of a CPU\n", connections,
	       (cpu_s(w->fetcher) - before) * 1e5 / IDLE_MS);
}

int main(int argc, char **argv)
{
	static struct people p;
	void *state = NULL;
	struct fetcher_world *w;

	if (world_setup(&state) < 0 || !state)
		return 1;
	w = state;
	world_set_manifest(w, manifest);
	people_start(&p, &w->hris);
	p.count = argc > 1 ? atoi(argv[1]) : 100000;
	p.page_size = argc > 2 ? atoi(argv[2]) : 500;
	p.more = more;
	world_fetch(w);
	for (int i = 0; i < 100; i++)
		loop_turn(w->loop, 5);
	run(w, RUN_INITIAL, p.count);
	run(w, RUN_FULL, p.count);
	add_idle(w, IDLE);
	idle(w, IDLE);
	return world_teardown(&state);
}
