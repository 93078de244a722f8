#include "render_run.h"

#include "base/clock.h"

#define SENTENCE_MAX 1024

/* 0: not yet. */
static void add_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms)
		json_add_z(w, key, clock_format_ms(ms, text));
	else
		json_add_null(w, key);
}

static void add_sentence(struct json_writer *w, const struct run_view *v)
{
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	run_sentence(v, &text);
	json_add_string(w, "summary", buf_str(&text));
	buf_release(&text);
}

static void add_error(struct json_writer *w, const struct run_view *v)
{
	struct str error = v->waits_until_ms ? v->waits_for : v->run->error;

	if (error.len)
		json_add_string(w, "error", error);
	else
		json_add_null(w, "error");
}

void render_run(struct json_writer *w, const char *key,
		const struct run_view *v)
{
	const struct run *r = v->run;

	json_open_object(w, key);
	json_add_z(w, "id", r->id);
	json_add_z(w, "connection_id", r->connection);
	json_add_z(w, "kind", run_kind_name(r->kind));
	json_add_z(w, "reason", run_reason_name(r->reason));
	json_add_z(w, "status", run_status_name(r->status));
	add_sentence(w, v);
	add_error(w, v);
	json_add_bool(w, "stopping", r->stop && r->status == RUN_RUNNING);
	add_time(w, "asked_at", r->asked_ms);
	add_time(w, "started_at", r->started_ms);
	add_time(w, "finished_at", r->finished_ms);
	add_time(w, "waiting_until", v->waits_until_ms);
	add_time(w, "confirmed_at", r->confirmed_ms);
	if (r->confirmed_ms)
		json_add_z(w, "confirmed_by", r->confirmed_by);
	else
		json_add_null(w, "confirmed_by");
	json_add_value(w, "counts", v->counts);
	json_add_value(w, "proof", v->proof);
	json_close(w);
}
