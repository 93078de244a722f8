#include "base/settings.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FILE "/etc/hrisd/hrisd.conf"
#define FILE_MAX     65536 /* bytes */

extern char **environ;

enum type { TEXT, COUNT, SIZE, DURATION };

struct row {
	const char *name;
	enum type type;
	size_t offset;
	const char *fallback;
	uint64_t min;
	uint64_t max;
	const char *help;
};

#define AT(member) offsetof(struct settings, member)
#define DAY	   86400000
#define MILLION	   1000000

static const struct row rows[] = {
	{ "config", TEXT, AT(config), "", 0, 0,
	  "file of settings, \"name = value\" a line, # for comments" },
	{ "redis", TEXT, AT(redis), "redis://127.0.0.1:6379", 0, 0,
	  "the queue: unix:/path or redis://[user:password@]host[:port]" },
	{ "redis-durability", TEXT, AT(redis_durability), "always", 0, 0,
	  "least that Redis must promise: always, everysec or memory" },
	{ "store", TEXT, AT(store), "sqlite:var/hrisd.db", 0, 0,
	  "the database: sqlite:/path" },
	{ "key-file", TEXT, AT(key_file), "var/hrisd.key", 0, 0,
	  "keys that seal credentials; without it nothing starts" },
	{ "providers", TEXT, AT(providers), "providers", 0, 0,
	  "folder of provider manifests" },
	{ "receiver-listen", TEXT, AT(receiver_listen), "127.0.0.1:8080", 0, 0,
	  "address for webhooks" },
	{ "console-listen", TEXT, AT(console_listen), "127.0.0.1:8081", 0, 0,
	  "address for the admin API" },
	{ "ops-listen", TEXT, AT(ops_listen), "127.0.0.1:8082", 0, 0,
	  "address for /healthz, /readyz and /metrics" },
	{ "public-url", TEXT, AT(public_url), "http://127.0.0.1:8080", 0, 0,
	  "how HR systems reach the receiver: start of webhook URLs" },
	{ "console-url", TEXT, AT(console_url), "http://127.0.0.1:8081", 0, 0,
	  "how admins' browsers reach the console: where OAuth leads back to" },
	{ "spool", TEXT, AT(spool), "var/spool", 0, 0,
	  "folder of uploaded files; the console and the fetcher share it" },
	{ "allow-hosts", TEXT, AT(allow_hosts), "", 0, 0,
	  "host:port,… that calls may reach though internal, without TLS" },
	{ "ca-file", TEXT, AT(ca_file), "", 0, 0,
	  "certificates to trust for calls; empty: the system's" },
	{ "log-level", TEXT, AT(log_level), "info", 0, 0,
	  "error, warn, info or debug" },
	{ "log-format", TEXT, AT(log_format), "text", 0, 0, "text or json" },
	{ "receivers", COUNT, AT(receivers), "0", 0, 256,
	  "receiver processes; 0: one per core" },
	{ "provisioners", COUNT, AT(provisioners), "1", 1, 64,
	  "provisioner processes" },
	{ "shards", COUNT, AT(shards), "1", 1, 1024,
	  "streams that new connections are spread over" },
	{ "max-connections", COUNT, AT(max_connections), "10240", 1, 1000000,
	  "open connections of one listening process" },
	{ "max-body", SIZE, AT(max_body), "1M", 1024, 64 << 20,
	  "largest body of a request" },
	{ "max-upload", SIZE, AT(max_upload), "256M", 1024, (uint64_t)4 << 30,
	  "largest file of people that an admin may upload" },
	{ "webhook-rate", COUNT, AT(webhook_rate), "200", 0, MILLION,
	  "webhooks a second of one connection, per receiver; 0: no limit" },
	{ "webhook-burst", COUNT, AT(webhook_burst), "10000", 1, MILLION,
	  "webhooks at once after a rest, at least webhook-rate" },
	{ "header-ms", DURATION, AT(header_ms), "10s", 10, DAY,
	  "until a request's headers must be in" },
	{ "body-ms", DURATION, AT(body_ms), "30s", 10, DAY,
	  "until its body must be in" },
	{ "reply-ms", DURATION, AT(reply_ms), "30s", 10, DAY,
	  "until the client must have taken the reply" },
	{ "idle-ms", DURATION, AT(idle_ms), "75s", 10, DAY,
	  "a connection's rest between requests" },
	{ "drain-ms", DURATION, AT(drain_ms), "10s", 0, DAY,
	  "for work under way to end after SIGTERM" },
	{ "redis-ms", DURATION, AT(redis_ms), "3s", 10, DAY,
	  "until Redis must have answered a command" },
	{ "batch", COUNT, AT(batch), "3000", 1, 10000,
	  "changes applied in one transaction" },
	{ "max-deliveries", COUNT, AT(max_deliveries), "5", 1, 1000,
	  "tries of a change before it becomes a dead letter" },
	{ "claim-ms", DURATION, AT(claim_ms), "30s", 50, DAY,
	  "after which a silent consumer's changes, or a silent fetcher's run, "
	  "are taken over" },
	{ "lookup-window-ms", DURATION, AT(lookup_window_ms), "2s", 0, 60000,
	  "thin webhooks for one person within this are one look-up" },
	{ "runs", COUNT, AT(runs), "4", 1, 64,
	  "sync runs at once in one fetcher; more take turns" },
	{ "run-turn-ms", DURATION, AT(run_turn_ms), "60s", 0, DAY,
	  "after which a sync run gives way, if others wait for a turn" },
	{ "connect-ms", DURATION, AT(connect_ms), "5s", 10, DAY,
	  "to connect to an HRIS" },
	{ "call-ms", DURATION, AT(call_ms), "30s", 10, DAY,
	  "for a whole call to an HRIS" },
	{ "page-ms", DURATION, AT(page_ms), "5m", 10, DAY,
	  "without a byte of a page of people, the first one included" },
	{ "lag-warn-ms", DURATION, AT(lag_warn_ms), "60s", 1, DAY,
	  "not ready when the oldest unapplied change is older" },
};

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { NULL, 0 }
};

