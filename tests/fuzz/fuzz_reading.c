/*
 * What an HRIS may answer to a read of many people. Every manifest of
 * providers/ and tests/data/reading reads the input as its answers: nothing
 * breaks, a read goes on or ends, and never stays where it is. The first bytes
 * of the input choose the manifest, the kind and the status.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "provider/discover.h"
#include "provider/manifest.h"
#include "provider/read.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY	   ((size_t)64 << 20)
#define MANIFESTS  128
#define PAGES_MAX  8
#define ROWS_MAX   64
#define HEAD	   3
#define TODAY	   20780
#define NOW_MS	   1795428000000
#define PATH_BYTES 512

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct manifest *manifests[MANIFESTS];
static size_t manifest_count;

static bool read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	char piece[4096];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, n);
	(void)fclose(f);
	return !out->failed;
}

static void load_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	ASSERT(d);
	while ((e = readdir(d)) && manifest_count < MANIFESTS) {
		struct manifest **m = &manifests[manifest_count];
		char path[PATH_BYTES];
		struct buf text;

		(void)!snprintf(path, sizeof(path), "%s/%.100s/manifest.json",
				folder, e->d_name);
		buf_init(&text, 1 << 17);
		if (read_file(path, &text)) {
			ASSERT(manifest_parse(m, path, buf_str(&text), NULL) ==
			       0);
			manifest_count++;
		}
		buf_release(&text);
	}
	(void)closedir(d);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	load_folder("providers");
	load_folder("tests/data/reading");
	ASSERT(manifest_count > 30);
	return 0;
}

/* Any credential and setting of a manifest. */
static const struct json *made_up(const struct manifest *m, struct arena *a)
{
	const struct json *v = json_with(a, NULL, STR("x"), NULL);
	const struct json *text = json_of_str(a, STR("x"));

	for (size_t i = 0; i < manifest_credential_count(m); i++)
		v = json_with(a, v, str_of(manifest_credential(m, i)->name),
			      text);
	for (size_t i = 0; i < manifest_setting_count(m); i++)
		if (manifest_setting(m, i)->kind == SETTING_DNS_LABEL)
			v = json_with(a, v,
				      str_of(manifest_setting(m, i)->name),
				      text);
	return v;
}

/* The body serves as header too: a link, a message's id. */
static struct str header(const void *headers, const char *name)
{
	struct str s = *(const struct str *)headers;

	(void)name;
	if (s.len > 64)
		s.len = 64;
	return s;
}

struct walk {
	struct fetch_context ctx;
	const struct manifest *m;
	struct arena *a; /* of the whole read */
	struct read_tables *tables;
	struct discovery *fields;
	struct str body;
	int status;
	const struct read_step *step;
	struct read_page page;
	const struct json *records[ROWS_MAX];
	size_t count;
};

static int keep(struct str json, void *arg, struct err *err)
{
	static const struct json_limits limits = { 1 << 20, 128, 100000 };
	struct walk *w = arg;

	if (w->count == ROWS_MAX)
		return 0;
	return json_parse(&w->records[w->count++], w->a, json, &limits, err);
}

/* 0 when the page is there. */
static int cut(struct walk *w, const struct record_shape *shape)
{
	static const struct json_limits limits = { 4 << 20, 128, 1 << 20 };
	struct record_reader *r;
	struct err err = { 0 };
	struct str rest;
	int res;

	ASSERT(record_reader_new(&r, shape, keep, w, NULL) == 0);
	res = record_reader_feed(r, w->body, &err);
	if (res == 0)
		res = record_reader_end(r, &rest, &err);
	w->page.missing = res < 0 && err.kind == ERR_NOT_FOUND;
	if (res == 0 || w->page.missing)
		res = json_parse(&w->page.rest, w->a, rest, &limits, NULL);
	record_reader_free(&r);
	return res;
}

