/*
 * The client: curl's multi handle driven by the loop's descriptors and timer.
 * A call's life is in client_call.c; here they are started, queued and ended.
 */
#include "http/client.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "client_call.h"

#include <stdlib.h>

#define DEFAULT_PARALLEL   64
#define DEFAULT_BODY_BYTES ((size_t)16 << 20)
#define DEFAULT_CONNECT_MS 5000
#define DEFAULT_TOTAL_MS   30000
#define DEFAULT_STALL_MS   20000

TAILQ_HEAD(call_list, http_call);

/* A descriptor of curl's that the loop watches. */
struct watch {
	struct http_client *client;
	struct loop_io io;
	TAILQ_ENTRY(watch) link;
};

TAILQ_HEAD(watch_list, watch);

struct http_client {
	struct loop *loop;
	struct http_client_config cfg; /* its texts are ours */
	CURLM *multi;
	struct loop_timer timer; /* curl's own, for all its calls */
	struct watch_list watches;
	struct call_list waiting;
	struct call_list running;
	size_t waiting_count;
	size_t running_count;
	bool in_curl; /* curl is on the stack: it must not be called again */
	bool drops;   /* a running call was cancelled meanwhile */
};

/* --------------------------------------------------------- a call's course */

static void unlink_call(struct http_call *call)
{
	struct http_client *c = call->client;

	if (call->state == CALL_WAITING) {
		TAILQ_REMOVE(&c->waiting, call, link);
		c->waiting_count--;
	} else if (call->state == CALL_RUNNING) {
		TAILQ_REMOVE(&c->running, call, link);
		c->running_count--;
		ASSERT(!curl_multi_remove_handle(c->multi, call->easy));
	}
	call->state = CALL_ENDED;
}

static void free_call(struct http_call *call)
{
	loop_timer_release(&call->stall);
	loop_task_cancel(call->client->loop, &call->resume);
	call_free(call);
}

static void begin_window(struct http_call *call, int64_t now)
{
	call->window_ms = now;
	call->window_bytes = call->received;
}

/* Until there may be something to object to. */
static void set_stall(struct http_call *call, int64_t now)
{
	int64_t left = call->heard_ms + call->stall_ms - now;
	int64_t window = call->window_ms + call->slow_ms - now;

	if (call->slow_ms && window < left)
		left = window;
	loop_timer_set(&call->stall, left > 0 ? left : 0);
}

static void listen_from_now(struct http_call *call)
{
	int64_t now = clock_mono_ms();

	call->heard_ms = now;
	begin_window(call, now);
	set_stall(call, now);
}

static void run_call(struct http_call *call)
{
	struct http_client *c = call->client;

	TAILQ_INSERT_TAIL(&c->running, call, link);
	c->running_count++;
	call->state = CALL_RUNNING;
	listen_from_now(call);
	/* It asks for a timer at once; nothing happens within this call. */
	ASSERT(!curl_multi_add_handle(c->multi, call->easy));
}

static void run_waiting(struct http_client *c)
{
	struct http_call *call;

	while (c->running_count < c->cfg.max_parallel &&
	       (call = TAILQ_FIRST(&c->waiting))) {
		TAILQ_REMOVE(&c->waiting, call, link);
		c->waiting_count--;
		run_call(call);
	}
}

static void end_call(struct http_call *call, CURLcode rc)
{
	struct http_answer answer;

	unlink_call(call);
	call_answer(call, rc, &answer);
	call->fn(&answer, call->arg);
	free_call(call);
}

static void free_dropped(struct http_client *c)
{
	struct http_call *call, *next;

	for (call = TAILQ_FIRST(&c->running); call && c->drops; call = next) {
		next = TAILQ_NEXT(call, link);
		if (call->dropped) {
			unlink_call(call);
			free_call(call);
		}
	}
	c->drops = false;
}

/* What a turn of curl finished. Callbacks may start and cancel calls. */
static void end_finished(struct http_client *c)
{
	struct http_call *call;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(c->multi, &left))) {
		CURLcode rc = msg->data.result;

		ASSERT(msg->msg == CURLMSG_DONE);
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		if (rc == CURLE_OK && call->paused)
			call->finished = true; /* resume_cb ends it */
		else
			end_call(call, rc);
	}
}