static const struct unit time_units[] = { { "", 1 },	    { "ms", 1 },
					  { "s", 1000 },    { "m", 60000 },
					  { "h", 3600000 }, { NULL, 0 } };

static const struct unit *const units_of[] = {
	[COUNT] = no_units,
	[SIZE] = size_units,
	[DURATION] = time_units,
};

static char **text_of(struct settings *s, const struct row *r)
{
	return (char **)(void *)((char *)s + r->offset);
}

static uint64_t *number_of(struct settings *s, const struct row *r)
{
	return (uint64_t *)(void *)((char *)s + r->offset);
}

static int parse_number(const struct row *r, const char *text, uint64_t *out,
			struct err *err)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return err_set(err, ERR_CONFIG, "%s: '%s' is not a number",
			       r->name, text);
	errno = 0;
	n = strtoull(text, &end, 10);
	for (const struct unit *u = units_of[r->type]; u->suffix; u++) {
		if (strcmp(end, u->suffix) != 0)
			continue;
		if (errno || n > r->max / u->factor || n * u->factor < r->min)
			return err_set(err, ERR_CONFIG,
				       "%s: '%s' is not from %llu to %llu",
				       r->name, text,
				       (unsigned long long)r->min,
				       (unsigned long long)r->max);
		*out = n * u->factor;
		return 0;
	}
	return err_set(err, ERR_CONFIG, "%s: unknown unit '%s'", r->name, end);
}

static int set_row(struct settings *s, const struct row *r, const char *value,
		   struct err *err)
{
	char **text;

	if (r->type != TEXT)
		return parse_number(r, value, number_of(s, r), err);
	text = text_of(s, r);
	free(*text);
	*text = mem_dup_z(value);
	return 0;
}

/* Names are compared with _ as -, so HRISD_KEY_FILE finds key-file. */
static const struct row *find_row(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *z = rows[i].name;
		size_t k = 0;

		while (k < name.len && z[k] &&
		       tolower((unsigned char)name.ptr[k]) ==
			       (z[k] == '-' && name.ptr[k] == '_' ? '_' : z[k]))
			k++;
		if (k == name.len && !z[k])
			return &rows[i];
	}
	return NULL;
}

void settings_init(struct settings *s)
{
	*s = (struct settings){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT(set_row(s, &rows[i], rows[i].fallback, NULL) == 0);
}

void settings_release(struct settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].type == TEXT)
			free(*text_of(s, &rows[i]));
	*s = (struct settings){ 0 };
}

int settings_set(struct settings *s, const char *name, const char *value,
		 struct err *err)
{
	const struct row *r = find_row(str_of(name));

	if (!r)
		return err_set(err, ERR_CONFIG,
			       "unknown setting '%s': hrisd --help lists them",
			       name);
	return set_row(s, r, value, err);
}

