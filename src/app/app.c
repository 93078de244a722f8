/* The table of commands, and what is common to them all. */
#include "app/app.h"

#include "base/assert.h"
#include "child.h"
#include "commands.h"
#include "preflight.h"
#include "sandbox/sandbox.h"
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define VERSION "0.1.0"

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	command_fn *run;
	int failure; /* exit code; 0: by the kind of error */
};

/* serve and sandbox are run by main's own lines: they do not just return. */
static const struct command commands[] = {
	{ "serve", "[--roles=LIST]", "run all roles, or those of the list",
	  NULL, 0 },
	{ "init", "--org NAME --plan PLAN --email ADDRESS [--json]",
	  "make the first organization and its admin", command_init, 0 },
	{ "check", "", "check settings, providers, Redis and the database",
	  command_check, 0 },
	{ "health", "[--ready]", "ask a running hrisd: exit 0 or 1",
	  command_health, 1 },
	{ "keys", "create", "make the key file", command_keys, 0 },
	{ "provider", "test DIR", "try a provider's manifest on its cases",
	  command_provider, 0 },
	{ "dead-letters", "list | retry ID | discard ID",
	  "what could not be applied", command_dead_letters, 0 },
	{ "sandbox", "--people N --seed S", "a make-believe company's HRIS",
	  NULL, 0 },
};

static void print_usage(FILE *out)
{
	fprintf(out, "usage: hrisd COMMAND [OPTIONS]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-12s %s\n%15s%s\n", commands[i].name,
			commands[i].arguments, "", commands[i].help);
	fprintf(out, "\nSettings, as --name value, as HRISD_NAME, or in the "
		     "file of --config:\n\n");
	settings_print_help(out);
}

static int fail(const struct err *err)
{
	fprintf(stderr, "hrisd: %s\n", err->text);
	return err_policy(err->kind)->exit_code;
}

static int load_keys(const struct settings *s, struct keyring *keys,
		     struct err *err)
{
	if (keyring_load(keys, s->key_file, err) < 0)
		return err_prefix(err, "key-file %s", s->key_file);
	return 0;
}

static int run_serve(struct settings *s, int argc, char **argv, int *code,
		     struct err *err)
{
	const char *list = "";
	struct keyring keys = { 0 };
	unsigned set;
	int result;

	if (take_option(&argc, argv, "--roles", &list, err) < 0 ||
	    settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	if (argc)
		return err_set(err, ERR_INVALID, "serve: what is '%s'?",
			       argv[0]);
	if (roles_parse(list, &set, err) < 0 ||
	    open_log("supervisor", s, err) < 0 || load_keys(s, &keys, err) < 0)
		return -1;
	result = prepare_to_serve(s, set, err);
	if (result == 0) {
		child_harden();
		result = serve(s, &keys, set, code, err);
		tidy_up(s, set);
	}
	keyring_release(&keys);
	return result;
}

static int run_command(const struct command *c, struct settings *s, int argc,
		       char **argv, int *code, struct err *err)
{
	if (!strcmp(c->name, "sandbox"))
		return sandbox_run(argc + 1, argv - 1, err); /* with its name */
	if (!strcmp(c->name, "serve"))
		return run_serve(s, argc, argv, code, err);
	return c->run(s, argc, argv, err);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	return argc > 0 &&
	       (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"));
}

static int dispatch(int argc, char **argv, struct settings *s, struct err *err)
{
	const struct command *c;
	int code = EX_OK;

	if (settings_load(s, err) < 0)
		return fail(err);
	if (!strcmp(argv[1], "role"))
		return child_main(argc - 2, argv + 2, s);
	c = find_command(argv[1]);
	if (!c) {
		fprintf(stderr,
			"hrisd: no command '%s': hrisd --help lists "
			"them\n",
			argv[1]);
		return EX_USAGE;
	}
	if (wants_help(argc - 2, argv + 2) && strcmp(c->name, "sandbox") != 0) {
		printf("usage: hrisd %s %s\n  %s\n\nhrisd --help lists the "
		       "settings\n",
		       c->name, c->arguments, c->help);
		return EX_OK;
	}
	if (run_command(c, s, argc - 2, argv + 2, &code, err) < 0) {
		code = fail(err);
		return c->failure ? c->failure : code;
	}
	return code;
}

int app_main(int argc, char **argv)
{
	struct settings s;
	struct err err = { 0 };
	int code;

	if (argc < 2) {
		print_usage(stderr);
		return EX_USAGE;
	}
	if (wants_help(argc - 1, argv + 1)) {
		print_usage(stdout);
		return EX_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("hrisd " VERSION "\n");
		return EX_OK;
	}
	settings_init(&s);
	code = dispatch(argc, argv, &s, &err);
	settings_release(&s);
	return code;
}