/* After each time that curl was called. */
static void settle(struct http_client *c)
{
	free_dropped(c);
	end_finished(c);
	run_waiting(c);
}

static enum call_why objection(struct http_call *call, int64_t now)
{
	if (now - call->heard_ms >= call->stall_ms)
		return WHY_STALLED;
	if (!call->slow_ms || now - call->window_ms < call->slow_ms)
		return WHY_NONE;
	if (call->received - call->window_bytes < call->slow_bytes)
		return WHY_SLOW;
	begin_window(call, now);
	return WHY_NONE;
}

/* Set for the time that is left when it was set; so a byte costs no timer. */
static void stall_cb(void *arg)
{
	struct http_call *call = arg;
	struct http_client *c = call->client;
	int64_t now = clock_mono_ms();

	if (call->paused || call->finished)
		return; /* http_call_resume sets it again */
	call->why = objection(call, now);
	if (call->why == WHY_NONE) {
		set_stall(call, now);
		return;
	}
	end_call(call, CURLE_OPERATION_TIMEDOUT);
	run_waiting(c);
}

/*
 * curl hands over at once what it held back: from the loop, as promised. What
 * it did not hold back has come meanwhile, and may have been paused at again.
 */
static void resume_cb(void *arg)
{
	struct http_call *call = arg;
	struct http_client *c = call->client;
	CURLcode rc;

	if (call->paused)
		return;
	if (call->finished) {
		end_call(call, CURLE_OK);
		run_waiting(c);
		return;
	}
	c->in_curl = true;
	rc = curl_easy_pause(call->easy, CURLPAUSE_CONT);
	c->in_curl = false;
	if (rc && !call->dropped)
		end_call(call, rc);
	settle(c);
}

/* ------------------------------------------------------- curl on the loop */

static void act(struct http_client *c, curl_socket_t fd, int ready)
{
	int running;

	c->in_curl = true;
	ASSERT(!curl_multi_socket_action(c->multi, fd, ready, &running));
	c->in_curl = false;
	settle(c);
}

/* The watch may be gone when act returns: curl ends it when it closes fd. */
static void ready_cb(unsigned ready, void *arg)
{
	struct watch *w = arg;
	int bits = (ready & LOOP_READ ? CURL_CSELECT_IN : 0) |
		   (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0);

	act(w->client, w->io.fd, bits);
}

static void timer_cb(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer_cb(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_cancel(&c->timer);
	else
		loop_timer_set(&c->timer, ms);
	return 0;
}

static struct watch *watch_new(struct http_client *c, curl_socket_t fd)
{
	struct watch *w = mem_new(sizeof(*w));

	w->client = c;
	loop_io_init(&w->io, c->loop, fd, ready_cb, w);
	TAILQ_INSERT_TAIL(&c->watches, w, link);
	curl_multi_assign(c->multi, fd, w);
	return w;
}

static void watch_free(struct watch *w)
{
	TAILQ_REMOVE(&w->client->watches, w, link);
	loop_io_release(&w->io);
	free(w);
}

static int set_watch_cb(CURL *easy, curl_socket_t fd, int what, void *arg,
			void *watched)
{
	struct http_client *c = arg;
	struct watch *w = watched;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			watch_free(w);
		return 0;
	}
	if (!w)
		w = watch_new(c, fd);
	loop_io_want(&w->io, (what & CURL_POLL_IN ? LOOP_READ : 0u) |
				     (what & CURL_POLL_OUT ? LOOP_WRITE : 0u));
	return 0;
}

/* ------------------------------------------------------------------ life */

static void fill_config(struct http_client_config *to,
			const struct http_client_config *from)
{
	*to = *from;
	to->allow_hosts = mem_dup_z(from->allow_hosts ? from->allow_hosts : "");
	to->ca_file = mem_dup_z(from->ca_file ? from->ca_file : "");
	if (!to->max_parallel)
		to->max_parallel = DEFAULT_PARALLEL;
	if (!to->max_body_bytes)
		to->max_body_bytes = DEFAULT_BODY_BYTES;
	if (!to->connect_ms)
		to->connect_ms = DEFAULT_CONNECT_MS;
	if (!to->total_ms)
		to->total_ms = DEFAULT_TOTAL_MS;
	if (!to->stall_ms)
		to->stall_ms = DEFAULT_STALL_MS;
}

