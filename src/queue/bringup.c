/*
 * From connected to ready: log in, choose the database, see how durable Redis
 * is, load our functions, try one. A row per step; the first that fails gives
 * the connection up, with its reason as the queue's trouble.
 */
#include "core.h"
#include "durability.h"

#include "base/assert.h"

static bool has_password(const struct queue *q)
{
	return q->url.password[0] != '\0';
}

static void write_auth(struct queue *q)
{
	queue_begin(q, q->url.user[0] ? 3 : 2);
	resp_z(&q->out, "AUTH");
	if (q->url.user[0])
		resp_z(&q->out, q->url.user);
	resp_z(&q->out, q->url.password);
}

/* The password does not stay in memory that is used for other things. */
static int got_auth(struct queue *q, const redisReply *r, struct err *err)
{
	(void)r;
	if (q->out.data)
		explicit_bzero(q->out.data, q->out.cap);
	return err->kind ? -1 : 0;
}

static bool has_db(const struct queue *q)
{
	return q->url.db != 0;
}

static void write_select(struct queue *q)
{
	queue_begin(q, 2);
	resp_z(&q->out, "SELECT");
	resp_int(&q->out, q->url.db);
}

static int got_select(struct queue *q, const redisReply *r, struct err *err)
{
	(void)q;
	(void)r;
	return err->kind ? -1 : 0;
}

static void write_config(struct queue *q)
{
	queue_begin(q, 3);
	resp_z(&q->out, "CONFIG");
	resp_z(&q->out, "GET");
	resp_z(&q->out, "append*");
}

/* The value of a name in a list of names and values. */
static struct str config_value(const redisReply *r, const char *name)
{
	for (size_t i = 0; i + 1 < reply_count(r); i += 2)
		if (str_is(reply_str(reply_at(r, i)), name))
			return reply_str(reply_at(r, i + 1));
	return (struct str){ 0 };
}

static int got_config(struct queue *q, const redisReply *r, struct err *err)
{
	/* Not ours to read; some hosts have no CONFIG at all. */
	q->guessed = err->kind == ERR_CONFIG;
	if (q->guessed)
		return 0;
	if (err->kind)
		return -1;
	q->durability = durability_of(config_value(r, "appendonly"),
				      config_value(r, "appendfsync"));
	return durability_check(q->durability, q->least, false, err);
}

static bool must_guess(const struct queue *q)
{
	return q->guessed;
}

static void write_info(struct queue *q)
{
	queue_begin(q, 2);
	resp_z(&q->out, "INFO");
	resp_z(&q->out, "persistence");
}

static int got_info(struct queue *q, const redisReply *r, struct err *err)
{
	if (err->kind)
		return err_prefix(err, "cannot see how durable Redis is");
	q->durability = durability_of_info(reply_str(r));
	return durability_check(q->durability, q->least, true, err);
}

static void write_load(struct queue *q)
{
	queue_begin(q, 3);
	resp_z(&q->out, "FUNCTION");
	resp_z(&q->out, "LOAD");
	resp_str(&q->out, functions_source());
}

/*
 * Being there already is the usual case; and one who may not load them may
 * still be allowed to call them. The check that follows decides.
 */
static int got_load(struct queue *q, const redisReply *r, struct err *err)
{
	(void)r;
	q->load = *err;
	return 0;
}

static void write_check(struct queue *q)
{
	char key[QUEUE_KEY_SIZE];

	queue_begin_call(q, FUNCTION_PREFIX "check", 1, 0);
	resp_z(&q->out, queue_stream_key(key, 0, QUEUE_CHANGES));
}

/*
 * A full disk or memory is no reason to stay away: it is said to each command
 * that it concerns, and those that make room still work.
 */
static int got_check(struct queue *q, const redisReply *r, struct err *err)
{
	bool missing = r->type == REDIS_REPLY_ERROR &&
		       str_starts((struct str){ r->str, r->len },
				  STR("ERR Function not found"));

	if (missing && q->load.kind) {
		*err = q->load;
		return err_prefix(err, "cannot load our functions into Redis");
	}
	return err->kind == ERR_NONE || err->kind == ERR_TEMP ? 0 : -1;
}

static const struct step {
	bool (*wanted)(const struct queue *q); /* NULL: always */
	void (*write)(struct queue *q);	       /* into q->out */
	/* err is what the reply says, or nothing. -1: give up, for err. */
	int (*got)(struct queue *q, const redisReply *r, struct err *err);
} steps[] = {
	{ has_password, write_auth, got_auth },
	{ has_db, write_select, got_select },
	{ NULL, write_config, got_config },
	{ must_guess, write_info, got_info },
	{ NULL, write_load, got_load },
	{ NULL, write_check, got_check },
};

static void next_step(struct queue *q);

static void on_step(struct queue *q, const struct waiter *w,
		    const redisReply *reply, const struct err *err)
{
	struct err why = *err;

	(void)w;
	if (!reply)
		return; /* the connection broke, which is said already */
	if (steps[q->step].got(q, reply, &why) < 0) {
		conn_drop(&q->conn, why.text);
		return;
	}
	q->step++;
	next_step(q);
}

static void next_step(struct queue *q)
{
	struct waiter w = { .fn = on_step };
	struct err err = { 0 };

	if (q->conn.state != CONN_UP)
		return; /* the reply said that it is not fit for use */
	while (q->step < ARRAY_LEN(steps) && steps[q->step].wanted &&
	       !steps[q->step].wanted(q))
		q->step++;
	if (q->step == ARRAY_LEN(steps)) {
		queue_brought_up(q);
		return;
	}
	steps[q->step].write(q);
	if (queue_send(q, &w, &err) < 0)
		conn_drop(&q->conn, err.text);
}

void bringup_start(struct queue *q)
{
	q->step = 0;
	q->guessed = false;
	next_step(q);
}
