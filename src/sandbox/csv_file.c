/*
 * The company as a file that is written every night: whole, or what changed;
 * in the spellings that such files come in.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "csv.h"
#include "exchange.h"
#include "override.h"
#include "render.h"
#include "state.h"

#include <stdio.h>

#define AT_ONCE	    256 /* people of a streamed answer */
#define SALT_RAGGED 8000
#define ROW_MAX	    4096

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "text/plain; charset=utf-8", "%s", NULL },
	[REFUSE_AUTH] = { 401, "text/plain; charset=utf-8", "Unauthorized",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "text/plain; charset=utf-8", "Forbidden",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "text/plain; charset=utf-8", "%s", NULL },
	[REFUSE_METHOD] = { 405, "text/plain; charset=utf-8", "%s", NULL },
	[REFUSE_THROTTLED] = { 429, "text/plain; charset=utf-8",
			       "Too Many Requests", NULL },
	[REFUSE_BROKEN] = { 500, "text/plain; charset=utf-8", "%s", NULL },
};

static bool is_authorized(struct exchange *x)
{
	struct str password = exchange_basic(x), user;

	(void)str_cut(&password, ':', &user);
	return str_is(user, exchange_credential(x, CRED_CSV_USER)) &&
	       str_is(password, exchange_credential(x, CRED_CSV_PASSWORD));
}

/* --- how it is written --- */

enum encoding_kind { UTF_8, UTF_8_BOM, WINDOWS_1252 };
enum dates { DATES_ISO, DATES_US, DATES_GERMAN };

struct file {
	struct wanted wanted;
	char delimiter;
	enum encoding_kind encoding;
	enum dates dates;
	bool delta;
	bool absent; /* who has left is not in it */
	uint32_t at;
	uint32_t cut_at; /* after so many people it ends; 0: never */
	uint32_t count;
};

/* The word for each; a NULL ends them. */
struct word {
	const char *word;
	int value;
};

static bool read_word(struct exchange *x, const char *name,
		      const struct word *words, int *out)
{
	struct str text = query_get(&x->query, name);

	if (!text.ptr)
		return true;
	for (; words->word; words++) {
		if (str_is(text, words->word)) {
			*out = words->value;
			return true;
		}
	}
	exchange_refuse(x, REFUSE_INVALID, name);
	return false;
}

static bool read_options(struct exchange *x, struct file *f)
{
	static const struct word delimiters[] = { { "comma", ',' },
						  { "semicolon", ';' },
						  { "tab", '\t' },
						  { "pipe", '|' },
						  { NULL, 0 } };
	static const struct word encodings[] = { { "utf-8", UTF_8 },
						 { "utf-8-bom", UTF_8_BOM },
						 { "windows-1252",
						   WINDOWS_1252 },
						 { NULL, 0 } };
	static const struct word dates[] = { { "iso", DATES_ISO },
					     { "us", DATES_US },
					     { "german", DATES_GERMAN },
					     { NULL, 0 } };
	static const struct word leavers[] = { { "status", false },
					       { "absent", true },
					       { NULL, 0 } };
	int delimiter = ',', encoding = UTF_8, date = DATES_ISO, absent = 0;

	if (!read_word(x, "delimiter", delimiters, &delimiter) ||
	    !read_word(x, "encoding", encodings, &encoding) ||
	    !read_word(x, "dates", dates, &date) ||
	    !read_word(x, "leavers", leavers, &absent))
		return false;
	f->delimiter = (char)delimiter;
	f->encoding = (enum encoding_kind)encoding;
	f->dates = (enum dates)date;
	f->absent = absent != 0;
	return true;
}

/* --- cells --- */

static const char *date_text(const struct file *f, const char *iso,
			     char out[static TEXT_SIZE])
{
	if (!iso[0] || f->dates == DATES_ISO)
		return iso;
	(void)snprintf(out, TEXT_SIZE,
		       f->dates == DATES_US ? "%.2s/%.2s/%.4s"
					    : "%.2s.%.2s.%.4s",
		       f->dates == DATES_US ? iso + 5 : iso + 8,
		       f->dates == DATES_US ? iso + 8 : iso + 5, iso);
	return out;
}

