#include "app/app.h"

#include <stdio.h>
#include <sysexits.h>

int app_main(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr, "%s: no commands yet\n", argv[0]);
	return EX_USAGE;
}
