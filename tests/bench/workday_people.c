#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workday_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE	    256 /* people of a piece of the report */
#define DIGITS	    7	/* of a person's number */
#define DIGITS_TEXT "%07d"

/* --------------------------------------------------------------- a person */

/* The file is indented for its readers alone. */
static void load(struct workday_people *p, const char *path)
{
	char line[WORKDAY_PERSON_MAX];
	FILE *in = fopen(path, "r");
	size_t used = 0;

	assert_non_null(in);
	p->bytes = 0;
	while (fgets(line, sizeof(line), in)) {
		const char *text = line + strspn(line, " ");
		size_t len = strcspn(text, "\n");

		assert_true(used + len < sizeof(p->person));
		memcpy(p->person + used, text, len);
		used += len;
	}
	(void)fclose(in);
	p->person[used] = '\0';
	for (const char *c = p->person; *c; c++)
		p->bytes += *c == '#' ? DIGITS : 1;
}

static void add(struct buf *out, const struct workday_people *p, int number)
{
	const char *rest = p->person, *mark;

	while ((mark = strchr(rest, '#'))) {
		buf_add(out, rest, (size_t)(mark - rest));
		buf_addf(out, DIGITS_TEXT, number);
		rest = mark + 1;
	}
	buf_add_z(out, rest);
}

/* ------------------------------------------------------------- web service */

static int number_after(const char *request, const char *element)
{
	const char *at = strstr(request, element);

	assert_non_null(at);
	return atoi(at + strlen(element));
}

static void serve_workers(struct hris *h, const char *target,
			  struct hris_reply *r)
{
	const struct workday_people *p = h->arg;
	int page = number_after(h->last, "<bsvc:Page>");
	int size = number_after(h->last, "<bsvc:Count>");
	int from = (page - 1) * size;

	(void)target;
	buf_addf(&r->body,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<env:Envelope "
		 "xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		 "<env:Body><wd:Get_Workers_Response "
		 "xmlns:wd=\"urn:com.workday/bsvc\" wd:version=\"v45.0\">"
		 "<wd:Response_Results><wd:Total_Results>%d</wd:Total_Results>"
		 "<wd:Total_Pages>%d</wd:Total_Pages><wd:Page>%d</wd:Page>"
		 "</wd:Response_Results><wd:Response_Data>",
		 p->count, (p->count + size - 1) / size, page);
	for (int i = from; i < from + size && i < p->count; i++)
		add(&r->body, p, i);
	buf_add_z(&r->body, "</wd:Response_Data></wd:Get_Workers_Response>"
			    "</env:Body></env:Envelope>");
}

void workday_service_start(struct workday_people *p, struct hris *h)
{
	load(p, "tests/bench/workday/worker.xml");
	h->serve = serve_workers;
	h->arg = p;
}

/* ------------------------------------------------------------------ report */

static const char report_end[] = "</wd:Report_Data>";

static void more_of_report(struct hris_peer *peer, struct buf *out)
{
	const struct workday_people *p = peer->hris->arg;
	size_t end = peer->at + AT_ONCE, count = (size_t)p->count;

	if (peer->at > count)
		return;
	for (; peer->at < end && peer->at < count; peer->at++)
		add(out, p, (int)peer->at);
	if (peer->at < count)
		return;
	buf_add_z(out, report_end);
	peer->at++;
}

static void serve_report(struct hris *h, const char *target,
			 struct hris_reply *r)
{
	const struct workday_people *p = h->arg;

	(void)target;
	buf_add_z(&r->body, "<?xml version='1.0' encoding='UTF-8'?>\n"
			    "<wd:Report_Data xmlns:wd="
			    "\"urn:com.workday.report/Workers\">");
	r->more = more_of_report;
	r->more_length = p->bytes * (size_t)p->count + strlen(report_end);
}

void workday_report_start(struct workday_people *p, struct hris *h)
{
	load(p, "tests/bench/workday/entry.xml");
	h->serve = serve_report;
	h->arg = p;
}
