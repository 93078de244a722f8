/* A Worker as Get_Workers gives it: the parts that are asked for. */
#include "override.h"
#include "soap.h"
#include "vendor.h"
#include "workday.h"
#include "xml.h"

#include <stdio.h>

#define NUMBER_FIRST 21000
#define ZONE_TEXT    "-08:00" /* behind every date */

const char *workday_number(const struct employee *e, char out[static TEXT_SIZE])
{
	(void)snprintf(out, TEXT_SIZE, "%s%u",
		       e->type == TYPE_CONTRACTOR ? "C-" : "",
		       NUMBER_FIRST + e->number);
	return out;
}

static bool has_number(const struct view *v, uint32_t n, uint32_t number,
		       bool contingent, struct employee *e)
{
	return company_peek(v->company, n, e) && e->number == number &&
	       (e->type == TYPE_CONTRACTOR) == contingent;
}

bool workday_number_find(const struct view *v, struct str text, bool contingent,
			 uint32_t *n)
{
	const struct employee *changed;
	struct str prefix = STR("C-");
	struct employee e;
	uint64_t number;
	size_t at = 0;
	bool found;

	if (contingent) {
		if (!str_starts(text, prefix))
			return false;
		text.ptr += prefix.len;
		text.len -= prefix.len;
	}
	if (!str_to_u64(text, &number) || number <= NUMBER_FIRST ||
	    number > UINT32_MAX)
		return false;
	number -= NUMBER_FIRST;
	*n = (uint32_t)number - 1; /* as everybody has it at first */
	found = has_number(v, *n, (uint32_t)number, contingent, &e);
	while ((changed = company_next_changed(v->company, &at))) {
		if (!has_number(v, changed->n, (uint32_t)number, contingent,
				&e) ||
		    (found && e.status == EMPLOYEE_DEPARTED))
			continue;
		*n = changed->n;
		found = true;
	}
	return found;
}

const char *workday_team(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE])
{
	struct employee m;

	out[0] = '\0';
	if (!employee_has(e, FIELD_DEPARTMENT))
		return out;
	if (view_manager(v, e, &m))
		(void)snprintf(out, TEXT_SIZE, "%s (%s %s)",
			       departments[e->department].name, m.first,
			       m.last);
	else
		(void)snprintf(out, TEXT_SIZE, "%s",
			       departments[e->department].name);
	return out;
}

/* --- elements --- */

static void add_id(struct buf *out, const char *type, const char *id)
{
	buf_add_z(out, "<wd:ID wd:type=\"");
	buf_add_z(out, type);
	buf_add_z(out, "\">");
	xml_text(out, id);
	buf_add_z(out, "</wd:ID>");
}

/* A reference by one id that is not a WID. */
static void add_reference(struct buf *out, const char *name, const char *type,
			  const char *id, const char *descriptor)
{
	if (!id[0])
		return;
	buf_addf(out, "<wd:%s wd:Descriptor=\"", name);
	xml_text(out, descriptor);
	buf_add_z(out, "\">");
	add_id(out, type, id);
	buf_addf(out, "</wd:%s>", name);
}

static void add_worker_ids(const struct view *v, const struct employee *e,
			   struct buf *out)
{
	char text[TEXT_SIZE];

	add_id(out, "WID", vendor_id(VENDOR_WORKDAY, v->company, e->n, text));
	add_id(out,
	       e->type == TYPE_CONTRACTOR ? "Contingent_Worker_ID"
					  : "Employee_ID",
	       workday_number(e, text));
}

static void add_day(struct buf *out, const char *name, int64_t day)
{
	char text[TEXT_SIZE], with_zone[TEXT_SIZE];

	if (day == NO_DAY)
		return;
	(void)snprintf(with_zone, sizeof(with_zone), "%.10s" ZONE_TEXT,
		       day_text(day, text));
	xml_add(out, name, with_zone);
}

static void add_flag(struct buf *out, const char *name, bool on)
{
	xml_add(out, name, on ? "1" : "0");
}

/* --- the person --- */

static void add_name(const char *element, const char *first, const char *last,
		     struct buf *out)
{
	char full[TEXT_SIZE];

	if (!first[0] && !last[0])
		return;
	(void)snprintf(full, sizeof(full), "%s %s", first, last);
	buf_addf(out, "<wd:%s><wd:Name_Detail_Data wd:Formatted_Name=\"",
		 element);
	xml_text(out, full);
	buf_add_z(out, "\" wd:Reporting_Name=\"");
	xml_text(out, last);
	buf_add_z(out, ", ");
	xml_text(out, first);
	buf_add_z(out, "\">");
	xml_add(out, "wd:First_Name", first);
	xml_add(out, "wd:Last_Name", last);
	buf_addf(out, "</wd:Name_Detail_Data></wd:%s>", element);
}

