/* hrisd keys: the file without which nothing starts. */
#include "commands.h"

#include "crypto/seal.h"

#include <stdio.h>
#include <string.h>

int command_keys(struct settings *s, int argc, char **argv, struct err *err)
{
	if (settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	if (argc != 1 || strcmp(argv[0], "create") != 0)
		return err_set(err, ERR_INVALID,
			       "usage: hrisd keys create [--key-file PATH]");
	if (keyring_create(s->key_file, err) < 0)
		return err_prefix(err, "key-file %s", s->key_file);
	printf("%s: made. Back it up: without it, sealed credentials cannot "
	       "be opened.\n",
	       s->key_file);
	return 0;
}
