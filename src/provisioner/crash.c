#include "crash.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/str.h"

#include <signal.h>
#include <stdlib.h>

static const char *const names[CRASH_POINT_COUNT] = {
	[CRASH_NOWHERE] = "",
	[CRASH_BEFORE_COMMIT] = "before-commit",
	[CRASH_AFTER_COMMIT] = "after-commit",
	[CRASH_BEFORE_ACK] = "before-ack",
	[CRASH_AFTER_ACK] = "after-ack",
	[CRASH_AT_A_LOOK] = "at-a-look",
};

static enum crash_point armed;
static uint64_t passages_left;

static int find_point(const char *name, enum crash_point *out, struct err *err)
{
	for (unsigned i = 0; i < CRASH_POINT_COUNT; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*out = (enum crash_point)i;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
		       "HRISD_CRASH_POINT is not before-commit, after-commit, "
		       "before-ack, after-ack or at-a-look");
}

int crash_arm(struct err *err)
{
	const char *point = getenv("HRISD_CRASH_POINT");
	const char *after = getenv("HRISD_CRASH_AFTER");

	passages_left = 1;
	if (find_point(point ? point : "", &armed, err) < 0)
		return -1;
	if (after &&
	    (!str_to_u64(str_of(after), &passages_left) || passages_left == 0))
		return err_set(err, ERR_CONFIG,
			       "HRISD_CRASH_AFTER is not a number from 1 on");
	if (armed)
		log_warn("will crash, as HRISD_CRASH_POINT asks",
			 log_str("point", names[armed]),
			 log_int("after", (int64_t)passages_left));
	return 0;
}

void crash_pass(enum crash_point p)
{
	if (armed == CRASH_NOWHERE || armed != p || --passages_left > 0)
		return;
	/* As a power failure would: no handler, no core dump with people in. */
	(void)raise(SIGKILL);
}
