#include "soap.h"

#include "base/assert.h"
#include "base/clock.h"
#include "words.h"
#include "zone.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

#define ENVELOPE    "http://schemas.xmlsoap.org/soap/envelope/"
#define SERVICE	    "urn:com.workday/bsvc"
#define COUNT_USUAL 100
#define COUNT_MAX   999
#define DAY_TEXT    10 /* letters of 2026-01-31 */

/* A date-time without a zone is of this place. */
#define PACIFIC 3

struct reading {
	struct soap_request *out;
	char *why;
	bool failed;
};

/* An element that may stand in another, in this order. */
struct rule {
	const char *name;
	void (*read)(struct reading *r, xmlNode *n);
	bool many;
};

static void fail(struct reading *r, const char *what, const char *name)
{
	if (!r->failed)
		(void)snprintf(r->why, SOAP_TEXT_SIZE, "%.60s%.60s", what,
			       name);
	r->failed = true;
}

static const char *name_of(const xmlNode *n)
{
	return (const char *)n->name;
}

static bool is_named(const xmlNode *n, const char *space, const char *name)
{
	return n->type == XML_ELEMENT_NODE && !strcmp(name_of(n), name) &&
	       n->ns && !strcmp((const char *)n->ns->href, space);
}

static xmlNode *child(const xmlNode *n, const char *space, const char *name)
{
	xmlNode *c = n ? n->children : NULL;

	while (c && !is_named(c, space, name))
		c = c->next;
	return c;
}

/* The element's text, trimmed. False: longer than that. */
static bool text_of(xmlNode *n, char *out, size_t size)
{
	xmlChar *text = xmlNodeGetContent(n);
	struct str s = str_trim(str_of((const char *)text));
	bool fits = s.len < size;

	out[0] = '\0';
	if (fits)
		(void)snprintf(out, size, "%.*s", STR_ARG(s));
	xmlFree(text);
	return fits;
}

static void attribute(xmlNode *n, const char *name, char *out, size_t size)
{
	xmlChar *text = xmlGetProp(n, (const xmlChar *)name);

	if (!text)
		text = xmlGetNsProp(n, (const xmlChar *)name,
				    (const xmlChar *)SERVICE);
	(void)snprintf(out, size, "%.*s", (int)size - 1,
		       text ? (const char *)text : "");
	xmlFree(text);
}

static void read_children(struct reading *r, xmlNode *parent,
			  const struct rule *rules, size_t count)
{
	size_t at = 0;
	bool used = false;

	for (xmlNode *n = parent->children; n; n = n->next) {
		size_t i = at;

		if (n->type != XML_ELEMENT_NODE)
			continue;
		while (i < count && !is_named(n, SERVICE, rules[i].name))
			i++;
		if (i == count || (i == at && used && !rules[i].many)) {
			fail(r, "not expected here: ", name_of(n));
			return;
		}
		used = true;
		at = i;
		if (!rules[i].read)
			fail(r, "the sandbox does not have: ", name_of(n));
		else
			rules[i].read(r, n);
		if (r->failed)
			return;
	}
}

#define READ_CHILDREN(r, n, rules) \
	read_children(r, n, rules, sizeof(rules) / sizeof((rules)[0]))

/* --- values --- */

static bool read_bool(struct reading *r, xmlNode *n)
{
	char text[8];

	if (text_of(n, text, sizeof(text))) {
		if (!strcmp(text, "1") || !strcmp(text, "true"))
			return true;
		if (!strcmp(text, "0") || !strcmp(text, "false"))
			return false;
	}
	fail(r, "not a boolean: ", name_of(n));
	return false;
}

static bool has_zone(const char *text)
{
	const char *time = strchr(text, 'T');

	return time && strpbrk(time, "Zz+-");
}

static int64_t read_time(struct reading *r, xmlNode *n)
{
	char text[40];
	int64_t ms;

	if (!text_of(n, text, sizeof(text)) ||
	    !clock_parse_ms(str_of(text), &ms)) {
		fail(r, "not a date-time: ", name_of(n));
		return SOAP_NONE;
	}
	if (!has_zone(text))
		ms -= (int64_t)zone_minutes_at(&locations[PACIFIC].zone, ms) *
		      60000;
	return ms;
}

/* 2026-01-31, whatever zone or time follows. */
static int64_t read_day(struct reading *r, xmlNode *n)
{
	char text[40];
	int64_t day;

	if (text_of(n, text, sizeof(text)) && strlen(text) >= DAY_TEXT &&
	    clock_parse_day((struct str){ text, DAY_TEXT }, &day))
		return day;
	fail(r, "not a date: ", name_of(n));
	return SOAP_NONE;
}

static uint32_t read_number(struct reading *r, xmlNode *n, uint32_t max)
{
	char text[16];
	uint64_t number;

	if (text_of(n, text, sizeof(text)) &&
	    str_to_u64(str_of(text), &number) && number >= 1 && number <= max)
		return (uint32_t)number;
	fail(r, "out of range: ", name_of(n));
	return 0;
}

/* --- references --- */

