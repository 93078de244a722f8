#include "publish.h"

#include "base/log.h"
#include "base/mem.h"
#include "reply.h"

#include <stdlib.h>

/*
 * Lives until both have come: the answer to the client (Redis or the timer,
 * whichever is first) and the publisher's callback, which cannot be called
 * off.
 */
struct waiting {
	struct api *api;
	struct http_request *req; /* NULL once answered */
	int status;
	char *body;
	size_t len;
	struct loop_timer timer;
	LIST_ENTRY(waiting) link;
};

static void answer(struct waiting *p)
{
	struct http_request *req = p->req;

	loop_timer_cancel(&p->timer);
	p->req = NULL;
	if (req)
		reply_json(req, p->status, (struct str){ p->body, p->len },
			   NULL);
}

static void release(struct waiting *p)
{
	LIST_REMOVE(p, link);
	p->api->waiting_count--;
	loop_timer_release(&p->timer);
	free(p->body);
	free(p);
}

static void published_cb(const struct err *err, void *arg)
{
	struct waiting *p = arg;

	if (err->kind != ERR_NONE)
		log_warn("a connection is not published yet",
			 log_str("why", err->text));
	answer(p);
	release(p);
}

static void timeout_cb(void *arg)
{
	answer(arg);
}

void publish_and_reply(struct call *c, int status, struct str body)
{
	struct api *api = c->api;
	struct waiting *p;

	if (api->waiting_count >= PUBLISH_WAIT_MAX) {
		route_publish(api->publisher, NULL, NULL);
		reply_json(c->req, status, body, NULL);
		return;
	}
	p = mem_new(sizeof(*p));
	p->api = api;
	p->req = c->req;
	p->status = status;
	p->body = mem_dup(body.ptr, body.len);
	p->len = body.len;
	loop_timer_init(&p->timer, api->loop, timeout_cb, p);
	loop_timer_set(&p->timer, PUBLISH_WAIT_MS);
	LIST_INSERT_HEAD(&api->waiting, p, link);
	api->waiting_count++;
	route_publish(api->publisher, published_cb, p);
}

void publish_release(struct api *api)
{
	struct waiting *next;

	for (struct waiting *p = LIST_FIRST(&api->waiting); p; p = next) {
		next = LIST_NEXT(p, link);
		release(p);
	}
}
