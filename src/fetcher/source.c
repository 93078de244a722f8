/*
 * Connections as the fetcher sees them: read from the database, kept for a few
 * seconds, with the line of those that wait for a call.
 */
#include "desk.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "registry/registry.h"
#include "json/json.h"

#include <stdlib.h>

#define MAX_TEXT       262144 /* bytes of a connection, opened and parsed */
#define CROWDED_MS     2000   /* per DESK_MAX_ERRANDS that are put off */
#define CROWDED_MAX_MS 300000
#define NO_DATABASE_MS 30000
#define LUCK_RANGE     1000

enum source_state {
	SOURCE_NO_DATABASE, /* nothing is known, for now */
	SOURCE_DELETED,
	SOURCE_OFF,    /* a draft, disabled, or paused by the plan */
	SOURCE_BROKEN, /* no manifest, or its credentials do not open */
	SOURCE_READY
};

struct source {
	struct desk *desk;
	char *id;
	enum source_state state;
	int64_t read_ms;    /* monotonic; 0: never */
	int64_t generation; /* of what is in arena */
	struct arena arena; /* holds the three below */
	struct str organization;
	const struct json *credentials;
	const struct json *settings;
	struct manifest_set *manifests; /* of which manifest is one */
	const struct manifest *manifest;
	bool stopped;	       /* refused: see stopped_until */
	int64_t stopped_until; /* monotonic */
	int64_t paused_until;  /* monotonic */
	const char *complaint; /* the last one logged; NULL: none */
	size_t errands;
	size_t put_off; /* since there was room last */
	size_t calls;
	struct errand_list line;
};

/* ------------------------------------------------------------- complaints */

void source_complain(struct source *s, const char *reason, const char *detail)
{
	if (s->complaint == reason)
		return;
	s->complaint = reason;
	log_warn("lookups of a connection wait", log_str("connection", s->id),
		 log_str("reason", reason),
		 log_str("detail", detail ? detail : ""));
}

/* ------------------------------------------------------------ the database */

