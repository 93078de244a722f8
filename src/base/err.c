/* The one table that turns a kind of failure into what to do about it. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct err_policy policies[ERR_KIND_COUNT] = {
	[ERR_NONE] = { "ok", 200, ERR_ACK, EX_OK },
	[ERR_INVALID] = { "invalid", 422, ERR_DEAD_LETTER, EX_DATAERR },
	[ERR_AUTH] = { "auth", 401, ERR_DEAD_LETTER, EX_NOPERM },
	[ERR_FORBIDDEN] = { "forbidden", 403, ERR_DEAD_LETTER, EX_NOPERM },
	[ERR_NOT_FOUND] = { "not-found", 404, ERR_DEAD_LETTER, EX_NOINPUT },
	[ERR_CONFLICT] = { "conflict", 409, ERR_DEAD_LETTER, EX_DATAERR },
	[ERR_LIMIT] = { "limit", 413, ERR_DEAD_LETTER, EX_DATAERR },
	[ERR_TEMP] = { "temporary", 503, ERR_RETRY, EX_TEMPFAIL },
	[ERR_UNCERTAIN] = { "uncertain", 503, ERR_RETRY, EX_TEMPFAIL },
	[ERR_CONFIG] = { "config", 500, ERR_RETRY, EX_CONFIG },
	[ERR_BUG] = { "bug", 500, ERR_DEAD_LETTER, EX_SOFTWARE },
};

static void fill_text(char *out, size_t size, const char *fmt, va_list ap)
	PRINTF_LIKE(3, 0);

/* snprintf's result is used: a cut text is fine, and gcc wants it seen. */
static void fill_text(char *out, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(out, size, fmt, ap) < 0)
		out[0] = '\0';
}

void err_fill(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	err->kind = kind;
	va_start(ap, fmt);
	fill_text(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

void err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[ERR_TEXT_SIZE];
	va_list ap;
	size_t used;

	if (!err)
		return;
	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	fill_text(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	if (snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		     inner) < 0)
		err->text[used] = '\0';
}

const struct err_policy *err_policy(enum err_kind kind)
{
	if ((unsigned)kind >= ERR_KIND_COUNT)
		kind = ERR_BUG;
	return &policies[kind];
}
