/* What connections ask of their organization. */
#ifndef REGISTRY_ORGANIZATION_H
#define REGISTRY_ORGANIZATION_H

#include "registry/registry.h"

/* R20: ERR_FORBIDDEN, naming the plan, unless it has HRIS sync. */
int organization_check_plan(struct db *db, const char *organization,
			    struct err *err) MUST_CHECK;

#endif
