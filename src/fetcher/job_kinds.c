/* What this fetcher can do for the console: a row for each kind of job. */
#include "job_kinds.h"

#include "inquiry.h"

const struct chore_kind chore_kinds[JOB_KIND_COUNT] = {
	[JOB_TEST] = { job_test, inquiry_cancel },
	[JOB_FIELDS] = { job_fields, inquiry_cancel },
	[JOB_REGISTER] = { job_register, inquiry_cancel },
	[JOB_UNREGISTER] = { job_unregister, inquiry_cancel },
	[JOB_AUTHORIZE] = { job_authorize, inquiry_cancel },
	[JOB_CONFIRM] = { job_confirm, inquiry_cancel },
	[JOB_CAPTURED] = { job_captured, inquiry_cancel },
};
