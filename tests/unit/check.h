/* What every unit test includes, in the order that cmocka needs. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* Compare a str with a C string, showing both. */
#define assert_str(s, z)                                               \
	do {                                                           \
		struct str check_s = (s);                              \
		char check_text[512];                                  \
		(void)snprintf(check_text, sizeof(check_text), "%.*s", \
			       STR_ARG(check_s));                      \
		assert_string_equal(check_text, z);                    \
	} while (0)

#endif
