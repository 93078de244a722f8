/* Failures as values: what went wrong, and what the caller may do about it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK	       __attribute__((warn_unused_result))

/*
 * The kind decides the HTTP answer, the fate of a queued event and the exit
 * code of a command, so every kind is a different thing to *do*, never just a
 * different thing to say.
 */
enum err_kind {
	ERR_NONE,
	ERR_INVALID,   /* the input is wrong and will stay wrong */
	ERR_AUTH,      /* unsigned, badly signed, or too old */
	ERR_FORBIDDEN, /* known, but not allowed: plan, pause, rights */
	ERR_NOT_FOUND, /* names something that does not exist */
	ERR_CONFLICT,  /* contradicts what is already stored */
	ERR_LIMIT,     /* too large, too deep, too many */
	ERR_TEMP,      /* may work later; nothing was written */
	ERR_UNCERTAIN, /* may have been written; repeating is safe */
	ERR_CONFIG,    /* a setting, key or manifest is wrong: do not start */
	ERR_BUG,       /* we broke our own contract */
	ERR_KIND_COUNT
};

enum err_action { ERR_ACK, ERR_RETRY, ERR_DEAD_LETTER };

#define ERR_TEXT_SIZE 480

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_SIZE]; /* one sentence; never a personal value or
				     secret */
};

struct err_policy {
	const char *name;
	int http_status;
	enum err_action action;
	int exit_code; /* sysexits.h */
};

/*
 * Fill err (may be NULL); the value is -1, so a caller can return it. These
 * are macros because the compiler must see that the value is negative: it
 * then knows which results are set and warns about the others correctly.
 */
#define err_set(err, kind, ...) (err_fill(err, kind, __VA_ARGS__), -1)

/* Put "context: " in front of the text; the kind stays. */
#define err_prefix(err, ...) (err_wrap(err, __VA_ARGS__), -1)

void err_fill(struct err *err, enum err_kind kind, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Never NULL; an unknown kind is treated as ERR_BUG. */
const struct err_policy *err_policy(enum err_kind kind);

#endif
