/* The command: options, what it prints, and when it ends. */
#include "sandbox/sandbox.h"

#include "base/assert.h"
#include "base/clock.h"
#include "server.h"

#include <signal.h>
#include <stdio.h>

struct command {
	struct sandbox_options options;
	bool quiet;
	bool help;
};

typedef int take_fn(struct command *c, const char *value, struct err *err);

static int take_number(const char *name, const char *value, uint64_t min,
		       uint64_t max, uint64_t *out, struct err *err)
{
	if (!str_to_u64(str_of(value), out) || *out < min || *out > max)
		return err_set(err, ERR_INVALID,
			       "--%s: a number from %llu to %llu is needed",
			       name, (unsigned long long)min,
			       (unsigned long long)max);
	return 0;
}

static int take_people(struct command *c, const char *value, struct err *err)
{
	uint64_t n;

	if (take_number("people", value, 1, COMPANY_MAX_PEOPLE, &n, err) < 0)
		return -1;
	c->options.people = (uint32_t)n;
	return 0;
}

static int take_seed(struct command *c, const char *value, struct err *err)
{
	return take_number("seed", value, 0, UINT64_MAX, &c->options.seed, err);
}

static int take_listen(struct command *c, const char *value, struct err *err)
{
	(void)err;
	c->options.listen = value;
	return 0;
}

static int take_target(struct command *c, const char *value, struct err *err)
{
	(void)err;
	c->options.targets = value;
	return 0;
}

static int take_state(struct command *c, const char *value, struct err *err)
{
	if (!value[0])
		return err_set(err, ERR_INVALID,
			       "--state: the name of a file is needed");
	c->options.state = value;
	return 0;
}

static int take_rate(struct command *c, const char *value, struct err *err)
{
	c->options.rate_given = true;
	return take_number("rate", value, 0, SANDBOX_RATE_MAX, &c->options.rate,
			   err);
}

static int take_clock(struct command *c, const char *value, struct err *err)
{
	if (!clock_parse_ms(str_of(value), &c->options.fixed_ms) ||
	    c->options.fixed_ms < 0)
		return err_set(err, ERR_INVALID,
			       "--clock: a time such as 2026-11-23T09:00:00Z "
			       "is needed");
	c->options.clock_given = true;
	return 0;
}

static int take_quiet(struct command *c, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	c->quiet = true;
	return 0;
}

static int take_help(struct command *c, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	c->help = true;
	return 0;
}

static const struct option {
	const char *name;
	const char *value; /* what to write for it; NULL: takes none */
	const char *help;
	take_fn *take;
} options[] = {
	{ "people", "N", "how many there are at first, 1 to 1000000 (100)",
	  take_people },
	{ "seed", "S", "the same seed makes the same company (1)", take_seed },
	{ "listen", "HOST:PORT", "where to answer (127.0.0.1:9090)",
	  take_listen },
	{ "target", "HOST:PORT,…",
	  "where webhooks may go, http allowed (nowhere)", take_target },
	{ "rate", "N", "changes of people per minute (0)", take_rate },
	{ "clock", "TIME",
	  "its clock stands at this time until it is advanced (real time)",
	  take_clock },
	{ "state", "FILE", "keep it here, and go on from it (forget it all)",
	  take_state },
	{ "quiet", NULL, "print nothing", take_quiet },
	{ "help", NULL, "print this", take_help },
};

static void print_help(void)
{
	printf("usage: hrisd sandbox [OPTION]…\n\n"
	       "A make-believe company, served as each HRIS serves its own, "
	       "with webhooks.\nIt is driven through /sandbox/: see "
	       "docs/sandbox.md.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		char left[40];

		(void)snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
			       options[i].value ? "=" : "",
			       options[i].value ? options[i].value : "");
		printf("  %-22s %s\n", left, options[i].help);
	}
}

static const struct option *find_option(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (str_is(name, options[i].name))
			return &options[i];
	return NULL;
}

/* --name=value or --name value. */
static int parse(struct command *c, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i++) {
		struct str rest = str_of(argv[i]), name;
		const struct option *o;
		const char *value = NULL;
		bool joined;

		if (!str_starts(rest, STR("--")))
			return err_set(err, ERR_INVALID,
				       "\"%.40s\" is not an option: see --help",
				       argv[i]);
		rest.ptr += 2;
		rest.len -= 2;
		joined = str_cut(&rest, '=', &name);
		o = find_option(name);
		if (!o)
			return err_set(err, ERR_INVALID,
				       "there is no option %.40s: see --help",
				       argv[i]);
		if (joined != (o->value != NULL) && (joined || i + 1 == argc))
			return err_set(err, ERR_INVALID, "--%s: takes %s",
				       o->name,
				       o->value ? o->value : "no value");
		if (o->value)
			value = joined ? rest.ptr : argv[++i];
		if (o->take(c, value, err) < 0)
			return -1;
	}
	return 0;
}

static void print_credentials(const struct sandbox *sb)
{
	enum vendor last = VENDOR_COUNT, v;

	for (unsigned i = 0; i < CREDENTIAL_COUNT; i++) {
		const char *name = credential_name((enum credential)i, &v);

		if (v != last)
			printf("%s  %-10s %s\n", i ? "\n" : "", vendor_name(v),
			       vendor_base(v)[0] ? vendor_base(v) : "/");
		last = v;
		printf("             %s %s\n", name, sb->credentials.text[i]);
	}
}

static void print_welcome(const struct sandbox *sb,
			  const struct sandbox_options *o)
{
	printf("%u make-believe people, seed %llu, on port %u. Nobody is "
	       "real, and these\ncredentials open nothing else:\n\n",
	       o->people, (unsigned long long)o->seed, sandbox_port(sb));
	print_credentials(sb);
	printf("\nRefresh tokens: GET /sandbox/credentials\n"
	       "Webhooks may go to: %s\n",
	       o->targets[0] ? o->targets : "nowhere (see --target)");
	(void)fflush(stdout);
}

static void stop_cb(int signo, void *arg)
{
	(void)signo;
	loop_stop(arg);
}

static int run(const struct command *c, struct err *err)
{
	struct loop_signal term, interrupt;
	struct sandbox *sb = NULL;
	struct loop *loop = NULL;
	int result;

	if (loop_new(&loop, err) < 0)
		return -1;
	if (sandbox_open(&sb, loop, &c->options, err) < 0) {
		loop_free(&loop);
		return -1;
	}
	loop_signal_init(&term, loop, SIGTERM, stop_cb, loop);
	loop_signal_init(&interrupt, loop, SIGINT, stop_cb, loop);
	if (!c->quiet)
		print_welcome(sb, &c->options);
	loop_run(loop);
	result = sandbox_end(sb, err);
	loop_signal_release(&term);
	loop_signal_release(&interrupt);
	sandbox_close(&sb);
	loop_free(&loop);
	return result;
}

int sandbox_run(int argc, char **argv, struct err *err)
{
	struct command c = {
		.options = { .people = 100,
			     .seed = 1,
			     .listen = "127.0.0.1:9090",
			     .targets = "",
			     .fixed_ms = -1 },
	};

	if (parse(&c, argc, argv, err) < 0)
		return -1;
	if (c.help) {
		print_help();
		return 0;
	}
	return run(&c, err);
}
