/* Runs as the API shows them. */
#ifndef CONSOLE_RUNS_H
#define CONSOLE_RUNS_H

#include "api.h"
#include "render_run.h"

/*
 * progress: what Redis has of the run while it is under way; empty: nothing is
 * known. Borrows from run and the call's arena.
 */
struct run_view run_view_of(struct call *c, const struct connection *conn,
			    const struct run *run, struct str progress);

#endif
