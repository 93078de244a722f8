/*
 * What takes longer than one request: announcing everybody, and doing one
 * thing to many people. Goes on only while the sender has room, so a million
 * events wait nowhere.
 */
#ifndef SANDBOX_JOBS_H
#define SANDBOX_JOBS_H

#include "company.h"
#include "loop/loop.h"
#include "json/write.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox;

#define JOBS_MAX 16 /* at once */

enum job_kind {
	JOB_ANNOUNCE,
	JOB_HIRE,
	JOB_CHANGE,
	JOB_DEPART,
	JOB_LEAVE,
	JOB_RETURN,
	JOB_REHIRE,
	JOB_DELETE,
	JOB_KIND_COUNT
};

struct job {
	unsigned id;
	enum job_kind kind;
	uint32_t left; /* how many are still to be done */
	uint32_t done;
	uint32_t at;	       /* announce: the next record */
	unsigned subscription; /* announce: 0 for all */
	uint32_t per_second;   /* 0: as fast as the receiver takes them */
	int64_t started_ms;
	enum rehire rehire;
};

struct jobs {
	struct loop_task again; /* when a turn was not enough */
	unsigned last;
	size_t count;
	struct job items[JOBS_MAX];
};

const char *sandbox_job_name(enum job_kind k);

/* ERR_LIMIT when there are too many. *id tells it in the state. */
int jobs_add(struct sandbox *sb, const struct job *job, unsigned *id,
	     struct err *err) MUST_CHECK;

/* Do what there is room for. */
void jobs_run(struct sandbox *sb);

/* As items of an open array. */
void jobs_write(const struct jobs *j, struct json_writer *w);

#endif
