/* A running sandbox on somebody's loop. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "state.h"

struct sandbox_options {
	uint32_t people;
	uint64_t seed;
	const char *listen;
	const char *targets; /* host:port,…; "" for none */
	uint64_t rate;	     /* of life, per minute */
	int64_t fixed_ms;    /* the clock stands here; negative: real time */
	const char *state;   /* the file that keeps it; NULL: none does */
	bool rate_given;     /* else the file's is taken, when there is one */
	bool clock_given;    /* else the file's; a given one must be it */
};

/* On failure nothing is left behind. options' strings are borrowed. */
int sandbox_open(struct sandbox **out, struct loop *loop,
		 const struct sandbox_options *o, struct err *err) MUST_CHECK;

/*
 * Write it to its file, if it has one, so that the next can go on; then only
 * sandbox_close may follow.
 */
int sandbox_end(struct sandbox *sb, struct err *err) MUST_CHECK;

/* Without sandbox_end it is as if it had crashed. */
void sandbox_close(struct sandbox **sb);

/* The port that it listens on. */
unsigned sandbox_port(const struct sandbox *sb);

#endif