static const char *status_text(const struct employee *e)
{
	static const char *const words[EMPLOYEE_STATUS_COUNT] = {
		[EMPLOYEE_UPCOMING] = "Upcoming",
		[EMPLOYEE_ACTIVE] = "Active",
		[EMPLOYEE_ON_LEAVE] = "On Leave",
		[EMPLOYEE_DEPARTED] = "Terminated",
	};

	return status_word(e, words);
}

static const struct column {
	const char *name;
	enum employee_field field;
} columns[] = {
	{ "Employee Number", FIELD_NUMBER },
	{ "First Name", FIELD_FIRST_NAME },
	{ "Last Name", FIELD_LAST_NAME },
	{ "Preferred Name", FIELD_PREFERRED_NAME },
	{ "Work Email", FIELD_EMAIL },
	{ "Job Title", FIELD_TITLE },
	{ "Department", FIELD_DEPARTMENT },
	{ "Seniority", FIELD_LEVEL },
	{ "Location", FIELD_LOCATION },
	{ "Employment Type", FIELD_TYPE },
	{ "Manager ID", FIELD_MANAGER },
	{ "Start Date", FIELD_START },
	{ "End Date", FIELD_END },
	{ "Status", FIELD_STATUS },
};

static const char *cell(struct exchange *x, const struct file *f,
			const struct employee *e, enum employee_field field,
			char out[static TEXT_SIZE])
{
	char iso[TEXT_SIZE], date[TEXT_SIZE];

	switch (field) {
	case FIELD_MANAGER:
		out[0] = '\0';
		return e->manager == EMPLOYEE_NONE
			       ? out
			       : vendor_id(VENDOR_CSV, &x->sandbox->company,
					   e->manager, out);
	case FIELD_START:
	case FIELD_END:
		(void)employee_text(e, field, iso);
		(void)snprintf(out, TEXT_SIZE, "%s", date_text(f, iso, date));
		return out;
	case FIELD_STATUS:
		return status_text(e);
	default:
		return employee_text(e, field, out);
	}
}

static void write_row(struct exchange *x, const struct file *f,
		      const struct employee *e, struct buf *row)
{
	char text[TEXT_SIZE];

	csv_add(row, false, f->delimiter,
		vendor_id(VENDOR_CSV, &x->sandbox->company, e->n, text));
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		csv_add(row, true, f->delimiter,
			cell(x, f, e, columns[i].field, text));
	if (f->delta)
		csv_add(row, true, f->delimiter,
			e->deleted ? "deleted" : "changed");
}

static void write_header(const struct file *f, struct buf *row)
{
	csv_add(row, false, f->delimiter, "Employee ID");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		csv_add(row, true, f->delimiter, columns[i].name);
	if (f->delta)
		csv_add(row, true, f->delimiter, "Change");
}

/* --- bytes --- */

/* Two bytes of UTF-8 are all that Latin letters need; the rest is lost. */
static void add_windows(struct buf *out, const char *p)
{
	while (*p) {
		unsigned char c = (unsigned char)*p++;

		if (c < 0x80) {
			buf_add_char(out, (char)c);
			continue;
		}
		if (c == 0xc2 || c == 0xc3)
			buf_add_char(out, (char)((c & 3u) << 6 |
						 ((unsigned char)*p & 0x3fu)));
		else
			buf_add_char(out, '?');
		while (((unsigned char)*p & 0xc0u) == 0x80)
			p++;
	}
}

static void add_text_of(struct buf *out, const struct file *f, const char *text)
{
	if (f->encoding == WINDOWS_1252)
		add_windows(out, text);
	else
		buf_add_z(out, text);
}

