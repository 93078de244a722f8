#include "server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "relay.h"
#include "sender.h"

#include <stdlib.h>

#define TICK_MS	     100
#define OWED_MAX     1000.0 /* events that are made up for after a pause */
#define LIVE_MAX     500    /* per tick, so that requests are answered */
#define CALL_MS	     30000
#define CONNECT_MS   5000
#define ANSWER_BYTES 65536 /* of a receiver: only its status counts */
#define BODY_BYTES   (1u << 20)

static void request_cb(struct http_request *req, void *arg)
{
	exchange_begin(arg, req);
}

static void happened_cb(const struct happening *h, void *arg)
{
	struct sandbox *sb = arg;
	uint32_t seq = sb->journal.next;

	journal_add(&sb->journal, h, company_now_ms(&sb->company));
	sender_tell(sb->sender, h, seq);
}

static void jobs_cb(void *arg)
{
	jobs_run(arg);
}

static bool has_room(struct sandbox *sb)
{
	size_t room = (size_t)sender_settings(sb->sender)->in_flight * 4;

	return sender_backlog(sb->sender) < room;
}

/* Time passes, and life goes on at its rate as long as there is room. */
static void tick_cb(void *arg)
{
	struct sandbox *sb = arg;
	int64_t now = clock_mono_ms();
	double passed = (double)(now - sb->lived_ms);

	sb->lived_ms = now;
	company_advance(&sb->company, 0);
	sb->owed += passed * (double)sb->rate / 60000.0;
	if (sb->owed > OWED_MAX)
		sb->owed = OWED_MAX;
	for (int i = 0; i < LIVE_MAX && sb->owed >= 1 && has_room(sb); i++) {
		company_live(&sb->company);
		sb->owed -= 1;
	}
	jobs_run(sb);
	loop_timer_set(&sb->tick, TICK_MS);
}

static int open_server(struct sandbox *sb, const char *listen, struct err *err)
{
	/* The relay stands before it; what it answers may be large and slow. */
	struct http_server_config cfg = {
		.listen = "127.0.0.1:0",
		.limits = { .body_bytes = BODY_BYTES, .reply_ms = 900000 },
		.handlers = { .request = request_cb, .arg = sb },
	};

	if (http_server_new(&sb->server, sb->loop, &cfg, err) < 0)
		return -1;
	return relay_new(&sb->relay, sb->loop, listen,
			 http_server_port(sb->server), err);
}

static int open_sender(struct sandbox *sb, struct err *err)
{
	struct http_client_config client = {
		.allow_hosts = sb->targets,
		.max_parallel = IN_FLIGHT_MAX,
		.max_body_bytes = ANSWER_BYTES,
		.connect_ms = CONNECT_MS,
		.total_ms = CALL_MS,
	};
	struct sender_config sender = {
		.loop = sb->loop,
		.company = &sb->company,
		.targets = sb->targets,
		.room = jobs_cb,
		.arg = sb,
	};

	if (http_client_new(&sb->client, sb->loop, &client, err) < 0)
		return -1;
	sender.client = sb->client;
	sb->sender = sender_new(&sender);
	return 0;
}

static int go_on(struct sandbox *sb, const struct sandbox_options *o,
		 struct err *err)
{
	if (o->rate_given)
		sb->rate = o->rate;
	return keeper_start(sb, err);
}

int sandbox_open(struct sandbox **out, struct loop *loop,
		 const struct sandbox_options *o, struct err *err)
{
	struct sandbox *sb = mem_new(sizeof(*sb));

	sb->loop = loop;
	sb->targets = o->targets;
	sb->rate = o->rate;
	TAILQ_INIT(&sb->held);
	loop_timer_init(&sb->tick, loop, tick_cb, sb);
	loop_task_init(&sb->jobs.again, jobs_cb, sb);
	credentials_make(&sb->credentials, o->seed);
	if (company_init(&sb->company, o->people, o->seed, o->fixed_ms, err) <
		    0 ||
	    open_sender(sb, err) < 0 ||
	    keeper_open(sb, o->state, o->clock_given, err) < 0 ||
	    /* The port before the file: another one may be using both. */
	    open_server(sb, o->listen, err) < 0 || go_on(sb, o, err) < 0) {
		sandbox_close(&sb);
		return -1;
	}
	sb->company.listener = happened_cb;
	sb->company.listener_arg = sb;
	sb->lived_ms = clock_mono_ms();
	loop_timer_set(&sb->tick, TICK_MS);
	*out = sb;
	return 0;
}

int sandbox_end(struct sandbox *sb, struct err *err)
{
	return keeper_end(sb, err);
}

void sandbox_close(struct sandbox **sbp)
{
	struct sandbox *sb = *sbp;
	struct exchange *x;

	if (!sb)
		return;
	relay_free(&sb->relay);
	while ((x = TAILQ_FIRST(&sb->held)))
		exchange_abandon(x);
	if (sb->server)
		http_server_free(&sb->server);
	sender_free(&sb->sender);
	if (sb->client)
		http_client_free(&sb->client);
	loop_timer_release(&sb->tick);
	keeper_close(sb);
	loop_task_cancel(sb->loop, &sb->jobs.again);
	company_release(&sb->company);
	journal_release(&sb->journal);
	free(sb);
	*sbp = NULL;
}

unsigned sandbox_port(const struct sandbox *sb)
{
	return relay_port(sb->relay);
}
