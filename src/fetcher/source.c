#include "source_own.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "desk.h"
#include "names.h"
#include "quota.h"
#include "tokens.h"

#include <stdlib.h>

#define ROW_MAX 262144 /* bytes of a connection's row */

/* ------------------------------------------------------------- complaints */

void source_complain(struct source *s, const char *reason, const char *detail)
{
	if (s->complaint == reason)
		return;
	s->complaint = reason;
	log_warn("reads of a connection wait", log_str("connection", s->id),
		 log_str("reason", reason),
		 log_str("detail", detail ? detail : ""));
}

/* ----------------------------------------------------------- the database */

static void load(struct source *s, const struct connection *c)
{
	struct setup *setup = NULL;

	s->trouble = (struct err){ .kind = ERR_NONE };
	if (setup_load(&setup, s->desk, c, &s->trouble) < 0) {
		s->state = s->trouble.kind == ERR_TEMP ? SOURCE_NO_DATABASE
						       : SOURCE_BROKEN;
		source_complain(s, "the connection cannot be used",
				s->trouble.text);
		return;
	}
	tokens_expire(s);
	setup_unref(&s->setup);
	s->setup = setup;
	s->state = SOURCE_READY;
	quota_change(s);
}

/* Somebody changed it: what was refused before may work now. */
static void take_enabled(struct source *s, const struct connection *c)
{
	if (s->state == SOURCE_READY && s->generation == c->generation)
		return;
	s->stopped = false;
	s->complaint = NULL;
	s->generation = c->generation;
	load(s, c);
}

static void take_row(struct source *s, const struct connection *c)
{
	s->shard = c->shard;
	if (c->status == CONNECTION_ENABLED) {
		take_enabled(s, c);
		return;
	}
	if (s->state != SOURCE_OFF)
		log_info("a connection is not read",
			 log_str("connection", s->id),
			 log_str("status", connection_status_name(c->status)));
	s->state = SOURCE_OFF;
}

static void refresh(struct source *s)
{
	struct connection c;
	struct err err = { 0 };
	struct arena a;

	if (s->read_ms && clock_mono_ms() - s->read_ms < SOURCE_FRESH_MS)
		return;
	s->read_ms = clock_mono_ms();
	arena_init(&a, ROW_MAX);
	if (registry_get_connection(s->desk->db, NULL, str_of(s->id), &a, &c,
				    &err) == 0)
		take_row(s, &c);
	else if (err.kind == ERR_NOT_FOUND)
		s->state = SOURCE_DELETED;
	else if (s->state != SOURCE_READY) /* else what is known serves on */
		s->state = SOURCE_NO_DATABASE;
	arena_release(&a);
	metrics_set(METRIC_STORE_READY, !err.kind || err.kind == ERR_NOT_FOUND);
	if (err.kind && err.kind != ERR_NOT_FOUND)
		source_complain(s, "the database does not answer", err.text);
}

/* -------------------------------------------------------------- how it is */

enum source_state source_look(struct source *s)
{
	refresh(s);
	return s->state;
}

/* Its state stays: nobody else is to call it. */
static int prepare_off(struct source *s, struct err *err)
{
	struct setup *setup = NULL;
	struct connection c;
	struct arena a;
	int result;

	arena_init(&a, ROW_MAX);
	result = registry_get_connection(s->desk->db, NULL, str_of(s->id), &a,
					 &c, err);
	if (result == 0)
		result = setup_load(&setup, s->desk, &c, err);
	arena_release(&a);
	if (result < 0)
		return -1;
	tokens_expire(s);
	setup_unref(&s->setup);
	s->setup = setup;
	return 0;
}

int source_prepare(struct source *s, struct err *err)
{
	s->read_ms = 0;
	switch (source_look(s)) {
	case SOURCE_DELETED:
		return err_set(err, ERR_NOT_FOUND,
			       "there is no such connection");
	case SOURCE_NO_DATABASE:
		return err_set(err, ERR_TEMP,
			       "the database does not answer: try again");
	case SOURCE_BROKEN:
		return err_set(err, s->trouble.kind, "%s", s->trouble.text);
	case SOURCE_OFF:
		return prepare_off(s, err);
	case SOURCE_READY:
		break;
	}
	return 0;
}

void source_expire(struct source *s)
{
	s->read_ms = 0;
}

const char *source_trouble(const struct source *s)
{
	return s->trouble.text;
}

struct setup *source_setup(const struct source *s)
{
	ASSERT(s->setup);
	return s->setup;
}

int64_t source_paused_ms(const struct source *s)
{
	return budget_paused_ms(&s->quota->budget, clock_mono_ms());
}

bool source_is_stopped(const struct source *s)
{
	return s->stopped && clock_mono_ms() < s->stopped_until;
}

int64_t source_delay_ms(const struct source *s)
{
	return s->state == SOURCE_READY ? fetch_delay_ms(s->setup->manifest)
					: 0;
}

struct str source_id(const struct source *s)
{
	return str_of(s->id);
}

unsigned source_shard(const struct source *s)
{
	return s->shard;
}

struct desk *source_desk(const struct source *s)
{
	return s->desk;
}

struct crowd *source_crowd(struct source *s)
{
	return &s->crowd;
}

struct names_store **source_names(struct source *s)
{
	return &s->names;
}

struct tokens **source_tokens(struct source *s)
{
	return &s->tokens;
}

void source_heed(struct source *s, const struct source_news *n)
{
	int64_t now = clock_mono_ms();

	if (n->stop) {
		s->stopped = true;
		s->stopped_until = now + SOURCE_PROBE_MS;
	}
	if (n->pause_ms)
		budget_pause(&s->quota->budget, now, n->pause_ms);
	if (n->stop || n->pause_ms) {
		source_complain(s, n->reason, NULL);
		return;
	}
	s->stopped = false;
	if (n->good)
		s->complaint = NULL;
}

void source_spare(struct source *s, int64_t ms)
{
	budget_pause(&s->quota->budget, clock_mono_ms(), ms);
}

/* ------------------------------------------------------------------- life */

static struct source *source_new(struct desk *d, struct str connection)
{
	struct source *s = mem_new(sizeof(*s));

	s->desk = d;
	s->id = mem_dup(connection.ptr, connection.len);
	quota_start(s);
	line_init(s);
	(void)map_put(&d->sources, str_of(s->id), s);
	return s;
}

struct source *source_find(struct desk *d, struct str connection)
{
	struct source *s = map_get(&d->sources, connection);

	if (!s)
		s = source_new(d, connection);
	refresh(s);
	return s;
}

void source_hold(struct source *s)
{
	s->held++;
}

void source_release(struct source *s)
{
	ASSERT(s->held > 0);
	s->held--;
}

static void source_free(struct source *s)
{
	(void)map_remove(&s->desk->sources, str_of(s->id));
	names_store_free(&s->names);
	tokens_free(&s->tokens);
	quota_leave(s);
	setup_unref(&s->setup);
	free(s->id);
	free(s);
}

void sources_reload(struct desk *d)
{
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at))) {
		s->generation = -1;
		s->read_ms = 0;
	}
}

void sources_sweep(struct desk *d)
{
	int64_t old = clock_mono_ms() - SOURCE_IDLE_MS;
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at)))
		if (!s->held && s->read_ms < old)
			source_free(s);
}

void sources_free(struct desk *d)
{
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at)))
		source_free(s);
	map_release(&d->sources);
	map_release(&d->quotas);
}
