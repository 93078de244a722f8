/*
 * What reading and writing one typical webhook body costs. Built by hand:
 *
 *	make && cc -O2 -D_GNU_SOURCE -Iinclude -o build/micro_json \
 *		tests/bench/micro_json.c build/release/libhrisd.a -lcjson && \
 *		build/micro_json
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "json/json.h"
#include "json/write.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 20000
#define BEST   7 /* measurements, of which the fastest counts */

#define LONG                                                                 \
	"A longer text as people write it into fields of their own: teams, " \
	"projects, languages, equipment, notes for the first day at work. "

static const char body[] =
	"{\"type\": \"employee.updated\", "
	"\"timestamp\": \"2026-11-23T09:30:00.123Z\", \"data\": {"
	"\"id\": \"9007199254740993\", \"employee_number\": \"E-10042\", "
	"\"first_name\": \"Zo\xc3\xab\", \"last_name\": \"Example-Smith\", "
	"\"preferred_name\": null, \"email\": \"zoe.smith@example.com\", "
	"\"department\": \"Customer Operations\", "
	"\"job_title\": \"Senior Support Engineer\", "
	"\"seniority_level\": \"senior\", \"status\": \"active\", "
	"\"start_date\": \"2023-04-01\", \"end_date\": null, "
	"\"manager_id\": \"9007199254740111\", "
	"\"location\": \"Rotterdam, The Netherlands\", "
	"\"employment_type\": \"full_time\", \"version\": 1795392000123, "
	"\"custom_one\": \"" LONG LONG "\", "
	"\"custom_two\": \"" LONG LONG "\", "
	"\"custom_three\": \"" LONG "\"}}";

static void parse(struct arena *a, struct buf *out)
{
	const struct json *v;

	(void)out;
	arena_clear(a);
	ASSERT(json_parse(&v, a, str_of(body), NULL, NULL) == 0);
}

static const struct json *tree;

static void find(struct arena *a, struct buf *out)
{
	static const char *const pointers[] = {
		"/data/id",	    "/data/employee_number", "/data/first_name",
		"/data/last_name",  "/data/email",	     "/data/department",
		"/data/job_title",  "/data/status",	     "/data/start_date",
		"/data/manager_id", "/data/location",	     "/data/version",
	};
	static const struct json_path *paths[ARRAY_LEN(pointers)];

	(void)out;
	for (size_t i = 0; i < ARRAY_LEN(pointers); i++) {
		if (!paths[i])
			ASSERT(json_path_compile(&paths[i], a,
						 str_of(pointers[i]),
						 NULL) == 0);
		ASSERT(json_text(json_path_find(paths[i], tree)).ptr);
	}
}

static void write(struct arena *a, struct buf *out)
{
	struct json_writer w;

	(void)a;
	buf_clear(out);
	json_writer_init(&w, out);
	json_add_value(&w, NULL, tree);
}

static void measure(const char *what, struct arena *a, struct buf *out,
		    void (*job)(struct arena *a, struct buf *out))
{
	double best = 1e9;

	for (int b = 0; b < BEST; b++) {
		int64_t from = clock_mono_us();
		double ns;

		for (int i = 0; i < ROUNDS; i++)
			job(a, out);
		ns = (double)(clock_mono_us() - from) * 1000 / ROUNDS;
		best = ns < best ? ns : best;
	}
	printf("%-18s %6.0f ns\n", what, best);
}

int main(void)
{
	struct arena kept, each;
	struct buf out;

	arena_init(&kept, 1 << 20);
	arena_init(&each, 1 << 20);
	buf_init(&out, 1 << 20);
	ASSERT(json_parse(&tree, &kept, str_of(body), NULL, NULL) == 0);
	printf("body: %zu bytes\n", sizeof(body) - 1);
	measure("parse", &each, &out, parse);
	measure("find 12 paths", &kept, &out, find);
	measure("write", &each, &out, write);
	buf_release(&out);
	arena_release(&each);
	arena_release(&kept);
	return 0;
}