static void add_email(const char *address, const char *usage, bool public,
		      struct buf *out)
{
	if (!address[0])
		return;
	buf_add_z(out, "<wd:Email_Address_Data>");
	xml_add(out, "wd:Email_Address", address);
	buf_addf(out,
		 "<wd:Usage_Data wd:Public=\"%d\"><wd:Type_Data "
		 "wd:Primary=\"1\"><wd:Type_Reference>",
		 public);
	add_id(out, "Communication_Usage_Type_ID", usage);
	buf_add_z(out, "</wd:Type_Reference></wd:Type_Data></wd:Usage_Data>"
		       "</wd:Email_Address_Data>");
}

static void add_personal(const struct view *v, const struct employee *e,
			 struct buf *out)
{
	char home[TEXT_SIZE];

	(void)v;
	buf_add_z(out, "<wd:Personal_Data><wd:Name_Data>");
	add_name("Legal_Name_Data", e->first, e->last, out);
	add_name("Preferred_Name_Data",
		 e->preferred[0] ? e->preferred : e->first, e->last, out);
	buf_add_z(out, "</wd:Name_Data><wd:Contact_Data>");
	/* The one from home comes first: nobody may take just any. */
	add_email(home_email(e, home), "HOME", false, out);
	add_email(e->email, "WORK", true, out);
	buf_add_z(out, "</wd:Contact_Data></wd:Personal_Data>");
}

/* --- the job --- */

