#include "webhook.h"

#include "base/assert.h"
#include "crypto/encode.h"
#include "http/router.h"
#include "render.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* --- which events --- */

#define EVENTS WEBHOOK_EVENTS_MAX

/*
 * BambooHR tells of a new person twice. Rippling's "deleted" means that the
 * app has lost access, and follows a termination.
 */
static const char *const events[VENDOR_COUNT][HAPPENING_KIND_COUNT][EVENTS] = {
	[VENDOR_BAMBOOHR] = {
		[HAPPENED_CREATED] = { "employee.created", "employee.updated" },
		[HAPPENED_UPDATED] = { "employee.updated" },
		[HAPPENED_JOINED] = { "employee.updated" },
		[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
		[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
		[HAPPENED_LEFT] = { "employee.updated" },
		[HAPPENED_REHIRED] = { "employee.updated" },
		[HAPPENED_DELETED] = { "employee.deleted" },
	},
	[VENDOR_HIBOB] = {
		[HAPPENED_CREATED] = { "employee.created" },
		[HAPPENED_UPDATED] = { "employee.updated" },
		[HAPPENED_JOINED] = { "employee.joined", "employee.activated" },
		[HAPPENED_LEAVE_BEGAN] = { "table.entry.created" },
		[HAPPENED_LEAVE_ENDED] = { "table.entry.created" },
		[HAPPENED_LEFT] = { "employee.left", "employee.inactivated" },
		[HAPPENED_REHIRED] = { "employee.joined",
				       "employee.activated" },
		[HAPPENED_DELETED] = { "employee.deleted" },
	},
	[VENDOR_RIPPLING] = {
		[HAPPENED_CREATED] = { "employee.created", "employee.hired" },
		[HAPPENED_UPDATED] = { "employee.updated" },
		[HAPPENED_JOINED] = { "employee.updated" },
		[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
		[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
		[HAPPENED_LEFT] = { "employee.terminated", "employee.deleted" },
		[HAPPENED_REHIRED] = { "employee.created", "employee.hired" },
		[HAPPENED_DELETED] = { "employee.deleted" },
	},
	[VENDOR_STANDARD] = {
		[HAPPENED_CREATED] = { "employee.created" },
		[HAPPENED_UPDATED] = { "employee.updated" },
		[HAPPENED_JOINED] = { "employee.updated" },
		[HAPPENED_LEAVE_BEGAN] = { "employee.updated" },
		[HAPPENED_LEAVE_ENDED] = { "employee.updated" },
		[HAPPENED_LEFT] = { "employee.departed" },
		[HAPPENED_REHIRED] = { "employee.updated" },
		[HAPPENED_DELETED] = { "employee.deleted" },
	},
};

/* The watched ones of what changed; for a new person all that is watched. */
static unsigned monitored(const struct webhook_target *t,
			  const struct happening *h)
{
	return h->fields ? h->fields & t->monitor : t->monitor;
}

static bool is_wanted(const struct webhook_target *t, const struct happening *h,
		      const char *event)
{
	enum happening_kind as = HAPPENED_UPDATED;

	if (t->vendor != VENDOR_BAMBOOHR)
		return true;
	if (!strcmp(event, "employee.created"))
		as = HAPPENED_CREATED;
	else if (!strcmp(event, "employee.deleted"))
		as = HAPPENED_DELETED;
	return t->wants[as] && (as != HAPPENED_UPDATED || monitored(t, h) != 0);
}

size_t webhook_events(const struct webhook_target *t, const struct happening *h,
		      bool announced,
		      const char *out[static WEBHOOK_EVENTS_MAX])
{
	const char *const *row = events[t->vendor][h->kind];
	size_t count = 0;

	for (size_t i = 0; i < EVENTS && row[i]; i++)
		if (is_wanted(t, h, row[i]) && !(announced && i > 0))
			out[count++] = row[i];
	return count;
}

const char *webhook_event_find(enum vendor v, struct str name)
{
	for (size_t k = 0; k < HAPPENING_KIND_COUNT; k++)
		for (size_t i = 0; i < EVENTS && events[v][k][i]; i++)
			if (str_is(name, events[v][k][i]))
				return events[v][k][i];
	return NULL;
}

/* --- BambooHR --- */

static void bamboohr_thin(const struct webhook_target *t, const struct view *v,
			  const struct happening *h, const char *event,
			  int64_t now_us, struct buf *out)
{
	struct json_writer w;
	char text[TEXT_SIZE];

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "type", event);
	json_add_z(&w, "timestamp", time_text(now_us / 1000, TIME_PLAIN, text));
	json_open_object(&w, "data");
	json_add_z(&w, "companyId", BAMBOOHR_COMPANY);
	json_add_z(&w, "employeeId",
		   vendor_id(t->vendor, v->company, h->who->n, text));
	if (!strcmp(event, "employee.updated")) {
		json_open_array(&w, "changedFields");
		for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
			if (monitored(t, h) & FIELD_BIT(f))
				json_add_z(
					&w, NULL,
					bamboohr_changed_name(
						(enum employee_field)f, false));
		json_close(&w);
	}
	json_close(&w);
	json_close(&w);
}

static void bamboohr_legacy(const struct webhook_target *t,
			    const struct view *v, const struct happening *h,
			    const char *event, int64_t now_us, struct buf *out)
{
	bool updated = !strcmp(event, "employee.updated");
	unsigned fields = updated ? monitored(t, h) : 0;
	struct json_writer w;
	char text[TEXT_SIZE];

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_open_array(&w, "employees");
	json_open_object(&w, NULL);
	json_add_z(&w, "id", vendor_id(t->vendor, v->company, h->who->n, text));
	json_add_z(&w, "action",
		   updated				? "Updated"
		   : !strcmp(event, "employee.created") ? "Created"
							: "Deleted");
	json_add_z(&w, "timestamp", time_text(now_us / 1000, TIME_PLAIN, text));
	json_open_array(&w, "changedFields");
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (fields & FIELD_BIT(f))
			json_add_z(&w, NULL,
				   bamboohr_changed_name((enum employee_field)f,
							 true));
	json_close(&w);
	json_open_object(&w, "fields");
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++)
		if (fields & FIELD_BIT(f))
			add_text(&w,
				 bamboohr_changed_name((enum employee_field)f,
						       true),
				 bamboohr_changed_value(v, h->who,
							(enum employee_field)f,
							text));
	json_close(&w);
	json_close(&w);
	json_close(&w);
	json_close(&w);
}

static void form_item(struct buf *out, const char *name, const char *value)
{
	if (out->len > 0)
		buf_add_char(out, '&');
	http_url_encode(str_of(name), out);
	buf_add_char(out, '=');
	http_url_encode(str_of(value), out);
}

static void bamboohr_thin_form(const struct webhook_target *t,
			       const struct view *v, const struct happening *h,
			       const char *event, int64_t now_us,
			       struct buf *out)
{
	char text[TEXT_SIZE], name[TEXT_SIZE];
	unsigned i = 0;

	form_item(out, "type", event);
	form_item(out, "timestamp", time_text(now_us / 1000, TIME_PLAIN, text));
	form_item(out, "data[companyId]", BAMBOOHR_COMPANY);
	form_item(out, "data[employeeId]",
		  vendor_id(t->vendor, v->company, h->who->n, text));
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		if (strcmp(event, "employee.updated") != 0 ||
		    !(monitored(t, h) & FIELD_BIT(f)))
			continue;
		(void)snprintf(name, sizeof(name), "data[changedFields][%u]",
			       i++);
		form_item(out, name,
			  bamboohr_changed_name((enum employee_field)f, false));
	}
}

/* employees[12345][changedFields][0]=First Name&employees[12345][First Name]=
 */
static void bamboohr_legacy_form(const struct webhook_target *t,
				 const struct view *v,
				 const struct happening *h, struct buf *out)
{
	char id[VENDOR_ID_SIZE], text[TEXT_SIZE], name[TEXT_SIZE];
	unsigned fields = monitored(t, h), i = 0;

	vendor_id(t->vendor, v->company, h->who->n, id);
	for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
		const char *label;

		if (!(fields & FIELD_BIT(f)))
			continue;
		label = bamboohr_changed_name((enum employee_field)f, true);
		(void)snprintf(name, sizeof(name),
			       "employees[%s][changedFields][%u]", id, i++);
		form_item(out, name, label);
		(void)snprintf(name, sizeof(name), "employees[%s][%s]", id,
			       label);
		form_item(out, name,
			  bamboohr_changed_value(v, h->who,
						 (enum employee_field)f, text));
	}
}

