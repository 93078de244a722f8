/*
 * Places where a test may end the process, to prove that whatever was half
 * done there is done once in the end. Off unless HRISD_CRASH_POINT names one:
 * then the process kills itself at the HRISD_CRASH_AFTER-th passage (1).
 */
#ifndef PROVISIONER_CRASH_H
#define PROVISIONER_CRASH_H

#include "base/err.h"

enum crash_point {
	CRASH_NOWHERE,
	CRASH_BEFORE_COMMIT,
	CRASH_AFTER_COMMIT,
	CRASH_BEFORE_ACK,
	CRASH_AFTER_ACK, /* Redis has answered */
	CRASH_AT_A_LOOK, /* at what was delivered too often */
	CRASH_POINT_COUNT
};

/* Reads the environment. ERR_CONFIG for a point or number that is none. */
int crash_arm(struct err *err) MUST_CHECK;

/* This is that place. */
void crash_pass(enum crash_point p);

#endif