static void read_details(struct walk *w, const struct json *record,
			 const struct read_row *row)
{
	const struct read_detail_row asked = { row->pid, record };
	const struct json *found[READ_DETAILS_MAX] = { NULL };
	struct fetch_request r;
	struct fetched f;
	struct err err = { 0 };

	for (size_t i = 0; i < read_detail_count(w->step); i++) {
		if (!(row->details & UINT32_C(1) << i))
			continue;
		(void)!read_detail_request(w->step, i, &asked, 1, w->a, &r,
					   NULL);
		if (read_detail_answer(w->step, i, w->status, w->body, &asked,
				       1, w->a, &found[i], &err) < 0)
			ASSERT(err.kind != ERR_NONE);
	}
	if (read_composed(w->step, record, found, &w->page, w->tables, TODAY,
			  w->a, &f, NULL) == 0)
		ASSERT(f.person.pid.len > 0);
}

static void read_rows(struct walk *w)
{
	(void)!read_around(w->step, w->page.rest, w->tables, NULL);
	for (size_t i = 0; i < w->count; i++) {
		const struct json *record;
		struct read_row row;
		struct err err = { 0 };

		if (read_row(w->step, w->records[i], &w->page, w->tables, TODAY,
			     w->a, &row, &err) < 0) {
			ASSERT(err.kind == ERR_INVALID ||
			       err.kind == ERR_LIMIT);
			continue;
		}
		if (row.kind != READ_ROW_SKIP && row.kind != READ_ROW_TABLE)
			ASSERT(row.pid.len > 0);
		if (row.kind == READ_ROW_DETAIL)
			read_details(w, w->records[i], &row);
		record = read_record(w->step, w->records[i], NULL, &w->page,
				     w->a);
		if (record)
			discovery_add(w->fields, record);
	}
	ASSERT(w->page.rows == w->count);
}

/* False when it is over. */
static bool walk_page(struct walk *w, struct str *state)
{
	struct read_call call;
	struct read_turn turn;
	struct err err = { 0 };

	ASSERT(read_open(&w->step, w->m, &w->ctx, *state, w->a, &err) == 0);
	if (read_request(w->step, w->a, &call, NULL) < 0)
		return false;
	ASSERT(!call.request.url || call.request.url[0]); /* an upload */
	w->count = 0;
	w->page = (struct read_page){
		.status = w->status,
		.header = header,
		.headers = &w->body,
		.now_ms = NOW_MS,
	};
	if (w->status < 200 || w->status > 299)
		w->page.body = w->body;
	else if (call.has_records && w->status != 204) {
		if (cut(w, &call.shape) < 0)
			return false;
		read_rows(w);
	}
	if (read_turn(w->step, &w->page, w->a, &turn, &err) < 0) {
		ASSERT(err.kind != ERR_NONE && err.kind != ERR_BUG);
		return false;
	}
	ASSERT(turn.mark.len <= READ_STATE_MAX);
	if (turn.done)
		return false;
	ASSERT(turn.state.len && turn.state.len <= READ_STATE_MAX);
	ASSERT(!str_eq(turn.state, *state));
	*state = turn.state;
	return true;
}

static void walk(const struct manifest *m, enum read_kind kind, int status,
		 struct str body)
{
	const struct read_since since = { NOW_MS - 3600000, STR("m") };
	struct walk *w = mem_new(sizeof(*w));
	struct arena a;
	struct str state;

	arena_init(&a, MEMORY);
	w->m = m;
	w->a = &a;
	w->tables = read_tables_new();
	w->fields = discovery_new();
	w->body = body;
	w->status = status;
	w->ctx.credentials = w->ctx.settings = made_up(m, &a);
	if (read_begin(m, &w->ctx, kind, &since, NOW_MS, &a, &state, NULL) == 0)
		for (int i = 0; i < PAGES_MAX && walk_page(w, &state); i++)
			;
	discovery_match(w->fields, m, &w->ctx);
	ASSERT(discovery_count(w->fields) <= DISCOVER_MAX_FIELDS);
	discovery_free(&w->fields);
	read_tables_free(&w->tables);
	arena_release(&a);
	free(w);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const int statuses[] = { 200, 200, 200, 204, 400,
					403, 404, 410, 429, 500 };

	if (size < HEAD)
		return 0;
	walk(manifests[data[0] % manifest_count],
	     (enum read_kind)(data[1] % READ_KIND_COUNT),
	     statuses[data[2] % ARRAY_LEN(statuses)],
	     (struct str){ (const char *)data + HEAD, size - HEAD });
	return 0;
}