static void bamboohr_body(const struct webhook_target *t, const struct view *v,
			  const struct happening *h, const char *event,
			  int64_t now_us, struct buf *out)
{
	if (t->legacy && t->form)
		bamboohr_legacy_form(t, v, h, out);
	else if (t->legacy)
		bamboohr_legacy(t, v, h, event, now_us, out);
	else if (t->form)
		bamboohr_thin_form(t, v, h, event, now_us, out);
	else
		bamboohr_thin(t, v, h, event, now_us, out);
}

/* --- the others --- */

static void hibob_body(const struct webhook_target *t, const struct view *v,
		       const struct happening *h, const char *event,
		       int64_t now_us, struct buf *out)
{
	bool table = !strcmp(event, "table.entry.created");
	char text[TEXT_SIZE];
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "companyId", HIBOB_COMPANY);
	json_add_z(&w, "type", event);
	json_add_z(&w, "triggeredBy",
		   h->kind == HAPPENED_JOINED ? "system" : HIBOB_SYSTEM_ID);
	json_add_z(&w, "triggeredAt", time_text_us(now_us, text));
	json_add_z(&w, "version", "v2");
	json_open_object(&w, "data");
	json_add_z(&w, "employeeId",
		   vendor_id(t->vendor, v->company, h->who->n, text));
	if (table) {
		json_add_z(&w, "tableId", "lifecycle");
		json_add_z(&w, "effectiveDate",
			   day_text(v->company->today[h->who->location], text));
	}
	if (!strcmp(event, "employee.updated")) {
		json_open_array(&w, "fieldUpdates");
		for (unsigned f = 0; f < EMPLOYEE_FIELD_COUNT; f++) {
			if (!(h->fields & FIELD_BIT(f)))
				continue;
			json_open_object(&w, NULL);
			json_add_z(&w, "id",
				   hibob_field_path((enum employee_field)f));
			json_close(&w);
		}
		json_close(&w);
	}
	json_close(&w);
	json_close(&w);
}

