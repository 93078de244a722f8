/* The commands other than serve: each returns 0 or -1 with err filled. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "base/err.h"
#include "base/settings.h"

/* argv holds the command's own words, settings' flags already taken out. */
typedef int command_fn(struct settings *s, int argc, char **argv,
		       struct err *err);

command_fn command_init;
command_fn command_check;
command_fn command_health;
command_fn command_keys;
command_fn command_provider;
command_fn command_dead_letters;

/*
 * Take "--name value" or "--name=value" out of argv: *value is set when it is
 * there. ERR_INVALID when the value is missing.
 */
int take_option(int *argc, char **argv, const char *name, const char **value,
		struct err *err) MUST_CHECK;

/* Take "--name" out of argv; nonzero when it was there. */
int take_switch(int *argc, char **argv, const char *name);

#endif
