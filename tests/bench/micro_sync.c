/*
 * What a sync run costs the fetcher: CPU per person and the most memory, for
 * a first read, where everybody is sent, and for a second one, where nobody
 * has changed; or what connections cost that have nothing to run. As lines of
 * JSON. Part of make bench; alone:
 *
 *	make build/bench/micro_sync
 *	build/bench/micro_sync KIND PEOPLE PAGE [first]
 *	build/bench/micro_sync idle CONNECTIONS
 *
 * KIND: json, soap or report. first: the second read is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetcher_world.h"
#include "people.h"
#include "workday_people.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTES 30
#define IDLE_MS 20000

/* What is read: one page has that many; the report is one page of all. */
struct work {
	int people, page;
	size_t bytes; /* of each person */
	struct people json;
	struct workday_people workday;
};

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
	struct timespec t = { .tv_sec = 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		fail_msg("the fetcher has no clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

/* ------------------------------------------------------------- what is read */

static void read_json(struct fetcher_world *w, struct work *work)
{
	struct people *p = &work->json;

	world_set_manifest(w, manifest);
	people_start(p, &w->hris);
	p->count = work->people;
	p->page_size = work->page;
	p->more = more;
	work->bytes = strlen(more) +
		      strlen("{\"id\":\"p\",\"status\":"
			     "\"active\",\"email\":\"p"
			     "@example.com\"},") +
		      (size_t)(2 * snprintf(NULL, 0, "%d", work->people - 1));
}

static void connect_workday(struct fetcher_world *w, const char *read_by,
			    int page)
{
	char settings[512];

	(void)snprintf(settings, sizeof(settings),
		       "{\"host\":\"wd.example.com\",\"tenant\":\"acme\","
		       "\"read_by\":\"%s\",\"page_size\":\"%d\","
		       "\"department_type\":\"COST_CENTER\","
		       "\"department_column\":\"Cost_Center\","
		       "\"report_owner\":\"ISU\",\"report_name\":\"Workers\","
		       "\"report_format\":\"xml\","
		       "\"base_url\":\"http://127.0.0.1:%u\"}",
		       read_by, page, w->hris.port);
	world_add_provider(w, "workday");
	world_connect(w, "workday",
		      "{\"user\":\"ISU@acme\",\"password\":\"password\"}",
		      settings);
}

static void read_soap(struct fetcher_world *w, struct work *work)
{
	connect_workday(w, "soap", work->page);
	workday_service_start(&work->workday, &w->hris);
	work->workday.count = work->people;
	work->bytes = work->workday.bytes;
}

static void read_report(struct fetcher_world *w, struct work *work)
{
	connect_workday(w, "report", work->page);
	workday_report_start(&work->workday, &w->hris);
	work->workday.count = work->people;
	work->page = work->people;
	work->bytes = work->workday.bytes;
}

static const struct kind {
	const char *name;
	void (*start)(struct fetcher_world *w, struct work *work);
} kinds[] = {
	{ "json", read_json },
	{ "soap", read_soap },
	{ "report", read_report },
};

static void run(struct fetcher_world *w, enum run_kind kind,
		const struct work *work)
{
	char id[RANDOM_ID_SIZE];
	int64_t start = clock_mono_ms(), end = start + MINUTES * 60000LL;
	double before = cpu_s(w->fetcher);
	const struct run *r = NULL;

	(void)snprintf(id, sizeof(id), "%s", world_ask_run(w, kind));
	for (int i = 1; clock_mono_ms() < end; i++) {
		loop_turn(w->loop, 5);
		if (i % 200 == 0 && (r = world_run(w, id))->finished_ms)
			break;
	}
	assert_non_null(r);
	if (r->status != RUN_DONE)
		fail_msg("the run is %s: %.*s", run_status_name(r->status),
			 STR_ARG(r->error));
	printf("{\"kind\":\"%s\",\"people\":%d,\"page\":%d,\"bytes\":%zu,"
	       "\"queued\":%lld,\"seconds\":%.1f,\"cpu_us\":%.2f,"
	       "\"mib\":%.1f}\n",
	       run_kind_name(kind), work->people, work->page, work->bytes,
	       world_counted(w, id, "queued"),
	       (double)(clock_mono_ms() - start) / 1000,
	       (cpu_s(w->fetcher) - before) * 1e6 / work->people,
	       (double)most_kb(w->fetcher) / 1024);
}

/* --------------------------------------------------------- nothing to read */

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
	printf("{\"idle\":%d,\"cpu_percent\":%.2f}\n", connections,
	       (cpu_s(w->fetcher) - before) * 1e5 / IDLE_MS);
}

/* Started, and done with what a start brings. */
static void start_fetcher(struct fetcher_world *w)
{
	world_fetch(w);
	for (int i = 0; i < 100; i++)
		loop_turn(w->loop, 5);
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int bench(struct fetcher_world *w, int argc, char **argv)
{
	static struct work work;
	const struct kind *kind = argc > 3 ? kind_of(argv[1]) : NULL;

	if (argc == 3 && strcmp(argv[1], "idle") == 0) {
		start_fetcher(w);
		add_idle(w, atoi(argv[2]));
		idle(w, atoi(argv[2]));
		return 0;
	}
	if (!kind) {
		fprintf(stderr, "see the head of micro_sync.c\n");
		return 64;
	}
	work.people = atoi(argv[2]);
	work.page = atoi(argv[3]);
	kind->start(w, &work);
	start_fetcher(w);
	run(w, RUN_INITIAL, &work);
	if (argc == 4)
		run(w, RUN_FULL, &work);
	return 0;
}

int main(int argc, char **argv)
{
	void *state = NULL;
	int result;

	if (world_setup(&state) < 0 || !state)
		return 1;
	result = bench(state, argc, argv);
	return world_teardown(&state) < 0 ? 1 : result;
}