static int set_line(struct settings *s, struct str line, struct err *err)
{
	struct str name;
	char key[64], *value;
	int result;

	line = str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (!str_cut(&line, '=', &name))
		return err_set(err, ERR_CONFIG, "expected \"name = value\"");
	name = str_trim(name);
	line = str_trim(line);
	snprintf(key, sizeof(key), "%.*s", STR_ARG(name));
	value = mem_dup(line.ptr ? line.ptr : "", line.len);
	result = settings_set(s, key, value, err);
	free(value);
	return result;
}

static int load_file(struct settings *s, const char *path, struct err *err)
{
	char *text = mem_new(FILE_MAX);
	FILE *f = fopen(path, "re");
	struct str rest, line;
	int result = 0, n = 0;
	bool more = true;

	if (!f) {
		result = err_set(err, ERR_CONFIG, "cannot read it: %s",
				 strerror(errno));
		goto out;
	}
	rest = (struct str){ text, fread(text, 1, FILE_MAX, f) };
	fclose(f);
	while (result == 0 && more) {
		n++;
		more = str_cut(&rest, '\n', &line);
		result = set_line(s, line, err);
	}
	if (result < 0)
		(void)err_prefix(err, "line %d", n);
out:
	if (result < 0)
		(void)err_prefix(err, "%s", path);
	free(text);
	return result;
}

/* HRISD_CRASH_POINT and _AFTER are for tests of the provisioner. */
static bool is_for_tests(struct str name)
{
	return str_starts(name, STR("CRASH_"));
}

static int load_environment(struct settings *s, struct err *err)
{
	static const struct str prefix = { "HRISD_", 6 };

	for (char **e = environ; *e; e++) {
		struct str value = str_of(*e), name;
		const struct row *r;

		if (!str_starts(value, prefix) || !str_cut(&value, '=', &name))
			continue;
		name.ptr += prefix.len;
		name.len -= prefix.len;
		if (is_for_tests(name))
			continue;
		r = find_row(name);
		if (!r)
			return err_set(err, ERR_CONFIG,
				       "unknown variable HRISD_%.*s: "
				       "hrisd --help lists them",
				       STR_ARG(name));
		if (set_row(s, r, value.ptr, err) < 0)
			return -1;
	}
	return 0;
}

int settings_load(struct settings *s, struct err *err)
{
	const char *path = getenv("HRISD_CONFIG");
	FILE *f;

	if (!path && (f = fopen(DEFAULT_FILE, "re"))) {
		fclose(f);
		path = DEFAULT_FILE;
	}
	if (path && *path && load_file(s, path, err) < 0)
		return -1;
	return load_environment(s, err);
}

/* *i is moved past the value when that stands in the next word. */
static int take_flag(struct settings *s, int argc, char **argv, int *i,
		     struct err *err)
{
	struct str value = str_of(argv[*i] + 2), name;
	const struct row *r;
	bool joined = str_cut(&value, '=', &name);

	r = find_row(name);
	if (!r)
		return err_set(err, ERR_CONFIG, "unknown option --%.*s",
			       STR_ARG(name));
	if (joined)
		return set_row(s, r, value.ptr, err);
	if (*i + 1 >= argc)
		return err_set(err, ERR_CONFIG, "--%s needs a value", r->name);
	return set_row(s, r, argv[++*i], err);
}

int settings_take_flags(struct settings *s, int *argc, char **argv,
			struct err *err)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0) {
			argv[kept++] = argv[i];
			continue;
		}
		if (take_flag(s, *argc, argv, &i, err) < 0)
			return -1;
	}
	*argc = kept;
	return 0;
}

static char *environment_line(const struct settings *s, const struct row *r)
{
	struct settings *rw = (struct settings *)(uintptr_t)s;
	struct buf b;

	buf_init(&b, FILE_MAX);
	buf_add_z(&b, "HRISD_");
	for (const char *p = r->name; *p; p++)
		buf_add_char(&b, *p == '-' ? '_'
					   : (char)toupper((unsigned char)*p));
	buf_add_char(&b, '=');
	if (r->type == TEXT)
		buf_add_z(&b, *text_of(rw, r));
	else
		buf_add_u64(&b, *number_of(rw, r));
	return b.data;
}

char **settings_to_environment(const struct settings *s)
{
	char **list = mem_new_array(ARRAY_LEN(rows) + 1, sizeof(*list));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		list[i] = environment_line(s, &rows[i]);
	return list;
}

void settings_print_help(FILE *out)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		fprintf(out, "  --%-18s %s%s%s%s\n", rows[i].name, rows[i].help,
			rows[i].fallback[0] ? " [" : "", rows[i].fallback,
			rows[i].fallback[0] ? "]" : "");
}
