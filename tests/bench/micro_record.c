/*
 * What it costs to cut an answer into records, per record of some 1.4 kB and
 * of each format, fed as the network gives it. Built by hand:
 *
 *	make && cc -O2 -D_GNU_SOURCE -Iinclude -o build/micro_record \
 *		tests/bench/micro_record.c build/release/libhrisd.a \
 *		-lcjson -lxml2 -lcsv && build/micro_record
 */
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "record/reader.h"

#include <stdio.h>

#define RECORDS 2000
#define ROUNDS	10
#define BEST	7     /* measurements, of which the fastest counts */
#define CHUNK	16384 /* what curl hands over at once */

#define LONG                                                                 \
	"A longer text as people write it into fields of their own: teams, " \
	"projects, languages, equipment, notes for the first day at work. "

static const char *const fields[][2] = {
	{ "id", "9007199254740993" },
	{ "employeeNumber", "E-10042" },
	{ "firstName", "Zo\xc3\xab" },
	{ "lastName", "Example-Smith" },
	{ "preferredName", "" },
	{ "workEmail", "zoe.smith@example.com" },
	{ "department", "Customer Operations" },
	{ "division", "Northern Europe" },
	{ "jobTitle", "Senior Support Engineer" },
	{ "level", "senior" },
	{ "status", "active" },
	{ "hireDate", "2023-04-01" },
	{ "originalHireDate", "2019-10-15" },
	{ "terminationDate", "" },
	{ "supervisorId", "9007199254740111" },
	{ "supervisor", "Jane \"JD\" Doe" },
	{ "location", "Rotterdam, The Netherlands" },
	{ "employmentType", "full_time" },
	{ "mobilePhone", "+31 6 00000000" },
	{ "lastChanged", "2026-11-23T09:30:00.123Z" },
	{ "payGroup", "NL monthly" },
	{ "costCentre", "CC-4711 Support and Services" },
	{ "workSchedule", "Monday to Friday, 09:00 to 17:30" },
	{ "customOne", LONG LONG },
	{ "customTwo", LONG LONG },
	{ "customThree", LONG },
};

static void add_json(struct buf *b, int i)
{
	buf_add_z(b, i ? ",{" : "{\"employees\":[{");
	for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
		buf_addf(b, "%s\"%s\":\"", f ? "," : "", fields[f][0]);
		for (const char *c = fields[f][1]; *c; c++) {
			if (*c == '"')
				buf_add_char(b, '\\');
			buf_add_char(b, *c);
		}
		buf_add_char(b, '"');
	}
	buf_add_z(b, i == RECORDS - 1 ? "}],\"next\":null}" : "}");
}

static void add_xml(struct buf *b, int i)
{
	if (!i)
		buf_add_z(b, "<wd:Report xmlns:wd='urn:report'>\n");
	buf_add_z(b, "<wd:Entry>\n");
	for (size_t f = 0; f < ARRAY_LEN(fields); f++)
		buf_addf(b, "  <wd:%s>%s</wd:%s>\n", fields[f][0], fields[f][1],
			 fields[f][0]);
	buf_add_z(b, "</wd:Entry>\n");
	if (i == RECORDS - 1)
		buf_add_z(b, "</wd:Report>");
}

static void add_csv(struct buf *b, int i)
{
	for (size_t f = 0; !i && f < ARRAY_LEN(fields); f++)
		buf_addf(b, "%s%s", f ? "," : "", fields[f][0]);
	if (!i)
		buf_add_z(b, "\r\n");
	for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
		buf_add_z(b, f ? ",\"" : "\"");
		for (const char *c = fields[f][1]; *c; c++) {
			if (*c == '"')
				buf_add_char(b, '"');
			buf_add_char(b, *c);
		}
		buf_add_char(b, '"');
	}
	buf_add_z(b, "\r\n");
}

static const struct format {
	const char *name;
	void (*add)(struct buf *b, int i);
	struct record_shape shape;
} formats[] = {
	{ "JSON",
	  add_json,
	  { .format = RECORD_JSON, .items = { "/employees", 10 } } },
	{ "XML",
	  add_xml,
	  { .format = RECORD_XML, .items = { "/Report/Entry", 13 } } },
	{ "CSV", add_csv, { .format = RECORD_CSV } },
};

static int count_bytes(struct str json, void *arg, struct err *err)
{
	size_t *bytes = arg;

	(void)err;
	*bytes += json.len;
	return 0;
}

static void read_all(const struct record_shape *shape, struct str text)
{
	struct record_reader *r;
	struct err err = { 0 };
	size_t bytes = 0;

	ASSERT(record_reader_new(&r, shape, count_bytes, &bytes, &err) == 0);
	while (text.len) {
		struct str part = { text.ptr,
				    text.len < CHUNK ? text.len : CHUNK };

		ASSERT(record_reader_feed(r, part, &err) == 0);
		text.ptr += part.len;
		text.len -= part.len;
	}
	ASSERT(record_reader_end(r, NULL, &err) == 0);
	ASSERT(record_reader_count(r) == RECORDS && bytes);
	record_reader_free(&r);
}

static void measure(const struct format *f)
{
	struct buf text;
	double best = 1e9;

	buf_init(&text, 64 << 20);
	for (int i = 0; i < RECORDS; i++)
		f->add(&text, i);
	for (int b = 0; b < BEST; b++) {
		int64_t from = clock_mono_us();
		double ns;

		for (int i = 0; i < ROUNDS; i++)
			read_all(&f->shape, buf_str(&text));
		ns = (double)(clock_mono_us() - from) * 1000 / ROUNDS / RECORDS;
		best = ns < best ? ns : best;
	}
	printf("%-5s %6zu bytes %7.0f ns a record %6.0f MB/s\n", f->name,
	       text.len / RECORDS, best,
	       (double)text.len / RECORDS / best * 1000);
	buf_release(&text);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		measure(&formats[i]);
	return 0;
}
