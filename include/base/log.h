/*
 * One line per event on standard error: key=value pairs, or JSON by setting.
 * Roles log; library modules return an err instead. Values of personal fields
 * and secrets never get here: log ids (connection, event, member), not names.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT };

enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *key; /* NULL ends the list */
	struct str text;
	int64_t number;
	int is_number;
};

/* role is borrowed for the life of the process and stands in every line. */
void log_open(const char *role, enum log_level level, enum log_format format);

/* For guarding work that only serves a log line. */
int log_wants(enum log_level level);

/* msg is a fixed text; fields end with LOG_END. Use the macros below. */
void log_write(enum log_level level, const char *msg, ...);

static inline struct log_field log_str(const char *key, const char *z)
{
	return (struct log_field){ .key = key, .text = str_of(z) };
}

static inline struct log_field log_bytes(const char *key, struct str s)
{
	return (struct log_field){ .key = key, .text = s };
}

static inline struct log_field log_int(const char *key, int64_t n)
{
	return (struct log_field){ .key = key, .number = n, .is_number = 1 };
}

#define LOG_END ((struct log_field){ 0 })

/* log_warn("redis went away", log_str("why", err.text), log_int("try", n)) */
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__, LOG_END)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__, LOG_END)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__, LOG_END)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__, LOG_END)

#endif