/* A cell too few or too many, on demand. */
static void spoil_row(struct exchange *x, const struct file *f, uint32_t n,
		      struct buf *row)
{
	int64_t percent = x->fault.value[FAULT_RAGGED_ROWS];
	uint64_t chance =
		company_hash(x->sandbox->company.seed, n, SALT_RAGGED);
	size_t at = row->len;

	if (percent == 0 || chance % 100 >= (uint64_t)percent)
		return;
	if (chance & 0x10000) {
		csv_add(row, true, f->delimiter, "one more");
		return;
	}
	while (at > 0 && row->data[at - 1] != f->delimiter)
		at--;
	if (at > 0)
		buf_truncate(row, at - 1);
}

static void add_person_row(struct exchange *x, const struct file *f,
			   const struct employee *e, bool cut)
{
	struct buf row;

	buf_init(&row, ROW_MAX);
	write_row(x, f, e, &row);
	spoil_row(x, f, e->n, &row);
	if (cut)
		buf_truncate(&row, row.len / 2);
	else
		buf_add(&row, "\r\n", 2);
	add_text_of(&x->body, f, buf_z(&row));
	buf_release(&row);
}

static bool more_of_file(struct exchange *x)
{
	struct file *f = x->more_arg;
	struct employee e;

	for (int i = 0; i < AT_ONCE; i++) {
		bool cut = f->cut_at && f->count == f->cut_at;

		if (!view_take(&x->view, &f->wanted, &f->at, &e))
			return false;
		if (f->absent && e.status == EMPLOYEE_DEPARTED)
			continue;
		add_person_row(x, f, &e, cut);
		f->count++;
		if (cut)
			return false;
	}
	return true;
}

/* --- files --- */

/* employees.csv, employees_20261123.csv (of today), employees-delta.csv */
static bool read_name(struct exchange *x, struct file *f)
{
	char today[TEXT_SIZE], iso[TEXT_SIZE];
	struct str name = x->params[0];

	day_text(company_now_ms(&x->sandbox->company) / CLOCK_DAY_MS, iso);
	(void)snprintf(today, sizeof(today), "employees_%.4s%.2s%.2s.csv", iso,
		       iso + 5, iso + 8);
	f->delta = str_is(name, "employees-delta.csv");
	if (f->delta || str_is(name, "employees.csv") || str_is(name, today))
		return true;
	exchange_refuse(x, REFUSE_NOT_FOUND, "There is no such file");
	return false;
}

static bool read_since(struct exchange *x, struct file *f)
{
	struct str since = query_get(&x->query, "since");

	f->wanted = WANTED_ALL;
	if (!f->delta)
		return true;
	f->wanted.deleted = true;
	f->wanted.changed_since_ms =
		company_now_ms(&x->sandbox->company) - CLOCK_DAY_MS;
	if (!since.ptr || clock_parse_ms(since, &f->wanted.changed_since_ms))
		return true;
	exchange_refuse(x, REFUSE_INVALID, "since: a time");
	return false;
}

static void get_file(struct exchange *x)
{
	struct file *f = arena_zalloc(&x->arena, 1, sizeof(*f));
	struct buf row;

	ASSERT(f); /* a query takes little of the arena */
	if (!read_name(x, f) || !read_since(x, f) || !read_options(x, f))
		return;
	if (x->fault.value[FAULT_CUT_OFF])
		f->cut_at = x->sandbox->company.size / 2 + 1;
	x->type = f->encoding == WINDOWS_1252 ? "text/csv; charset=windows-1252"
					      : "text/csv; charset=utf-8";
	if (f->encoding == UTF_8_BOM)
		buf_add_z(&x->body, "\xef\xbb\xbf");
	buf_init(&row, ROW_MAX);
	write_header(f, &row);
	buf_add(&row, "\r\n", 2);
	add_text_of(&x->body, f, buf_z(&row));
	buf_release(&row);
	exchange_stream(x, more_of_file, f);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/as/csv/{name}", RUN(get_file) },
	{ HTTP_GET, NULL, NULL },
};

const struct api csv_api = {
	.vendor = VENDOR_CSV,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
};