static void read_id(struct reading *r, xmlNode *n)
{
	struct soap_request *q = r->out;
	struct soap_reference *ref = &q->references[q->reference_count];

	if (q->reference_count == SOAP_REFERENCES_MAX) {
		fail(r, "too many: ", "Worker_Reference");
		return;
	}
	attribute(n, "type", ref->type, sizeof(ref->type));
	if (!ref->type[0] || !text_of(n, ref->id, sizeof(ref->id)))
		fail(r, "an ID with a type is needed: ", "Worker_Reference");
	q->reference_count++;
}

static void read_worker(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = { { "ID", read_id, false } };

	READ_CHILDREN(r, n, rules);
}

static void read_references(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = { { "Worker_Reference", read_worker,
					       true } };
	char skip[8];

	attribute(n, "Skip_Non_Existing_Instances", skip, sizeof(skip));
	r->out->skip_missing = !strcmp(skip, "1") || !strcmp(skip, "true");
	READ_CHILDREN(r, n, rules);
}

/* --- criteria --- */

static void read_updated_from(struct reading *r, xmlNode *n)
{
	r->out->updated_from = read_time(r, n);
}

static void read_updated_through(struct reading *r, xmlNode *n)
{
	r->out->updated_through = read_time(r, n);
}

static void read_effective_from(struct reading *r, xmlNode *n)
{
	r->out->effective_from = read_day(r, n);
}

static void read_effective_through(struct reading *r, xmlNode *n)
{
	r->out->effective_through = read_day(r, n);
}

static void read_range(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = {
		{ "Updated_From", read_updated_from, false },
		{ "Updated_Through", read_updated_through, false },
		{ "Effective_From", read_effective_from, false },
		{ "Effective_Through", read_effective_through, false },
	};

	READ_CHILDREN(r, n, rules);
}

static void read_type_id(struct reading *r, xmlNode *n)
{
	static const char *const others[] = { "Change Job", "Onboarding",
					      "Edit Position",
					      "Change Personal Information" };
	struct soap_request *q = r->out;
	char text[64];

	if (!text_of(n, text, sizeof(text)))
		text[0] = '\0';
	if (!strcmp(text, "Hire Employee")) {
		q->hires = true;
	} else if (!strcmp(text, "Contract Contingent Worker")) {
		q->contracts = true;
	} else if (!strcmp(text, "Terminate Employee") ||
		   !strcmp(text, "End Contingent Worker Contract")) {
		q->ends = true;
	} else {
		size_t i = 0;

		while (i < ARRAY_LEN(others) && strcmp(text, others[i]) != 0)
			i++;
		q->others = true;
		if (i == ARRAY_LEN(others))
			fail(r, "not a transaction type: ", text);
	}
}

static void read_type(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = { { "ID", read_type_id, false } };

	READ_CHILDREN(r, n, rules);
}

static void read_types(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = { { "Transaction_Type_Reference",
					       read_type, true } };

	READ_CHILDREN(r, n, rules);
}

static void read_log(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = {
		{ "Transaction_Date_Range_Data", read_range, false },
		{ "Transaction_Type_References", read_types, false },
		{ "Subscriber_Reference", NULL, false },
	};

	READ_CHILDREN(r, n, rules);
}

static void read_no_inactive(struct reading *r, xmlNode *n)
{
	r->out->no_inactive = read_bool(r, n);
}

static void read_no_employees(struct reading *r, xmlNode *n)
{
	r->out->no_employees = read_bool(r, n);
}

static void read_no_contingent(struct reading *r, xmlNode *n)
{
	r->out->no_contingent = read_bool(r, n);
}

static void read_criteria(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = {
		{ "Transaction_Log_Criteria_Data", read_log, false },
		{ "Organization_Reference", NULL, false },
		{ "Country_Reference", NULL, false },
		{ "Include_Subordinate_Organizations", NULL, false },
		{ "Position_Reference", NULL, false },
		{ "Event_Reference", NULL, false },
		{ "Benefit_Plan_Reference", NULL, false },
		{ "Field_And_Parameter_Criteria_Data", NULL, false },
		{ "National_ID_Criteria_Data", NULL, false },
		{ "Exclude_Inactive_Workers", read_no_inactive, false },
		{ "Exclude_Employees", read_no_employees, false },
		{ "Exclude_Contingent_Workers", read_no_contingent, false },
		{ "Eligibility_Criteria_Data", NULL, false },
		{ "Universal_ID_Reference", NULL, false },
	};

	READ_CHILDREN(r, n, rules);
}

/* --- filter and group --- */

static void read_as_of(struct reading *r, xmlNode *n)
{
	r->out->as_of_day = read_day(r, n);
}

static void read_entry(struct reading *r, xmlNode *n)
{
	r->out->as_of_entry = read_time(r, n);
}

static void read_page(struct reading *r, xmlNode *n)
{
	r->out->page = read_number(r, n, UINT32_MAX / 2);
}

static void read_count(struct reading *r, xmlNode *n)
{
	r->out->count = read_number(r, n, COUNT_MAX);
}

