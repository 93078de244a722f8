/* What this fetcher can do for the console, a function for each. */
#ifndef FETCHER_JOB_KINDS_H
#define FETCHER_JOB_KINDS_H

#include "jobs.h"

/* As chore_kind.start; each is an inquiry. */
void job_test(struct chore *c);
void job_fields(struct chore *c);
void job_register(struct chore *c);
void job_unregister(struct chore *c);
void job_captured(struct chore *c);
void job_renew(struct chore *c);
void job_authorize(struct chore *c);
void job_confirm(struct chore *c);

#endif
