#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdarg.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static const char *const level_names[LOG_LEVEL_COUNT] = {
	"error",
	"warn",
	"info",
	"debug",
};

static struct {
	const char *role;
	enum log_level level;
	enum log_format format;
} log_state = { "hrisd", LOG_INFO, LOG_TEXT };

void log_open(const char *role, enum log_level level, enum log_format format)
{
	log_state.role = role;
	log_state.level = level;
	log_state.format = format;
}

int log_wants(enum log_level level)
{
	return level <= log_state.level;
}

/* A line break or quote in a value must not start a new line or field. */
static void add_quoted(struct buf *b, struct str s)
{
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_add_char(b, (char)c);
	}
	buf_add_char(b, '"');
}

static bool needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return true;
	}
	return s.len == 0;
}

static void add_key(struct buf *b, const char *key)
{
	if (log_state.format == LOG_JSON) {
		buf_add_char(b, b->len ? ',' : '{');
		add_quoted(b, str_of(key));
		buf_add_char(b, ':');
		return;
	}
	if (b->len)
		buf_add_char(b, ' ');
	buf_add_z(b, key);
	buf_add_char(b, '=');
}

static void add_field(struct buf *b, const struct log_field *f)
{
	add_key(b, f->key);
	if (f->is_number)
		buf_addf(b, "%lld", (long long)f->number);
	else if (log_state.format == LOG_JSON || needs_quotes(f->text))
		add_quoted(b, f->text);
	else
		buf_add_str(b, f->text);
}

static void add_head(struct buf *b, enum log_level level, const char *msg)
{
	char when[CLOCK_TEXT_SIZE];
	struct log_field head[] = {
		log_str("ts", clock_format_ms(clock_wall_ms(), when)),
		log_str("level", level_names[level]),
		log_str("role", log_state.role),
		log_int("pid", getpid()),
		log_str("msg", msg),
	};

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		add_field(b, &head[i]);
}

static void write_line(struct buf *b)
{
	if (log_state.format == LOG_JSON)
		buf_add_char(b, '}');
	buf_add_char(b, '\n');
	/* A log that cannot be written is no reason to stop working. */
	if (write(STDERR_FILENO, b->data, b->len) < 0)
		return;
}

void log_write(enum log_level level, const char *msg, ...)
{
	struct buf b;
	va_list ap;

	if (!log_wants(level))
		return;
	buf_init(&b, LINE_MAX_BYTES);
	add_head(&b, level, msg);
	va_start(ap, msg);
	for (;;) {
		struct log_field f = va_arg(ap, struct log_field);
		size_t before = b.len;

		if (!f.key)
			break;
		add_field(&b, &f);
		if (b.failed) { /* too long: leave this field out, go on */
			b.failed = false;
			buf_truncate(&b, before);
		}
	}
	va_end(ap);
	b.max += 2; /* the end of the line always fits */
	write_line(&b);
	buf_release(&b);
}
