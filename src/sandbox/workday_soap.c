/* Workday's Human_Resources service: Get_Workers and Server_Timestamp_Get. */
#include "base/assert.h"
#include "base/clock.h"
#include "exchange.h"
#include "soap.h"
#include "state.h"
#include "workday.h"
#include "xml.h"

#include <stdio.h>

#define ENVELOPE_OPEN                                                \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<env:Envelope " \
	"xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\">"   \
	"<env:Body>"
#define ENVELOPE_CLOSE "</env:Body></env:Envelope>"
#define PACIFIC_TEXT   "-08:00"
#define PACIFIC_MS     (-8 * 3600000)

/* --- faults --- */

static void write_fault(struct exchange *x, int status, const char *code,
			const char *text, const char *detail)
{
	x->status = status;
	x->type = "text/xml; charset=utf-8";
	x->more = NULL;
	buf_clear(&x->body);
	buf_addf(&x->body,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap."
		 "org/soap/envelope/\"><SOAP-ENV:Body><SOAP-ENV:Fault "
		 "xmlns:wd=\"urn:com.workday/bsvc\"><faultcode>SOAP-ENV:%s"
		 "</faultcode><faultstring>",
		 code);
	xml_text(&x->body, text);
	buf_add_z(&x->body, "</faultstring>");
	if (detail) {
		buf_add_z(&x->body, "<detail><wd:Validation_Fault>"
				    "<wd:Validation_Error>");
		xml_add(&x->body, "wd:Message", detail);
		xml_add(&x->body, "wd:Detail_Message", detail);
		buf_add_z(&x->body, "</wd:Validation_Error>"
				    "</wd:Validation_Fault></detail>");
	}
	buf_add_z(&x->body, "</SOAP-ENV:Fault></SOAP-ENV:Body>"
			    "</SOAP-ENV:Envelope>");
}

static void invalid(struct exchange *x, const char *what)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "Validation error occurred. %s",
		       what);
	write_fault(x, 500, "Client.validationError", text, what);
}

/* Nearly everything comes as 500: only its text tells what it is. */
void workday_fault(struct exchange *x, enum refusal why, const char *detail)
{
	switch (why) {
	case REFUSE_AUTH:
		write_fault(x, 500, "Client.authenticationError",
			    "invalid username or password", NULL);
		return;
	case REFUSE_FORBIDDEN:
		write_fault(x, 500, "Client",
			    "Processing error occurred. The task submitted is "
			    "not authorized.",
			    NULL);
		return;
	case REFUSE_THROTTLED:
		write_fault(x, 429, "Server", "Too many requests", NULL);
		return;
	case REFUSE_BROKEN:
		write_fault(x, 500, "Server", "Internal server error", NULL);
		return;
	default:
		invalid(x, detail ? detail : "The request is not valid.");
	}
}

/* --- who is asked for --- */

static void take_types(const struct soap_request *q, struct wanted *w)
{
	const unsigned contingent = FIELD_BIT(TYPE_CONTRACTOR);
	const unsigned employees = (FIELD_BIT(TYPE_COUNT) - 1) & ~contingent;
	bool begins = q->hires || q->contracts;

	w->types = employees | contingent;
	if (begins && !q->ends && !q->others)
		w->types = (q->hires ? employees : 0) |
			   (q->contracts ? contingent : 0);
	w->ended = q->ends && !begins && !q->others;
	if (q->no_employees)
		w->types &= ~employees;
	if (q->no_contingent)
		w->types &= ~contingent;
	if (w->types == 0)
		w->statuses = 0; /* nobody: a way to try credentials */
}

static struct wanted wanted_by(const struct soap_request *q)
{
	struct wanted w = WANTED_ALL;

	if (q->updated_from != SOAP_NONE)
		w.changed_since_ms = q->updated_from;
	if (q->updated_through != SOAP_NONE)
		w.changed_before_ms = q->updated_through + 1;
	if (q->effective_from != SOAP_NONE ||
	    q->effective_through != SOAP_NONE) {
		w.days_from = q->effective_from;
		w.days_to = q->effective_through != SOAP_NONE
				    ? q->effective_through
				    : INT64_MAX;
	}
	if (q->as_of_entry != SOAP_NONE)
		w.created_before_ms = q->as_of_entry + 1;
	if (q->no_inactive)
		w.statuses = FIELD_BIT(EMPLOYEE_ACTIVE) |
			     FIELD_BIT(EMPLOYEE_ON_LEAVE);
	take_types(q, &w);
	return w;
}

static bool find(struct exchange *x, const struct soap_reference *r,
		 uint32_t *n)
{
	struct str id = str_of(r->id);

	if (!strcmp(r->type, "WID"))
		return vendor_id_find(VENDOR_WORKDAY, &x->sandbox->company, id,
				      n);
	if (!strcmp(r->type, "Employee_ID"))
		return workday_number_find(&x->view, id, false, n);
	return !strcmp(r->type, "Contingent_Worker_ID") &&
	       workday_number_find(&x->view, id, true, n);
}

/* --- the answer --- */

struct results {
	uint32_t total, pages, here, page;
};

static void write_results(const struct soap_request *q, const struct results *r,
			  struct buf *out)
{
	buf_addf(out,
		 "<wd:Response_Filter><wd:Page>%u</wd:Page><wd:Count>%u"
		 "</wd:Count></wd:Response_Filter><wd:Response_Results>"
		 "<wd:Total_Results>%u</wd:Total_Results><wd:Total_Pages>%u"
		 "</wd:Total_Pages><wd:Page_Results>%u</wd:Page_Results>"
		 "<wd:Page>%u</wd:Page></wd:Response_Results>",
		 q->page, q->count, r->total, r->pages, r->here, r->page);
}