static void release_config(struct http_client_config *cfg)
{
	free((char *)(uintptr_t)cfg->allow_hosts);
	free((char *)(uintptr_t)cfg->ca_file);
}

static int set_multi(struct http_client *c, struct err *err)
{
	CURLM *m = c->multi;

	if (curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, set_watch_cb) ||
	    curl_multi_setopt(m, CURLMOPT_SOCKETDATA, c) ||
	    curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, set_timer_cb) ||
	    curl_multi_setopt(m, CURLMOPT_TIMERDATA, c) ||
	    curl_multi_setopt(m, CURLMOPT_MAXCONNECTS,
			      (long)c->cfg.max_parallel))
		return err_set(err, ERR_CONFIG, "libcurl refuses an option");
	return 0;
}

/* A look-up that blocks would stop every other call, and the queue's. */
static int check_resolver(struct err *err)
{
	if (curl_version_info(CURLVERSION_NOW)->features &
	    CURL_VERSION_ASYNCHDNS)
		return 0;
	return err_set(err, ERR_CONFIG,
		       "this libcurl looks names up blockingly: use one with "
		       "the threaded or the c-ares resolver");
}

int http_client_new(struct http_client **out, struct loop *loop,
		    const struct http_client_config *cfg, struct err *err)
{
	struct http_client *c;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return err_set(err, ERR_CONFIG, "libcurl does not start");
	c = mem_new(sizeof(*c));
	c->loop = loop;
	fill_config(&c->cfg, cfg);
	loop_timer_init(&c->timer, loop, timer_cb, c);
	TAILQ_INIT(&c->watches);
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->running);
	c->multi = curl_multi_init();
	if (!c->multi) {
		(void)err_set(err, ERR_TEMP, "out of memory");
		http_client_free(&c);
		return -1;
	}
	if (check_resolver(err) < 0 || set_multi(c, err) < 0) {
		http_client_free(&c);
		return -1;
	}
	*out = c;
	return 0;
}

static void drop_all(struct call_list *list)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(list))) {
		unlink_call(call);
		free_call(call);
	}
}

void http_client_free(struct http_client **client)
{
	struct http_client *c = *client;
	struct watch *w, *next;

	if (!c)
		return;
	drop_all(&c->waiting);
	drop_all(&c->running);
	curl_multi_cleanup(c->multi); /* may still end watches */
	for (w = TAILQ_FIRST(&c->watches); w; w = next) {
		next = TAILQ_NEXT(w, link);
		watch_free(w);
	}
	loop_timer_release(&c->timer);
	release_config(&c->cfg);
	free(c);
	curl_global_cleanup();
	*client = NULL;
}

int http_client_start(struct http_client *c, const struct http_call_spec *spec,
		      http_answer_fn *fn, void *arg, struct http_call **out,
		      struct err *err)
{
	struct http_call *call;

	if (c->waiting_count >= HTTP_CLIENT_MAX_WAITING)
		return err_set(err, ERR_LIMIT, "more than %d calls wait",
			       HTTP_CLIENT_MAX_WAITING);
	if (call_new(&call, &c->cfg, spec, err) < 0)
		return -1;
	call->client = c;
	call->fn = fn;
	call->arg = arg;
	loop_timer_init(&call->stall, c->loop, stall_cb, call);
	loop_task_init(&call->resume, resume_cb, call);
	TAILQ_INSERT_TAIL(&c->waiting, call, link);
	c->waiting_count++;
	if (!c->in_curl)
		run_waiting(c);
	if (out)
		*out = call;
	return 0;
}

/* In its own callback a call has ended already, and is freed after. */
static void cancel(struct http_call *call)
{
	struct http_client *c = call->client;

	if (call->state == CALL_ENDED)
		return;
	if (c->in_curl && call->state == CALL_RUNNING) {
		call->dropped = c->drops = true;
		return;
	}
	unlink_call(call);
	free_call(call);
	if (!c->in_curl)
		run_waiting(c);
}

void http_call_cancel(struct http_call **call)
{
	if (*call)
		cancel(*call);
	*call = NULL;
}

void http_call_resume(struct http_call *call)
{
	if (!call->paused)
		return;
	call->paused = false;
	listen_from_now(call);
	loop_post(call->client->loop, &call->resume);
}

size_t http_client_active(const struct http_client *c)
{
	return c->waiting_count + c->running_count;
}
