/* What the API says of sync runs. Pure. */
#ifndef CONSOLE_RENDER_RUN_H
#define CONSOLE_RENDER_RUN_H

#include "registry/run.h"
#include "json/json.h"
#include "json/write.h"

struct run_view {
	const struct run *run;
	const char *title;	   /* of the provider */
	const struct json *counts; /* as stored, or live; NULL: none */
	const struct json *proof;  /* R7; NULL: none */
	int64_t total; /* people, as the HRIS says while it runs; -1: not said
			*/
	int64_t waits_until_ms; /* it is under way, and tries again then; 0 */
	struct str waits_for;	/* … because of this */
	bool obeys;		/* … and not before: the HRIS wants that */
};

void render_run(struct json_writer *w, const char *key,
		const struct run_view *v);

/* What it comes to, in one sentence for an admin. */
void run_sentence(const struct run_view *v, struct buf *out);

#endif
