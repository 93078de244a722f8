/* The supervisor: starts the roles, starts them again, ends them together. */
#include "serve.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "child.h"
#include "loop/loop.h"
#include "ops.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS	 10000
#define STEADY_MS	 10000 /* a life this long starts the back-off anew */
#define KILL_GRACE_MS	 2000  /* after the roles' own drain */

/* The supervisor itself counts in slot 0. */
enum { OWN_SLOT = 0, FIRST_SLOT = 1 };

struct worker {
	struct supervisor *sup;
	const struct role *role;
	size_t slot;
	pid_t pid; /* 0: not running */
	int64_t started_ms;
	int64_t backoff_ms;
	bool ended_before; /* and was started again */
	struct loop_timer again;
};

struct supervisor {
	const struct settings *settings;
	const struct keyring *keys;
	struct loop *loop;
	struct ops *ops;
	struct worker *workers;
	size_t worker_count;
	int metrics_fd;
	bool stopping;
	int exit_code;
	struct loop_timer kill_timer;
	struct loop_signal signals[4];
};

static void start(struct worker *w)
{
	struct supervisor *sup = w->sup;
	struct err err = { 0 };

	w->started_ms = clock_mono_ms();
	if (child_start(w->role, sup->settings, sup->keys, sup->metrics_fd,
			w->slot, &w->pid, &err) == 0) {
		log_info("role started", log_str("name", w->role->name),
			 log_int("child", w->pid));
		return;
	}
	w->pid = 0;
	log_error("role not started", log_str("name", w->role->name),
		  log_str("why", err.text));
	loop_timer_set(&w->again, BACKOFF_MAX_MS);
}

static void again_cb(void *arg)
{
	struct worker *w = arg;

	if (!w->sup->stopping && !w->pid)
		start(w);
}

static size_t running(const struct supervisor *sup)
{
	size_t n = 0;

	for (size_t i = 0; i < sup->worker_count; i++)
		n += sup->workers[i].pid != 0;
	return n;
}

static void signal_all(const struct supervisor *sup, int signo)
{
	for (size_t i = 0; i < sup->worker_count; i++)
		if (sup->workers[i].pid)
			(void)kill(sup->workers[i].pid, signo);
}

static void stop(struct supervisor *sup)
{
	if (sup->stopping)
		return;
	sup->stopping = true;
	ops_stopping(sup->ops);
	signal_all(sup, SIGTERM);
	if (running(sup) == 0)
		loop_stop(sup->loop);
	loop_timer_set(&sup->kill_timer,
		       (int64_t)sup->settings->drain_ms + KILL_GRACE_MS);
}

static void kill_cb(void *arg)
{
	struct supervisor *sup = arg;

	log_warn("roles did not end in time: killing them",
		 log_int("roles", (int64_t)running(sup)));
	signal_all(sup, SIGKILL);
}

static bool lived_long(const struct worker *w)
{
	return clock_mono_ms() - w->started_ms >= STEADY_MS;
}

/*
 * A wrong setting stays wrong, so a first start ends with it. Later something
 * was changed beside a system that works: the other roles go on with what they
 * know, and this one comes back when it is mended.
 */
static void find_wrong_setting(struct worker *w, int status)
{
	struct supervisor *sup = w->sup;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != EX_CONFIG)
		return;
	if (w->ended_before || lived_long(w)) {
		log_error("role cannot start: mend what it said, it is tried "
			  "again until then",
			  log_str("name", w->role->name));
		return;
	}
	sup->exit_code = EX_CONFIG;
	stop(sup);
}

static void report_end(const struct worker *w, int status)
{
	bool by_signal = WIFSIGNALED(status);

	log_warn("role ended", log_str("name", w->role->name),
		 log_int("child", w->pid),
		 log_str("by", by_signal ? "signal" : "exit"),
		 log_int("code",
			 by_signal ? WTERMSIG(status) : WEXITSTATUS(status)),
		 log_int("again_in_ms", w->backoff_ms));
}