/* The numbers stand before the workers, and are known after them. */
static void finish(struct exchange *x, const struct soap_request *q,
		   const struct results *r, const struct buf *workers)
{
	buf_add_z(&x->body, ENVELOPE_OPEN
		  "<wd:Get_Workers_Response xmlns:wd=\"urn:com.workday/bsvc\" "
		  "wd:version=\"");
	buf_add_str(&x->body, x->params[1]);
	buf_add_z(&x->body, "\">");
	write_results(q, r, &x->body);
	buf_add_z(&x->body, "<wd:Response_Data>");
	buf_add_str(&x->body, buf_str(workers));
	buf_add_z(
		&x->body,
		"</wd:Response_Data></wd:Get_Workers_Response>" ENVELOPE_CLOSE);
	x->body.failed |= workers->failed;
}

static bool write_referenced(struct exchange *x, const struct soap_request *q,
			     struct results *r, struct buf *out)
{
	for (size_t i = 0; i < q->reference_count; i++) {
		const struct soap_reference *ref = &q->references[i];
		struct employee e;
		char text[SOAP_TEXT_SIZE + 80];
		uint32_t n;

		if (find(x, ref, &n) && view_get(&x->view, n, &e)) {
			workday_worker(&x->view, &e, q->groups, out);
			r->here++;
			continue;
		}
		if (q->skip_missing)
			continue;
		(void)snprintf(text, sizeof(text),
			       "Invalid ID value.  '%s' is not a valid ID "
			       "value for type = '%s'",
			       ref->id, ref->type);
		invalid(x, text);
		return false;
	}
	r->total = r->here;
	r->pages = 1;
	return true;
}

static void write_listed(struct exchange *x, const struct soap_request *q,
			 struct results *r, struct buf *out)
{
	struct wanted w = wanted_by(q);
	struct employee e;
	struct page p;

	page_open_at(x, PAGE_NUMBER, &w, q->page, q->count, &p);
	while (page_take(x, &p, &e))
		workday_worker(&x->view, &e, q->groups, out);
	page_close(x, &p);
	r->here = p.count;
	r->total = page_total(x, &p);
	r->pages = (r->total + q->count - 1) / q->count;
}

static void get_workers(struct exchange *x, const struct soap_request *q)
{
	struct results r = { .page = q->page };
	int64_t as_of[LOCATION_COUNT];
	struct buf workers;

	for (size_t i = 0; i < LOCATION_COUNT; i++)
		as_of[i] = q->as_of_day;
	if (q->as_of_day != SOAP_NONE)
		x->view.as_of = as_of;
	buf_init(&workers, x->body.max);
	if (q->reference_count > 0) {
		if (write_referenced(x, q, &r, &workers))
			finish(x, q, &r, &workers);
	} else {
		write_listed(x, q, &r, &workers);
		finish(x, q, &r, &workers);
	}
	buf_release(&workers);
	x->view.as_of = NULL;
}

static void get_timestamp(struct exchange *x)
{
	int64_t now = company_now_ms(&x->sandbox->company);
	char text[CLOCK_TEXT_SIZE];

	clock_format_ms(now + PACIFIC_MS, text);
	buf_addf(&x->body,
		 ENVELOPE_OPEN
		 "<wd:Server_Timestamp xmlns:wd=\"urn:com.workday/bsvc\" "
		 "wd:version=\"%.*s\"><wd:Server_Timestamp_Data>%."
		 "23s" PACIFIC_TEXT "</wd:Server_Timestamp_Data>"
		 "</wd:Server_Timestamp>" ENVELOPE_CLOSE,
		 STR_ARG(x->params[1]), text);
}

static bool is_version(struct str s)
{
	bool digits = false;

	if (s.len < 2 || s.ptr[0] != 'v')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		digits |= s.ptr[i] >= '0' && s.ptr[i] <= '9';
		if ((s.ptr[i] < '0' || s.ptr[i] > '9') && s.ptr[i] != '.')
			return false;
	}
	return digits;
}

bool workday_is_soap(struct exchange *x)
{
	struct str path = http_request_path(x->req);
	const struct str service = STR("/Human_Resources/");

	return memmem(path.ptr, path.len, service.ptr, service.len) != NULL;
}

static bool may_come_in(struct exchange *x, const struct soap_request *q)
{
	if (x->fault.value[FAULT_REVOKED])
		return false;
	return token_is_good(x, TOKEN_COMPANY, exchange_bearer(x)) ||
	       workday_knows(x, str_of(q->user), str_of(q->password));
}

/* x->params: the tenant, and the version. */
void workday_soap(struct exchange *x)
{
	struct soap_request *q = arena_alloc(&x->arena, sizeof(*q));
	char why[SOAP_TEXT_SIZE];
	enum soap_problem problem;

	ASSERT(q); /* the first that is taken from the arena */
	x->type = "text/xml; charset=utf-8";
	problem = soap_read(http_request_body(x->req), q, why);
	if (problem != SOAP_NOT_XML && !may_come_in(x, q))
		exchange_refuse(x, REFUSE_AUTH, NULL);
	else if (problem == SOAP_NOT_XML || problem == SOAP_NOT_VALID)
		invalid(x, why);
	else if (!str_is(x->params[0], WORKDAY_TENANT) ||
		 !is_version(x->params[1]))
		invalid(x, "There is no such tenant or version");
	else if (q->operation == SOAP_TIMESTAMP)
		get_timestamp(x);
	else
		get_workers(x, q);
}
