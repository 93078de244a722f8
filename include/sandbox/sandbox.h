/*
 * The sandbox: a make-believe company, served as BambooHR, HiBob and Rippling
 * serve theirs, with webhooks, a clock that can be driven, and faults on
 * demand. docs/sandbox.md is its manual. Nobody in it is real.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/err.h"

/*
 * The command `hrisd sandbox`: argv[0] is its own name, then its options.
 * Prints what to connect with and runs until SIGTERM or SIGINT, then returns
 * 0; --help prints and returns 0. -1 with ERR_INVALID for a bad option, which
 * the text names, and ERR_CONFIG when it cannot listen, or cannot go on from
 * the file of --state or write it.
 */
int sandbox_run(int argc, char **argv, struct err *err) MUST_CHECK;

#endif
