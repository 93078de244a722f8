/*
 * Settings: one table (settings.c) from which loading, --help, the manual and
 * its check come. A file is overridden by HRISD_* variables, and those by
 * flags: redis, HRISD_REDIS and --redis are one setting.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Numbers are in the unit of their suffix; sizes in bytes. */
struct settings {
	char *config; /* file with "name = value" lines */
	char *redis;
	char *redis_durability;
	char *store;
	char *key_file;
	char *providers;
	char *receiver_listen;
	char *console_listen;
	char *ops_listen;
	char *public_url;
	char *console_url;
	char *spool;
	char *allow_hosts;
	char *ca_file;
	char *log_level;
	char *log_format;
	uint64_t receivers;
	uint64_t provisioners;
	uint64_t shards;
	uint64_t max_connections;
	uint64_t max_body;
	uint64_t max_upload;
	uint64_t webhook_rate;
	uint64_t webhook_burst;
	uint64_t header_ms;
	uint64_t body_ms;
	uint64_t reply_ms;
	uint64_t idle_ms;
	uint64_t drain_ms;
	uint64_t redis_ms;
	uint64_t batch;
	uint64_t max_deliveries;
	uint64_t claim_ms;
	uint64_t lookup_window_ms;
	uint64_t runs;
	uint64_t run_turn_ms;
	uint64_t connect_ms;
	uint64_t call_ms;
	uint64_t page_ms;
	uint64_t lag_warn_ms;
};

/* Defaults only. */
void settings_init(struct settings *s);
void settings_release(struct settings *s);

/* ERR_CONFIG for an unknown name or a value out of range, naming it. */
int settings_set(struct settings *s, const char *name, const char *value,
		 struct err *err) MUST_CHECK;

/* The file (when set, or when /etc/hrisd/hrisd.conf is there), then HRISD_*. */
int settings_load(struct settings *s, struct err *err) MUST_CHECK;

/*
 * Take --name=value and --name value from argv; what is left over is moved to
 * the front and counted in *argc. An unknown --flag is ERR_CONFIG.
 */
int settings_take_flags(struct settings *s, int *argc, char **argv,
			struct err *err) MUST_CHECK;

/* As NAME=value strings for a child's environment; NULL-terminated; free it. */
char **settings_to_environment(const struct settings *s);

/* The table for --help and the manual. */
void settings_print_help(FILE *out);

#endif