static void read_filter(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = {
		{ "As_Of_Effective_Date", read_as_of, false },
		{ "As_Of_Entry_DateTime", read_entry, false },
		{ "Page", read_page, false },
		{ "Count", read_count, false },
	};

	READ_CHILDREN(r, n, rules);
}

/* The schema has some sixty; of most the company has nothing to show. */
static void read_group(struct reading *r, xmlNode *n)
{
	static const struct {
		const char *name;
		unsigned group;
	} rows[] = {
		{ "Include_Reference", GROUP_REFERENCE },
		{ "Include_Personal_Information", GROUP_PERSONAL },
		{ "Include_Employment_Information", GROUP_EMPLOYMENT },
		{ "Include_Organizations", GROUP_ORGANIZATIONS },
		{ "Include_Management_Chain_Data", GROUP_CHAIN },
		{ "Include_User_Account", GROUP_ACCOUNT },
		{ "Include_Account_Provisioning", GROUP_ACCOUNT },
	};

	unsigned named = 0;

	for (xmlNode *c = n->children; c; c = c->next) {
		bool on;

		if (c->type != XML_ELEMENT_NODE)
			continue;
		if (strncmp(name_of(c), "Include_", 8) != 0 &&
		    strncmp(name_of(c), "Exclude_", 8) != 0)
			fail(r, "not expected here: ", name_of(c));
		on = read_bool(r, c);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			if (on && !strcmp(name_of(c), rows[i].name))
				named |= rows[i].group;
	}
	if (named) /* naming none is asking for all that is usual */
		r->out->groups = named;
}

static void read_workers(struct reading *r, xmlNode *n)
{
	static const struct rule rules[] = {
		{ "Request_References", read_references, false },
		{ "Request_Criteria", read_criteria, false },
		{ "Response_Filter", read_filter, false },
		{ "Response_Group", read_group, false },
	};

	r->out->operation = SOAP_GET_WORKERS;
	READ_CHILDREN(r, n, rules);
	if (child(n, SERVICE, "Request_References") &&
	    child(n, SERVICE, "Request_Criteria"))
		fail(r, "not expected here: ", "Request_Criteria");
}

/* --- the envelope --- */

static void read_header(struct soap_request *q, xmlNode *envelope)
{
	static const char wsse[] = "http://docs.oasis-open.org/wss/2004/01/"
				   "oasis-200401-wss-wssecurity-secext-1.0.xsd";
	xmlNode *n = child(envelope, ENVELOPE, "Header");
	xmlNode *user, *password;

	n = child(child(n, wsse, "Security"), wsse, "UsernameToken");
	user = child(n, wsse, "Username");
	password = child(n, wsse, "Password");
	if (!user || !password || !text_of(user, q->user, sizeof(q->user)) ||
	    !text_of(password, q->password, sizeof(q->password)))
		q->user[0] = '\0';
}

static xmlNode *first_element(xmlNode *n)
{
	n = n ? n->children : NULL;
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

static enum soap_problem read_envelope(struct reading *r, xmlNode *root)
{
	xmlNode *call;

	if (!root || !is_named(root, ENVELOPE, "Envelope")) {
		fail(r, "an Envelope of SOAP 1.1 is needed", "");
		return SOAP_NOT_XML;
	}
	read_header(r->out, root);
	call = first_element(child(root, ENVELOPE, "Body"));
	if (call && is_named(call, SERVICE, "Server_Timestamp_Get"))
		r->out->operation = SOAP_TIMESTAMP;
	else if (call && is_named(call, SERVICE, "Get_Workers_Request"))
		read_workers(r, call);
	else
		fail(r, "the sandbox does not have: ",
		     call ? name_of(call) : "an empty Body");
	return r->failed ? SOAP_NOT_VALID : SOAP_FINE;
}

static void ignore(void *arg, const char *text, ...)
{
	(void)arg;
	(void)text;
}

enum soap_problem soap_read(struct str text, struct soap_request *out,
			    char why[static SOAP_TEXT_SIZE])
{
	struct reading r = { .out = out, .why = why };
	enum soap_problem problem = SOAP_NOT_XML;
	xmlDoc *doc;

	*out = (struct soap_request){
		.updated_from = SOAP_NONE,
		.updated_through = SOAP_NONE,
		.effective_from = SOAP_NONE,
		.effective_through = SOAP_NONE,
		.as_of_day = SOAP_NONE,
		.as_of_entry = SOAP_NONE,
		.page = 1,
		.count = COUNT_USUAL,
		.groups = GROUP_REFERENCE | GROUP_PERSONAL | GROUP_EMPLOYMENT |
			  GROUP_COMPENSATION,
	};
	why[0] = '\0';
	xmlSetGenericErrorFunc(NULL, ignore);
	/* No network, no entities, and its own limits of size and depth. */
	doc = xmlReadMemory(text.ptr, (int)text.len, NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOERROR |
				    XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (doc && !doc->intSubset)
		problem = read_envelope(&r, xmlDocGetRootElement(doc));
	else
		fail(&r, doc ? "no DTD may be in it" : "not well-formed", "");
	xmlFreeDoc(doc);
	return problem;
}
