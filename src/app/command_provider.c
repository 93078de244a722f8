/* hrisd provider test DIR: an installed manifest against its own cases. */
#include "commands.h"

#include "provider/cases.h"

#include <stdio.h>
#include <string.h>

int command_provider(struct settings *s, int argc, char **argv, struct err *err)
{
	(void)s;
	if (argc != 2 || strcmp(argv[0], "test") != 0)
		return err_set(err, ERR_INVALID,
			       "usage: hrisd provider test DIR");
	return provider_cases_run(argv[1], stdout, err);
}
