#include "fetcher/fetcher.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "db/migrate.h"
#include "desk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DATABASE_WAIT_MS 1000	   /* the loop stands still so long at most */
#define ANSWER_BYTES	 (1 << 20) /* one person; also what json takes */

struct fetcher {
	struct desk desk;
	struct loop_signal term;
	struct loop_signal interrupt;
	struct loop_signal hangup;
	struct loop_timer deadline; /* of draining */
};

/* --------------------------------------------------------------- draining */

static void free_intakes(struct desk *d)
{
	for (size_t i = 0; i < d->intake_count; i++)
		intake_free(&d->intakes[i]);
	free(d->intakes);
	d->intakes = NULL;
	d->intake_count = 0;
}

/*
 * What is under way ends, what only waits is handed back. Where there is no
 * time for it, it stays pending and the next fetcher claims it.
 */
static void signal_cb(int signo, void *arg)
{
	struct fetcher *f = arg;

	(void)signo;
	if (f->desk.draining)
		return;
	log_info("draining");
	f->desk.draining = true;
	errand_hand_back(&f->desk);
	board_drain(f->desk.board);
	loop_post(f->desk.loop, &f->desk.sweep);
	loop_timer_set(&f->deadline, (int64_t)f->desk.settings->drain_ms);
}

static void deadline_cb(void *arg)
{
	struct fetcher *f = arg;

	log_warn("drain time is over: what is under way will be repeated");
	loop_stop(f->desk.loop);
}

/* -------------------------------------------------------------- providers */

static void reload_cb(int signo, void *arg)
{
	struct fetcher *f = arg;
	struct manifest_set *set;
	struct err err = { 0 };

	(void)signo;
	if (manifest_set_load(&set, f->desk.settings->providers, &err) < 0) {
		log_error("providers not reloaded: the old ones stay",
			  log_str("why", err.text));
		return;
	}
	manifest_set_unref(&f->desk.manifests);
	f->desk.manifests = set;
	sources_reload(&f->desk);
	log_info("providers reloaded");
}

/* ------------------------------------------------------------------ parts */

static void queue_changed_cb(struct queue *q, void *arg)
{
	struct desk *d = arg;
	bool ready = queue_is_ready(q);

	metrics_set(METRIC_REDIS_READY, ready);
	metrics_set(METRIC_REDIS_DURABILITY, queue_durability(q));
	if (ready) {
		log_info("redis is ready");
		intake_resume(d);
		jobs_resume(d);
		board_look(d->board);
	} else {
		log_warn("redis is not ready",
			 log_str("why", queue_trouble(q)));
	}
}

static int open_queue(struct desk *d, struct err *err)
{
	const struct settings *s = d->settings;
	struct queue_config cfg = { .url = s->redis,
				    .command_ms = (int64_t)s->redis_ms,
				    .changed = queue_changed_cb,
				    .arg = d };

	if (!queue_durability_find(str_of(s->redis_durability), &d->least))
		return err_set(err, ERR_CONFIG,
			       "redis-durability: '%s' is not always, "
			       "everysec or memory",
			       s->redis_durability);
	cfg.least = d->least;
	return queue_new(&d->queue, d->loop, &cfg, err);
}

static int open_database(struct desk *d, struct err *err)
{
	if (db_open(&d->db, d->settings->store, DB_READ_WRITE, err) < 0 ||
	    db_check_schema(d->db, err) < 0)
		return err_prefix(err, "store");
	db_set_wait_ms(d->db, DATABASE_WAIT_MS);
	metrics_set(METRIC_STORE_READY, 1);
	return 0;
}

static int open_client(struct desk *d, struct err *err)
{
	const struct settings *s = d->settings;
	struct http_client_config cfg = { .allow_hosts = s->allow_hosts,
					  .ca_file = s->ca_file,
					  .max_body_bytes = ANSWER_BYTES,
					  .connect_ms = (int64_t)s->connect_ms,
					  .total_ms = (int64_t)s->call_ms };

	return http_client_new(&d->client, d->loop, &cfg, err);
}

static int open_intakes(struct desk *d, struct err *err)
{
	size_t shards = d->settings->shards;

	d->intakes = mem_new_array(shards, sizeof(struct intake *));
	for (size_t i = 0; i < shards; i++) {
		if (intake_new(&d->intakes[i], d, (unsigned)i, err) < 0)
			return -1;
		d->intake_count++;
	}
	return 0;
}

/* Unique among processes that run at once, as Redis's group needs it. */
static void name_consumer(struct desk *d)
{
	char host[65] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	(void)snprintf(d->consumer, sizeof(d->consumer), "%s-%ld", host,
		       (long)getpid());
}

/* ------------------------------------------------------------------- life */

static int start(struct fetcher *f, struct err *err)
{
	struct desk *d = &f->desk;

	if (!d->keys->secret_key[SEAL_API])
		return err_set(err, ERR_CONFIG,
			       "key-file: no api.secret, so that no "
			       "credential can be opened");
	name_consumer(d);
	if (manifest_set_load(&d->manifests, d->settings->providers, err) < 0 ||
	    open_database(d, err) < 0 || open_client(d, err) < 0 ||
	    open_queue(d, err) < 0)
		return -1;
	d->board = board_new(d);
	if (open_intakes(d, err) < 0)
		return -1;
	return jobs_start(d, err);
}

static void init(struct fetcher *f, const struct settings *s,
		 const struct keyring *keys, struct loop *loop)
{
	struct desk *d = &f->desk;

	desk_init(d, loop, s, keys);
	loop_signal_init(&f->term, loop, SIGTERM, signal_cb, f);
	loop_signal_init(&f->interrupt, loop, SIGINT, signal_cb, f);
	loop_signal_init(&f->hangup, loop, SIGHUP, reload_cb, f);
	loop_timer_init(&f->deadline, loop, deadline_cb, f);
}

/*
 * The queue first: its last callbacks still find who asked. Then where entries
 * come in, with queues of their own, and the errands, which take their calls
 * with them.
 */
static void stop(struct fetcher *f)
{
	struct desk *d = &f->desk;

	d->draining = true;
	queue_free(&d->queue);
	free_intakes(d);
	jobs_stop(d);
	loop_task_cancel(d->loop, &d->sweep);
	board_free(&d->board);
	errand_release(d);
	jobs_release(d);
	sources_free(d);
	http_client_free(&d->client);
	db_close(&d->db);
	manifest_set_unref(&d->manifests);
	loop_timer_release(&f->deadline);
	loop_signal_release(&f->hangup);
	loop_signal_release(&f->interrupt);
	loop_signal_release(&f->term);
}

int fetcher_run(const struct settings *s, const struct keyring *keys,
		struct err *err)
{
	struct fetcher f = { 0 };
	struct loop *loop = NULL;
	int result;

	if (loop_new(&loop, err) < 0)
		return -1;
	init(&f, s, keys, loop);
	result = start(&f, err);
	if (result == 0) {
		log_info("fetching", log_str("consumer", f.desk.consumer));
		loop_run(loop);
	}
	stop(&f);
	loop_free(&loop);
	return result;
}
