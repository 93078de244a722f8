#include "provisioner/provisioner.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "crash.h"
#include "db/migrate.h"
#include "shard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define UPKEEP_MS 1000 /* between looks at the streams' lengths */

/*
 * How long a statement waits for another writer. The loop stands still
 * meanwhile: longer than this is for the lane's back-off.
 */
#define DB_WAIT_MS 1000

struct provisioner {
	struct crew crew;
	struct db *db;
	struct directory *dir;
	struct shard *shards;
	size_t count;  /* of shards */
	size_t opened; /* of them */
	struct loop_signal signals[2];
	struct loop_timer upkeep;
	struct loop_timer drain;
	int64_t drain_ms;
	bool stopping;
	char consumer[QUEUE_NAME_MAX + 1];
	/* A round of looking at all shards. */
	struct queue_lag lag;
	size_t lags_due;
};

/* ------------------------------------------------------------------ upkeep */

static void publish(const struct provisioner *p)
{
	metrics_set(METRIC_QUEUE_PENDING, p->lag.pending);
	metrics_set(METRIC_QUEUE_BEHIND, p->lag.behind);
	metrics_set(METRIC_QUEUE_OLDEST_MS, p->lag.oldest_ms);
}

static void lag_cb(const struct queue_lag *lag, const struct err *err,
		   void *arg)
{
	struct provisioner *p = arg;

	p->lags_due--;
	if (!err->kind) {
		p->lag.pending += lag->pending;
		p->lag.behind += lag->behind;
		if (lag->oldest_ms > p->lag.oldest_ms)
			p->lag.oldest_ms = lag->oldest_ms;
	}
	/* Without an answer the last known figures stay. */
	if (p->lags_due == 0 && !err->kind)
		publish(p);
}

static void trim_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind)
		log_debug("a stream could not be trimmed",
			  log_str("why", err->text));
}

static void look_after(struct provisioner *p, unsigned shard)
{
	struct queue *q = p->crew.control;
	const struct queue_reader *r = &p->shards[shard].reader;

	if (queue_lag(q, shard, QUEUE_CHANGES, r->group, lag_cb, p, NULL) == 0)
		p->lags_due++;
	if (queue_trim(q, shard, QUEUE_CHANGES, trim_cb, p, NULL) < 0)
		log_debug("a stream was not trimmed this time");
}

static void upkeep_cb(void *arg)
{
	struct provisioner *p = arg;

	loop_timer_set(&p->upkeep, UPKEEP_MS);
	if (p->lags_due || !queue_is_ready(p->crew.control))
		return;
	p->lag = (struct queue_lag){ 0 };
	for (unsigned i = 0; i < p->count; i++)
		look_after(p, i);
}

static void control_cb(struct queue *q, void *arg)
{
	struct provisioner *p = arg;
	bool ready = queue_is_ready(q);

	metrics_set(METRIC_REDIS_READY, ready);
	metrics_set(METRIC_REDIS_DURABILITY, queue_durability(q));
	if (!ready) {
		log_warn("Redis is not ready",
			 log_str("why", queue_trouble(q)));
		return;
	}
	log_info("Redis is ready");
	for (size_t i = 0; i < p->opened; i++)
		lane_feed(&p->shards[i].lane, LANE_WAKE);
}

/* ---------------------------------------------------------------- stopping */

static void rested_cb(struct crew *c)
{
	struct provisioner *p = CONTAINER_OF(c, struct provisioner, crew);

	if (p->stopping && c->at_work == 0 && c->waiting == 0)
		loop_stop(c->loop);
}

static void drain_cb(void *arg)
{
	struct provisioner *p = arg;

	log_warn("some changes were not acknowledged in time: they are "
		 "delivered again and found to be applied");
	loop_stop(p->crew.loop);
}

static void signal_cb(int signo, void *arg)
{
	struct provisioner *p = arg;

	if (p->stopping)
		return;
	log_info("stopping", log_int("signal", signo));
	p->stopping = true;
	loop_timer_set(&p->drain, p->drain_ms);
	for (size_t i = 0; i < p->opened; i++)
		lane_feed(&p->shards[i].lane, LANE_STOP);
	rested_cb(&p->crew);
}

/* ---------------------------------------------------------------- starting */

