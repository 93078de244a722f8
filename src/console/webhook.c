/* Webhooks that are made at the HR system by its API. */
#include "ask.h"
#include "body.h"
#include "connections.h"
#include "render.h"
#include "reply.h"

#define URL_MAX 4096

/* The fetcher stored what was made, or its secret: receivers have to know. */
static void answer_connection(struct call *c, struct str connection,
			      struct str result)
{
	const struct connection_answer changed = { .status = 200,
						   .changed = true };
	struct connection conn;
	struct err err = { 0 };

	(void)result;
	if (registry_get_connection(c->api->registry.db, c->caller.organization,
				    connection, &c->api->arena, &conn,
				    &err) < 0)
		reply_err(c->req, &err);
	else
		connection_reply(c, &conn, &changed);
}

static int make_input(struct call *c, const struct connection *conn,
		      const struct json **out, struct err *err)
{
	struct ask_text url = { .name = "url" };
	struct buf text;
	int result;

	buf_init(&text, URL_MAX);
	render_url(&text, c->api->settings->public_url, WEBHOOK_PATH, conn->id);
	url.value = buf_str(&text);
	result = ask_input(out, &c->api->arena, &url, 1, err);
	buf_release(&text);
	return result;
}

static void ask(struct call *c, enum job_kind kind)
{
	struct ask ask = { .kind = kind, .done = answer_connection };
	struct connection conn;
	struct err err = { 0 };

	if (!body_read_none(c->req, &c->api->arena) ||
	    !call_connection(c, &conn))
		return;
	if (make_input(c, &conn, &ask.input, &err) < 0)
		reply_err(c->req, &err);
	else
		ask_fetcher(c, &conn, &ask);
}

void api_register_webhook(struct call *c)
{
	ask(c, JOB_REGISTER);
}

void api_unregister_webhook(struct call *c)
{
	ask(c, JOB_UNREGISTER);
}