static void rippling_body(const struct webhook_target *t, const struct view *v,
			  const struct happening *h, const char *event,
			  int64_t now_us, struct buf *out)
{
	char id[VENDOR_ID_SIZE];

	(void)now_us;
	form_item(out, "event_name", event);
	form_item(out, "id", vendor_id(t->vendor, v->company, h->who->n, id));
	form_item(out, "company_primary_email", COMPANY_ADMIN);
	form_item(out, "company_id", RIPPLING_COMPANY);
}

static void standard_body(const struct webhook_target *t, const struct view *v,
			  const struct happening *h, const char *event,
			  int64_t now_us, struct buf *out)
{
	char text[TEXT_SIZE];
	struct json_writer w;

	(void)t;
	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_z(&w, "type", event);
	json_add_z(&w, "timestamp", time_text(now_us / 1000, TIME_Z, text));
	json_open_object(&w, "data");
	standard_person(v, h->who, &w);
	json_close(&w);
	json_close(&w);
}

void webhook_body(const struct webhook_target *t, const struct view *v,
		  const struct happening *h, const char *event, int64_t now_us,
		  struct buf *out)
{
	static void (*const bodies[VENDOR_COUNT])(
		const struct webhook_target *, const struct view *,
		const struct happening *, const char *, int64_t,
		struct buf *) = {
		[VENDOR_BAMBOOHR] = bamboohr_body,
		[VENDOR_HIBOB] = hibob_body,
		[VENDOR_RIPPLING] = rippling_body,
		[VENDOR_STANDARD] = standard_body,
	};

