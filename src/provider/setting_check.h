/* What the value of a setting may be. */
#ifndef PROVIDER_SETTING_CHECK_H
#define PROVIDER_SETTING_CHECK_H

#include "base/err.h"
#include "base/str.h"
#include "provider/manifest.h"

/* ERR_INVALID, saying what it must look like, without the value. */
int setting_check(const struct setting_field *f, struct str value,
		  struct err *err) MUST_CHECK;

#endif