static void add_profile(const struct employee *e, struct buf *out)
{
	char text[TEXT_SIZE], id[TEXT_SIZE];
	const char *level = employee_text(e, FIELD_LEVEL, text);

	(void)snprintf(id, sizeof(id), "%s", level);
	for (char *c = id; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	buf_add_z(out, "<wd:Job_Profile_Summary_Data>");
	add_reference(out, "Management_Level_Reference", "Management_Level_ID",
		      id, level);
	xml_add(out, "wd:Job_Profile_Name", e->title);
	buf_add_z(out, "</wd:Job_Profile_Summary_Data>");
}

static void add_manager(const struct view *v, const struct employee *e,
			const char *element, struct buf *out)
{
	struct employee m;

	if (!view_manager(v, e, &m))
		return;
	buf_addf(out, "<wd:%s>", element);
	add_worker_ids(v, &m, out);
	buf_addf(out, "</wd:%s>", element);
}

static const char *type_of(const struct employee *e)
{
	static const char *const words[TYPE_COUNT] = {
		[TYPE_FULL_TIME] = "Regular",
		[TYPE_PART_TIME] = "Part_time",
		[TYPE_CONTRACTOR] = "Contractor",
		[TYPE_INTERN] = "Intern",
	};

	return type_word(e, words);
}

static void add_position(const struct view *v, const struct employee *e,
			 struct buf *out)
{
	char text[TEXT_SIZE];

	buf_addf(out,
		 "<wd:Position_Data wd:Effective_Date=\"%.10s" ZONE_TEXT "\">",
		 day_text(e->start_day, text));
	buf_addf(out, "<wd:Position_ID>P-%05u</wd:Position_ID>", e->n + 1);
	xml_add(out, "wd:Position_Title", e->title);
	xml_add(out, "wd:Business_Title", e->title);
	add_day(out, "wd:Start_Date", e->start_day);
	add_reference(out, "Worker_Type_Reference",
		      e->type == TYPE_CONTRACTOR ? "Contingent_Worker_Type_ID"
						 : "Employee_Type_ID",
		      type_of(e), type_of(e));
	add_profile(e, out);
	if (employee_has(e, FIELD_LOCATION)) {
		buf_add_z(out, "<wd:Business_Site_Summary_Data>");
		xml_add(out, "wd:Name", locations[e->location].name);
		buf_add_z(out, "</wd:Business_Site_Summary_Data>");
	}
	add_manager(v, e,
		    "Manager_as_of_last_detected_manager_change_Reference",
		    out);
	buf_add_z(out, "</wd:Position_Data>");
}

static void add_organization(const char *type, unsigned number,
			     const char *name, struct buf *out)
{
	if (!name[0])
		return;
	buf_addf(out,
		 "<wd:Position_Organization_Data><wd:Organization_Data>"
		 "<wd:Organization_Reference_ID>%s-%u"
		 "</wd:Organization_Reference_ID>",
		 type, number);
	xml_add(out, "wd:Organization_Name", name);
	buf_add_z(out, "<wd:Organization_Type_Reference>");
	add_id(out, "Organization_Type_ID", type);
	buf_add_z(out,
		  "</wd:Organization_Type_Reference></wd:Organization_Data>"
		  "</wd:Position_Organization_Data>");
}

static void add_organizations(const struct view *v, const struct employee *e,
			      struct buf *out)
{
	char text[TEXT_SIZE];

	buf_add_z(out, "<wd:Position_Organizations_Data>");
	add_organization("SUPERVISORY", e->department + 1u,
			 workday_team(v, e, text), out);
	add_organization("COST_CENTER", e->department + 1u,
			 employee_text(e, FIELD_DEPARTMENT, text), out);
	add_organization("COMPANY", 1, "Make-believe Company", out);
	buf_add_z(out, "</wd:Position_Organizations_Data>");
}

static void add_status(const struct view *v, const struct employee *e,
		       struct buf *out)
{
	bool here =
		e->status == EMPLOYEE_ACTIVE || e->status == EMPLOYEE_ON_LEAVE;
	bool left = e->status == EMPLOYEE_DEPARTED;

	(void)v;
	buf_add_z(out, "<wd:Worker_Status_Data>");
	if (employee_has(e, FIELD_STATUS)) {
		add_flag(out, "wd:Active", here);
		add_day(out, "wd:Active_Status_Date", e->start_day);
	}
	if (employee_has(e, FIELD_START)) {
		add_day(out, "wd:Hire_Date", e->start_day);
		add_day(out, "wd:Original_Hire_Date", e->first_day);
	}
	add_flag(out, "wd:Retired", false);
	if (employee_has(e, FIELD_STATUS))
		add_flag(out, "wd:Terminated", left);
	if (employee_has(e, FIELD_END))
		add_day(out, "wd:Termination_Date", e->end_day);
	if (employee_has(e, FIELD_STATUS))
		add_flag(out, "wd:Hire_Rescinded", e->rescinded);
	if (employee_has(e, FIELD_STATUS))
		buf_addf(out, "<wd:Leave_Status_Data wd:On_Leave=\"%d\"/>",
			 e->status == EMPLOYEE_ON_LEAVE);
	add_flag(out, "wd:Rehire", e->first_day < e->start_day);
	buf_add_z(out, "</wd:Worker_Status_Data>");
}

/* Before the first day there is no job yet, unless one looks ahead. */
static void add_employment(const struct view *v, const struct employee *e,
			   unsigned groups, struct buf *out)
{
	buf_add_z(out, "<wd:Employment_Data>");
	if (e->status != EMPLOYEE_UPCOMING) {
		buf_add_z(out, "<wd:Worker_Job_Data wd:Primary_Job=\"1\">");
		if (groups & GROUP_EMPLOYMENT)
			add_position(v, e, out);
		if (groups & GROUP_ORGANIZATIONS)
			add_organizations(v, e, out);
		buf_add_z(out, "</wd:Worker_Job_Data>");
	}
	if (groups & GROUP_EMPLOYMENT)
		add_status(v, e, out);
	buf_add_z(out, "</wd:Employment_Data>");
}

static void add_chain(const struct view *v, const struct employee *e,
		      struct buf *out)
{
	buf_add_z(out, "<wd:Management_Chain_Data>"
		       "<wd:Worker_Supervisory_Management_Chain_Data>"
		       "<wd:Management_Chain_Data>");
	add_manager(v, e, "Manager_Reference", out);
	buf_add_z(out, "</wd:Management_Chain_Data>"
		       "</wd:Worker_Supervisory_Management_Chain_Data>"
		       "</wd:Management_Chain_Data>");
}

void workday_worker(const struct view *v, const struct employee *e,
		    unsigned groups, struct buf *out)
{
	char text[TEXT_SIZE];

	buf_add_z(out, "<wd:Worker>");
	if (groups & GROUP_REFERENCE) {
		buf_add_z(out, "<wd:Worker_Reference>");
		add_worker_ids(v, e, out);
		buf_add_z(out, "</wd:Worker_Reference>");
	}
	buf_add_z(out, "<wd:Worker_Data>");
	if (employee_has(e, FIELD_NUMBER))
		xml_add(out, "wd:Worker_ID", workday_number(e, text));
	(void)snprintf(text, sizeof(text), "user%u", e->user + 1);
	xml_add(out, "wd:User_ID", text);
	if (groups & GROUP_PERSONAL)
		add_personal(v, e, out);
	if (groups & (GROUP_EMPLOYMENT | GROUP_ORGANIZATIONS))
		add_employment(v, e, groups, out);
	if (groups & GROUP_COMPENSATION) /* whoever names no groups gets it */
		buf_add_z(out,
			  "<wd:Compensation_Data><wd:Employee_Base_Pay_Plan_"
			  "Assignment_Data><wd:Amount>0</wd:Amount></wd:"
			  "Employee_Base_Pay_Plan_Assignment_Data></wd:"
			  "Compensation_Data>");
	if (groups & GROUP_CHAIN)
		add_chain(v, e, out);
	buf_add_z(out, "</wd:Worker_Data></wd:Worker>");
}