static void restart_later(struct worker *w, int status)
{
	if (lived_long(w))
		w->backoff_ms = BACKOFF_FIRST_MS;
	report_end(w, status);
	metrics_add(METRIC_RESTARTS, 1);
	loop_timer_set(&w->again, w->backoff_ms);
	w->backoff_ms *= 2;
	if (w->backoff_ms > BACKOFF_MAX_MS)
		w->backoff_ms = BACKOFF_MAX_MS;
	find_wrong_setting(w, status);
	w->ended_before = true;
}

static struct worker *find_worker(struct supervisor *sup, pid_t pid)
{
	for (size_t i = 0; i < sup->worker_count; i++)
		if (sup->workers[i].pid == pid)
			return &sup->workers[i];
	return NULL;
}

static void child_ended(struct supervisor *sup, pid_t pid, int status)
{
	struct worker *w = find_worker(sup, pid);

	if (!w)
		return;
	metrics_retire(w->slot);
	if (!sup->stopping)
		restart_later(w, status);
	w->pid = 0;
	if (sup->stopping && running(sup) == 0)
		loop_stop(sup->loop);
}

static void signal_cb(int signo, void *arg)
{
	struct supervisor *sup = arg;
	int status;
	pid_t pid;

	switch (signo) {
	case SIGCHLD:
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			child_ended(sup, pid, status);
		break;
	case SIGHUP:
		log_info("reload asked for: passing it on");
		signal_all(sup, SIGHUP);
		break;
	default:
		log_info("stopping", log_int("signal", signo));
		stop(sup);
	}
}

static size_t add_workers(struct supervisor *sup, unsigned set)
{
	size_t n = 0;

	for (size_t i = 0; i < role_count; i++) {
		size_t count =
			set & 1u << i ? roles[i].count(sup->settings) : 0;

		for (size_t k = 0; k < count; k++, n++) {
			struct worker *w = &sup->workers[n];

			if (n + FIRST_SLOT >= METRICS_SLOTS)
				return METRICS_SLOTS;
			w->sup = sup;
			w->role = &roles[i];
			w->slot = n + FIRST_SLOT;
			w->backoff_ms = BACKOFF_FIRST_MS;
			loop_timer_init(&w->again, sup->loop, again_cb, w);
			sup->worker_count = n + 1;
		}
	}
	return n;
}

static int prepare(struct supervisor *sup, unsigned set, struct err *err)
{
	static const int signos[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };

	if (metrics_create(&sup->metrics_fd, err) < 0 ||
	    metrics_attach(sup->metrics_fd, OWN_SLOT, "supervisor", err) < 0 ||
	    loop_new(&sup->loop, err) < 0)
		return -1;
	loop_timer_init(&sup->kill_timer, sup->loop, kill_cb, sup);
	for (size_t i = 0; i < ARRAY_LEN(signos); i++)
		loop_signal_init(&sup->signals[i], sup->loop, signos[i],
				 signal_cb, sup);
	sup->workers = mem_new_array(METRICS_SLOTS, sizeof(*sup->workers));
	if (add_workers(sup, set) >= METRICS_SLOTS)
		return err_set(err, ERR_CONFIG,
			       "more than %d processes: lower --receivers or "
			       "--provisioners",
			       METRICS_SLOTS - FIRST_SLOT);
	return ops_new(&sup->ops, sup->loop, sup->settings, set, err);
}

static void tear_down(struct supervisor *sup)
{
	if (!sup->loop)
		return;
	ops_free(&sup->ops);
	for (size_t i = 0; i < sup->worker_count; i++)
		loop_timer_release(&sup->workers[i].again);
	for (size_t i = 0; i < ARRAY_LEN(sup->signals); i++)
		loop_signal_release(&sup->signals[i]);
	loop_timer_release(&sup->kill_timer);
	loop_free(&sup->loop);
	free(sup->workers);
	close(sup->metrics_fd);
}

int serve(const struct settings *s, const struct keyring *keys, unsigned set,
	  int *exit_code, struct err *err)
{
	struct supervisor sup = { .settings = s, .keys = keys };

	if (prepare(&sup, set, err) < 0) {
		tear_down(&sup);
		return -1;
	}
	for (size_t i = 0; i < sup.worker_count; i++)
		start(&sup.workers[i]);
	loop_run(sup.loop);
	tear_down(&sup);
	*exit_code = sup.exit_code;
	return 0;
}
