/*
 * Connections as the fetcher sees them: read from the database, kept for a few
 * seconds; whether and when they may be called; and the lines of those who
 * wait to.
 */
#ifndef FETCHER_SOURCE_H
#define FETCHER_SOURCE_H

#include "base/str.h"
#include "budget.h"
#include "loop/loop.h"
#include "setup.h"
#include "trouble.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define SOURCE_FRESH_MS 5000   /* a connection is read again after */
#define SOURCE_IDLE_MS	600000 /* … and forgotten after */
#define SOURCE_PROBE_MS \
	21600000 /* a refused connection is asked once more after 6 h */

struct desk;
struct names_store;
struct source;
struct tokens;

enum source_state {
	SOURCE_NO_DATABASE, /* nothing is known, for now */
	SOURCE_DELETED,
	SOURCE_OFF,    /* a draft, disabled, or paused by the plan */
	SOURCE_BROKEN, /* no manifest, or its credentials do not open */
	SOURCE_READY
};

/* Never NULL. What is known of it may be up to SOURCE_FRESH_MS old. */
struct source *source_find(struct desk *d, struct str connection);

/* Read it again where that is due, and say how it is. */
enum source_state source_look(struct source *s);

/* It may have changed a moment ago: that is due. */
void source_expire(struct source *s);

/*
 * Read it now and have a setup, also of a connection that is not enabled: for
 * what an admin tries out. ERR_NOT_FOUND, or why there is none.
 */
int source_prepare(struct source *s, struct err *err) MUST_CHECK;

/* Why a connection is SOURCE_BROKEN; borrowed. */
const char *source_trouble(const struct source *s);

/* Of SOURCE_READY; borrowed until the loop's next turn: else setup_ref. */
struct setup *source_setup(const struct source *s);

/* No call before so many ms; 0: none is forbidden. */
int64_t source_paused_ms(const struct source *s);

/* It was refused, and nobody has changed it since. */
bool source_is_stopped(const struct source *s);

/*
 * A call ended so: stop, pause or free the connection. reason: fixed words;
 * one log line per reason.
 */
struct source_news {
	bool stop;	  /* call it no more until somebody changed it */
	int64_t pause_ms; /* more than 0: spare it for so long */
	bool good;	  /* it gave what was asked for */
	const char *reason;
};

void source_heed(struct source *s, const struct source_news *n);
void source_spare(struct source *s, int64_t ms); /* a pause, no news */
void source_complain(struct source *s, const char *reason, const char *detail);

/* Milliseconds that its HRIS needs before a save can be read. */
int64_t source_delay_ms(const struct source *s);

struct str source_id(const struct source *s);
unsigned source_shard(const struct source *s); /* of a row that was read */
struct desk *source_desk(const struct source *s);

/* Errands of the connection, counted by gate.c. */
struct crowd {
	size_t errands;
	size_t put_off; /* since there was room last */
};

struct crowd *source_crowd(struct source *s);

/* For names.c and tokens.c alone. */
struct names_store **source_names(struct source *s);
struct tokens **source_tokens(struct source *s);

/* Somebody works with it: it is not forgotten meanwhile. */
void source_hold(struct source *s);
void source_release(struct source *s);

/* Forget those that nobody asked for in a while. */
void sources_sweep(struct desk *d);

/* Other manifests are in force: each connection is read anew before a call. */
void sources_reload(struct desk *d);
void sources_free(struct desk *d);

/* ------------------------------------------------------------- the lines */

/* Somebody who wants to call the HRIS. */
struct waiter {
	enum budget_class class;
	/*
	 * Its turn: it was taken out of the line. may_call: a place is its
	 * own, until line_end. Else nobody may call now: source_look,
	 * source_is_stopped and source_paused_ms say why.
	 */
	void (*turn)(struct waiter *w, bool may_call);
	bool in_line;
	TAILQ_ENTRY(waiter) link;
};

TAILQ_HEAD(waiter_list, waiter);

/* turn is called from within, when it can be. */
void line_join(struct source *s, struct waiter *w);
void line_leave(struct source *s, struct waiter *w); /* if it is there */
void line_end(struct source *s, enum budget_class c);

#endif
