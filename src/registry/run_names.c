/* Words of runs and schedules: as stored, and as the API says them. */
#include "run_rows.h"

#include "base/assert.h"

static const char *const kinds[RUN_KIND_COUNT] = {
	[RUN_INITIAL] = "initial",
	[RUN_INCREMENTAL] = "incremental",
	[RUN_FULL] = "full",
	[RUN_RECONCILE] = "reconcile",
};

static const char *const reasons[RUN_REASON_COUNT] = {
	[RUN_ENABLED] = "enabled",
	[RUN_SCHEDULED] = "scheduled",
	[RUN_BY_HAND] = "by_hand",
};

static const char *const statuses[RUN_STATUS_COUNT] = {
	[RUN_QUEUED] = "queued", [RUN_RUNNING] = "running",
	[RUN_DONE] = "done",	 [RUN_REFUSED] = "refused",
	[RUN_FAILED] = "failed", [RUN_STOPPED] = "stopped",
};

static const char *const schedules[SCHEDULE_COUNT] = {
	[SCHEDULE_MANUAL] = "manual",	  [SCHEDULE_15_MINUTES] = "15_minutes",
	[SCHEDULE_HOURLY] = "hourly",	  [SCHEDULE_6_HOURS] = "6_hours",
	[SCHEDULE_12_HOURS] = "12_hours", [SCHEDULE_DAILY] = "daily",
	[SCHEDULE_WEEKLY] = "weekly",
};

static bool find(const char *const *names, unsigned count, struct str name,
		 unsigned *out)
{
	for (unsigned i = 0; i < count; i++) {
		if (str_is(name, names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

const char *run_kind_name(enum run_kind k)
{
	ASSERT((unsigned)k < RUN_KIND_COUNT);
	return kinds[k];
}

bool run_kind_find(struct str name, enum run_kind *out)
{
	unsigned at;

	if (!find(kinds, RUN_KIND_COUNT, name, &at))
		return false;
	*out = (enum run_kind)at;
	return true;
}

const char *run_reason_name(enum run_reason r)
{
	ASSERT((unsigned)r < RUN_REASON_COUNT);
	return reasons[r];
}

bool run_reason_find(struct str name, enum run_reason *out)
{
	unsigned at;

	if (!find(reasons, RUN_REASON_COUNT, name, &at))
		return false;
	*out = (enum run_reason)at;
	return true;
}

const char *run_status_name(enum run_status s)
{
	ASSERT((unsigned)s < RUN_STATUS_COUNT);
	return statuses[s];
}

bool run_status_find(struct str name, enum run_status *out)
{
	unsigned at;

	if (!find(statuses, RUN_STATUS_COUNT, name, &at))
		return false;
	*out = (enum run_status)at;
	return true;
}

const char *schedule_name(enum schedule s)
{
	ASSERT((unsigned)s < SCHEDULE_COUNT);
	return schedules[s];
}

bool schedule_find(struct str name, enum schedule *out)
{
	unsigned at;

	if (!find(schedules, SCHEDULE_COUNT, name, &at))
		return false;
	*out = (enum schedule)at;
	return true;
}