	bodies[t->vendor](t, v, h, event, now_us, out);
}

/* --- signatures --- */

int webhook_target_open(struct webhook_target *t, struct err *err)
{
	static const struct str whsec = { "whsec_", 6 };
	unsigned char key[CREDENTIAL_SIZE];
	struct str secret = str_of(t->secret);
	enum hmac_algorithm alg =
		t->vendor == VENDOR_HIBOB ? HMAC_SHA512 : HMAC_SHA256;
	size_t len;

	if (t->vendor == VENDOR_RIPPLING)
		return 0;
	if (t->vendor == VENDOR_STANDARD) {
		if (!str_starts(secret, whsec) ||
		    !decode(ENCODING_BASE64,
			    (struct str){ secret.ptr + whsec.len,
					  secret.len - whsec.len },
			    key, sizeof(key), &len))
			return err_set(err, ERR_INVALID,
				       "secret: whsec_ and base64");
		secret = (struct str){ (const char *)key, len };
	}
	return hmac_key_new(&t->key, alg, secret, err);
}

void webhook_target_close(struct webhook_target *t)
{
	hmac_key_free(&t->key);
}

static void add(struct webhook_headers *out, const char *name,
		const char *value)
{
	struct webhook_header *h = &out->items[out->count++];

	ASSERT(out->count <= WEBHOOK_HEADERS);
	h->name = name;
	(void)snprintf(h->value, sizeof(h->value), "%s", value);
}

static const char *signature(const struct webhook_target *t,
			     const struct str *parts, size_t count,
			     enum encoding form, bool spoil, struct buf *out)
{
	unsigned char mac[HMAC_MAX_SIZE];
	size_t len = hmac_compute(t->key, parts, count, mac);

	mac[0] ^= spoil; /* as long and as well formed, but wrong */
	encode(form, mac, len, out);
	return buf_z(out);
}

static void sign_bamboohr(const struct webhook_target *t, struct str body,
			  const char *time, bool spoil, struct buf *b,
			  struct webhook_headers *out)
{
	struct str parts[] = { body, str_of(time) };

	add(out, "X-BambooHR-Timestamp", time);
	add(out, "X-BambooHR-Signature",
	    signature(t, parts, 2, ENCODING_HEX, spoil, b));
	if (t->include_domain)
		add(out, "company-domain", BAMBOOHR_DOMAIN);
}

static void sign_standard(const struct webhook_target *t, struct str body,
			  const char *id, const char *time, bool spoil,
			  struct buf *b, struct webhook_headers *out)
{
	struct str parts[] = { str_of(id), STR("."), str_of(time), STR("."),
			       body };

	add(out, "webhook-id", id);
	add(out, "webhook-timestamp", time);
	buf_add_z(b, "v1,");
	add(out, "webhook-signature",
	    signature(t, parts, 5, ENCODING_BASE64, spoil, b));
}

void webhook_sign(const struct webhook_target *t, struct str body,
		  const char *id, int64_t time_s, bool spoil,
		  struct webhook_headers *out)
{
	bool form = t->form || t->vendor == VENDOR_RIPPLING;
	char time[24];
	struct buf b;

	(void)snprintf(time, sizeof(time), "%lld", (long long)time_s);
	buf_init(&b, 256);
	out->count = 0;
	add(out, "Content-Type",
	    form ? "application/x-www-form-urlencoded" : "application/json");
	if (t->vendor == VENDOR_BAMBOOHR) {
		sign_bamboohr(t, body, time, spoil, &b, out);
	} else if (t->vendor == VENDOR_STANDARD) {
		sign_standard(t, body, id, time, spoil, &b, out);
	} else if (t->vendor == VENDOR_HIBOB) {
		add(out, "Bob-Signature",
		    signature(t, &body, 1, ENCODING_BASE64, spoil, &b));
	} else if (t->secret[0]) {
		buf_addf(&b, "Bearer %s%s", t->secret, spoil ? "x" : "");
		add(out, "Authorization", buf_z(&b));
	}
	buf_release(&b);
}
