/* Calls that a fetcher answers as they are. */
#include "ask.h"
#include "body.h"

static void ask_plainly(struct call *c, enum job_kind kind)
{
	const struct ask ask = { .kind = kind, .done = ask_reply_result };
	struct connection conn;

	if (body_read_none(c->req, &c->api->arena) && call_connection(c, &conn))
		ask_fetcher(c, &conn, &ask);
}

void api_test_connection(struct call *c)
{
	ask_plainly(c, JOB_TEST);
}

void api_list_fields(struct call *c)
{
	const struct ask ask = { .kind = JOB_FIELDS, .done = ask_reply_result };
	struct connection conn;

	if (call_connection(c, &conn))
		ask_fetcher(c, &conn, &ask);
}