static int parse_object(const struct json **out, struct arena *a,
			struct str text, struct err *err)
{
	if (json_parse(out, a, text, NULL, err) < 0)
		return -1;
	if (!json_is(*out, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "not a JSON object");
	return 0;
}

static int open_credentials(struct source *s, struct err *err)
{
	struct desk *d = s->desk;
	struct secret *text = NULL;
	int result;

	if (registry_open_credentials(d->db, d->keys, str_of(s->id), &text,
				      err) < 0)
		return -1;
	result = parse_object(&s->credentials, &s->arena, secret_bytes(text),
			      err);
	secret_free(&text);
	return result;
}

/* Where there is none, the old one stays, for calls under way. */
static int take_manifest(struct source *s, struct str provider, struct err *err)
{
	struct manifest_set *set = s->desk->manifests;
	const struct manifest *m = manifest_set_find(set, provider);

	if (!m || !manifest_has_lookup(m))
		return err_set(err, ERR_CONFIG,
			       "its provider cannot read one person");
	(void)manifest_set_ref(set);
	manifest_set_unref(&s->manifests);
	s->manifests = set;
	s->manifest = m;
	return 0;
}

static int load(struct source *s, const struct connection *c, struct err *err)
{
	arena_clear(&s->arena);
	if (take_manifest(s, c->provider, err) < 0)
		return -1;
	s->organization = arena_dup(&s->arena, str_of(c->organization));
	if (!s->organization.ptr)
		return arena_full(&s->arena, err);
	if (parse_object(&s->settings, &s->arena, c->settings, err) < 0)
		return err_prefix(err, "settings");
	if (open_credentials(s, err) < 0)
		return err_prefix(err, "credentials");
	return 0;
}

/* Somebody changed it: what was refused before may work now. */
static void take_enabled(struct source *s, const struct connection *c)
{
	struct err err = { 0 };

	if (s->state == SOURCE_READY && s->generation == c->generation)
		return;
	s->stopped = false;
	s->complaint = NULL;
	s->generation = c->generation;
	s->state = SOURCE_READY;
	if (load(s, c, &err) == 0)
		return;
	s->state = err.kind == ERR_TEMP ? SOURCE_NO_DATABASE : SOURCE_BROKEN;
	source_complain(s, "the connection cannot be used", err.text);
}

static void take_row(struct source *s, const struct connection *c)
{
	if (c->status == CONNECTION_ENABLED) {
		take_enabled(s, c);
		return;
	}
	if (s->state != SOURCE_OFF)
		log_info("lookups of a connection are dropped",
			 log_str("connection", s->id),
			 log_str("status", connection_status_name(c->status)));
	s->state = SOURCE_OFF;
}

static void refresh(struct source *s)
{
	struct connection c;
	struct err err = { 0 };
	struct arena a;

	if (s->read_ms && clock_mono_ms() - s->read_ms < DESK_SOURCE_MS)
		return;
	s->read_ms = clock_mono_ms();
	arena_init(&a, MAX_TEXT);
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

/* ---------------------------------------------------------------- verdicts */

static struct verdict give_up(enum verdict_action action, const char *reason)
{
	return (struct verdict){ .action = action, .reason = reason };
}

static int64_t paused_ms(const struct source *s)
{
	int64_t left = s->paused_until - clock_mono_ms();

	return left > 0 ? left : 0;
}

static bool is_stopped(const struct source *s)
{
	return s->stopped && clock_mono_ms() < s->stopped_until;
}

/* Half as much again: luck must not bring it back before the pause is over. */
static bool waits(struct verdict *out, const struct errand *e, int64_t ms,
		  const char *reason)
{
	*out = verdict_wait(&e->history, ms + ms / 2, random_below(LUCK_RANGE),
			    reason);
	return true;
}

/*
 * A burst larger than the line comes back in portions that fit it. Is the HRIS
 * slower than that, the portions lie further and further apart.
 */
static int64_t crowded_ms(struct source *s)
{
	int64_t portions = (int64_t)(s->put_off++ / DESK_MAX_ERRANDS) + 1;

	if (portions > CROWDED_MAX_MS / CROWDED_MS)
		return CROWDED_MAX_MS;
	return portions * CROWDED_MS;
}

bool source_forbids(struct source *s, const struct errand *e,
		    struct verdict *out)
{
	if (s->desk->draining)
		return waits(out, e, 0, "handed back");
	refresh(s);
	switch (s->state) {
	case SOURCE_DELETED:
		*out = give_up(VERDICT_BURY, "there is no such connection");
		return true;
	case SOURCE_OFF:
		/* To enable it again starts a full read: nothing is missed. */
		*out = give_up(VERDICT_DROP, "the connection is not enabled");
		return true;
	case SOURCE_NO_DATABASE:
		return waits(out, e, NO_DATABASE_MS, "no database");
	case SOURCE_BROKEN:
		return waits(out, e, VERDICT_PARKED_MS, "setup");
	case SOURCE_READY:
		break;
	}
	if (is_stopped(s))
		return waits(out, e, VERDICT_PARKED_MS, "stopped");
	if (paused_ms(s))
		return waits(out, e, paused_ms(s), "paused");
	if (e->early)
		return waits(out, e, errand_delay_ms(e), "too early");
	if (e->surplus)
		return waits(out, e, crowded_ms(s), "crowded");
	return false;
}

void source_heed(struct source *s, const struct verdict *v)
{
	int64_t now = clock_mono_ms();

	if (v->stop) {
		s->stopped = true;
		s->stopped_until = now + DESK_PROBE_MS;
	}
	if (now + v->pause_ms > s->paused_until)
		s->paused_until = now + v->pause_ms;
	if (v->stop || v->pause_ms) {
		source_complain(s, v->reason, NULL);
		return;
	}
	s->stopped = false;
	if (v->action == VERDICT_CHANGE)
		s->complaint = NULL;
}

/* -------------------------------------------------------------- the line */

/* Nobody is called: those in line are to hear of it at once. */
static bool is_blocked(const struct source *s)
{
	return s->state != SOURCE_READY || is_stopped(s) || paused_ms(s);
}

void source_unqueue(struct source *s, struct errand *e)
{
	if (e->in_line)
		TAILQ_REMOVE(&s->line, e, line);
	e->in_line = false;
}

static void run_line(struct source *s)
{
	struct errand *e;

	while (!s->desk->draining && (e = TAILQ_FIRST(&s->line)) &&
	       (s->calls < DESK_MAX_CALLS || is_blocked(s))) {
		source_unqueue(s, e);
		errand_turn(e);
	}
}

void source_join(struct source *s, struct errand *e)
{
	s->errands++;
	e->surplus = s->errands > DESK_MAX_ERRANDS;
}

void source_leave(struct source *s, struct errand *e)
{
	source_unqueue(s, e);
	s->errands--;
	if (s->errands < DESK_MAX_ERRANDS / 2)
		s->put_off = 0;
}

void source_queue(struct source *s, struct errand *e)
{
	if (e->surplus || e->early) {
		errand_turn(e); /* to be put off */
		return;
	}
	TAILQ_INSERT_TAIL(&s->line, e, line);
	e->in_line = true;
	run_line(s);
}

void source_call_began(struct source *s)
{
	s->calls++;
}

void source_call_ended(struct source *s)
{
	s->calls--;
	run_line(s);
}

/* ------------------------------------------------------------------- life */

int64_t source_delay_ms(const struct source *s)
{
	return s->state == SOURCE_READY ? fetch_delay_ms(s->manifest) : 0;
}

const struct manifest *source_manifest(const struct source *s)
{
	return s->manifest;
}

struct fetch_context source_context(const struct source *s)
{
	return (struct fetch_context){ .credentials = s->credentials,
				       .settings = s->settings };
}

struct str source_organization(const struct source *s)
{
	return s->organization;
}

struct source *source_find(struct desk *d, struct str connection)
{
	struct source *s = map_get(&d->sources, connection);

	if (!s) {
		s = mem_new(sizeof(*s));
		s->desk = d;
		s->id = mem_dup(connection.ptr, connection.len);
		arena_init(&s->arena, MAX_TEXT);
		TAILQ_INIT(&s->line);
		(void)map_put(&d->sources, str_of(s->id), s);
	}
	refresh(s);
	return s;
}

static void source_free(struct source *s)
{
	(void)map_remove(&s->desk->sources, str_of(s->id));
	manifest_set_unref(&s->manifests);
	arena_release(&s->arena);
	free(s->id);
	free(s);
}

void source_reload(struct desk *d)
{
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at))) {
		s->generation = -1;
		s->read_ms = 0;
	}
}

void source_sweep(struct desk *d)
{
	int64_t old = clock_mono_ms() - DESK_SOURCE_IDLE_MS;
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at)))
		if (!s->errands && s->read_ms < old)
			source_free(s);
}

void source_release(struct desk *d)
{
	struct source *s;
	size_t at = 0;

	while ((s = map_next(&d->sources, &at)))
		source_free(s);
	map_release(&d->sources);
}
