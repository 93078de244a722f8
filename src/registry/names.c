/* Plans and states by name: as stored, and as the API says them. */
#include "base/assert.h"
#include "registry/registry.h"

static const struct {
	const char *name;
	bool has_hris;
} plans[PLAN_COUNT] = {
	[PLAN_STARTER] = { "starter", false },
	[PLAN_GROWTH] = { "growth", true },
	[PLAN_ENTERPRISE] = { "enterprise", true },
};

static const char *const statuses[CONNECTION_STATUS_COUNT] = {
	[CONNECTION_DRAFT] = "draft",	    [CONNECTION_ENABLED] = "enabled",
	[CONNECTION_DISABLED] = "disabled", [CONNECTION_PAUSED] = "paused",
	[CONNECTION_DELETED] = "deleted",
};

const char *plan_name(enum plan p)
{
	ASSERT((unsigned)p < PLAN_COUNT);
	return plans[p].name;
}

bool plan_find(struct str name, enum plan *out)
{
	for (unsigned i = 0; i < PLAN_COUNT; i++) {
		if (str_is(name, plans[i].name)) {
			*out = (enum plan)i;
			return true;
		}
	}
	return false;
}

bool plan_has_hris(enum plan p)
{
	ASSERT((unsigned)p < PLAN_COUNT);
	return plans[p].has_hris;
}

const char *connection_status_name(enum connection_status s)
{
	ASSERT((unsigned)s < CONNECTION_STATUS_COUNT);
	return statuses[s];
}

bool connection_status_find(struct str name, enum connection_status *out)
{
	for (unsigned i = 0; i < CONNECTION_STATUS_COUNT; i++) {
		if (str_is(name, statuses[i])) {
			*out = (enum connection_status)i;
			return true;
		}
	}
	return false;
}
