/* Options of single commands; settings' flags are base/settings.h's. */
#include "commands.h"

#include <stdbool.h>
#include <string.h>

static void remove_words(int *argc, char **argv, int at, int count)
{
	*argc -= count;
	memmove(argv + at, argv + at + count,
		(size_t)(*argc - at) * sizeof(*argv));
}

int take_option(int *argc, char **argv, const char *name, const char **value,
		struct err *err)
{
	size_t len = strlen(name);

	for (int i = 0; i < *argc; i++) {
		if (strncmp(argv[i], name, len) != 0)
			continue;
		if (argv[i][len] == '=') {
			*value = argv[i] + len + 1;
			remove_words(argc, argv, i, 1);
			return 0;
		}
		if (argv[i][len] != '\0')
			continue;
		if (i + 1 >= *argc)
			return err_set(err, ERR_INVALID, "%s needs a value",
				       name);
		*value = argv[i + 1];
		remove_words(argc, argv, i, 2);
		return 0;
	}
	return 0;
}

int take_switch(int *argc, char **argv, const char *name)
{
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], name) != 0)
			continue;
		remove_words(argc, argv, i, 1);
		return 1;
	}
	return 0;
}
