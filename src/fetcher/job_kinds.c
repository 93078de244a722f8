/* What this fetcher can do for the console: a row for each kind of job. */
#include "jobs.h"

const struct chore_kind chore_kinds[JOB_KIND_COUNT] = { { 0 } };