static void name_consumer(struct provisioner *p)
{
	char host[64] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(p->consumer, sizeof(p->consumer), "%s-%ld", host,
		       (long)getpid());
}

static int open_store(struct provisioner *p, const struct settings *s,
		      struct err *err)
{
	if (db_open(&p->db, s->store, DB_READ_WRITE, err) < 0 ||
	    db_check_schema(p->db, err) < 0 ||
	    directory_open(&p->dir, p->db, err) < 0)
		return -1;
	db_set_wait_ms(p->db, DB_WAIT_MS);
	applier_init(&p->crew.applier, p->db, p->dir, s->max_deliveries);
	metrics_set(METRIC_STORE_READY, 1);
	return 0;
}

static int open_queues(struct provisioner *p, const struct settings *s,
		       struct err *err)
{
	struct queue_config cfg = { .url = s->redis,
				    .command_ms = (int64_t)s->redis_ms,
				    .changed = control_cb,
				    .arg = p };

	if (!queue_durability_find(str_of(s->redis_durability), &cfg.least))
		return err_set(err, ERR_CONFIG,
			       "redis-durability is not always, everysec or "
			       "memory");
	if (queue_new(&p->crew.control, p->crew.loop, &cfg, err) < 0)
		return -1;
	p->shards = mem_new_array(p->count, sizeof(*p->shards));
	for (; p->opened < p->count; p->opened++)
		if (shard_open(&p->shards[p->opened], &p->crew,
			       (unsigned)p->opened, p->consumer, s, cfg.least,
			       err) < 0)
			return -1;
	return 0;
}

static void init(struct provisioner *p, const struct settings *s)
{
	p->count = s->shards;
	p->drain_ms = (int64_t)s->drain_ms;
	p->crew.claim_ms = (int64_t)s->claim_ms;
	p->crew.rested = rested_cb;
	p->crew.store_ok = true;
	p->crew.verdicts =
		mem_new_array(QUEUE_BATCH_MAX, sizeof(*p->crew.verdicts));
	p->crew.ids = mem_new_array(QUEUE_BATCH_MAX, sizeof(*p->crew.ids));
	p->crew.fresh = mem_new_array(QUEUE_BATCH_MAX, sizeof(*p->crew.fresh));
	name_consumer(p);
}

static void start(struct provisioner *p)
{
	static const int signals[] = { SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		loop_signal_init(&p->signals[i], p->crew.loop, signals[i],
				 signal_cb, p);
	loop_timer_init(&p->drain, p->crew.loop, drain_cb, p);
	loop_timer_init(&p->upkeep, p->crew.loop, upkeep_cb, p);
	loop_timer_set(&p->upkeep, UPKEEP_MS);
	for (size_t i = 0; i < p->opened; i++)
		lane_feed(&p->shards[i].lane, LANE_START);
	log_info("ready to apply changes", log_int("shards", (int64_t)p->count),
		 log_str("consumer", p->consumer));
}

/* In reverse of how it began; what was not opened is all zero. */
static void close_all(struct provisioner *p)
{
	p->stopping = false;
	queue_free(&p->crew.control); /* its last callbacks are the shards' */
	for (size_t i = 0; i < p->opened; i++)
		shard_close(&p->shards[i]);
	for (size_t i = 0; i < ARRAY_LEN(p->signals); i++)
		loop_signal_release(&p->signals[i]);
	loop_timer_release(&p->drain);
	loop_timer_release(&p->upkeep);
	loop_free(&p->crew.loop);
	applier_release(&p->crew.applier);
	directory_close(&p->dir);
	db_close(&p->db);
	free(p->shards);
	free(p->crew.verdicts);
	free(p->crew.ids);
	free(p->crew.fresh);
}

int provisioner_run(const struct settings *s, const struct keyring *keys,
		    struct err *err)
{
	struct provisioner p = { 0 };
	int result = -1;

	(void)keys; /* changes hold nothing that is sealed */
	init(&p, s);
	if (crash_arm(err) < 0 || open_store(&p, s, err) < 0 ||
	    loop_new(&p.crew.loop, err) < 0 || open_queues(&p, s, err) < 0)
		goto out;
	start(&p);
	loop_run(p.crew.loop);
	log_info("stopped");
	result = 0;
out:
	close_all(&p);
	return result;
}
