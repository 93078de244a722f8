/*
 * The sandbox as the shipped manifests read it: each vendor's request is
 * built from its manifest, sent, and the answer read by it again. What comes
 * out must be the person that the company has.
 */
#include "sandbox_world.h"

#include "provider/fetch.h"
#include "text.h"

#define PEOPLE 120
#define TODAY  20780 /* 2026-11-23 */

struct reader {
	struct world *w;
	struct manifest_set *set;
	struct arena arena;
	struct fetch_context ctx;
};

/* Those whose manifest reads one person in one call. */
static const enum vendor vendors[] = { VENDOR_BAMBOOHR, VENDOR_HIBOB,
				       VENDOR_RIPPLING };

static struct fetch_context context(struct world *w, struct arena *a)
{
	const struct credentials *c = &w->sandbox->credentials;
	struct fetch_context ctx = { 0 };
	char *text;

	text = arena_printf(
		a,
		"{\"api_key\":\"%s\",\"service_user_id\":\"%s\","
		"\"service_user_token\":\"%s\",\"api_token\":\"%s\"}",
		c->text[CRED_BAMBOOHR_KEY], c->text[CRED_HIBOB_ID],
		c->text[CRED_HIBOB_TOKEN], c->text[CRED_RIPPLING_TOKEN]);
	assert_int_equal(
		json_parse(&ctx.credentials, a, str_of(text), NULL, NULL), 0);
	text = arena_printf(a,
			    "{\"base_url\":\"%s\",\"subdomain\":\"sandbox\","
			    "\"api_version\":\"2024-08-01\"}",
			    w->base);
	assert_int_equal(json_parse(&ctx.settings, a, str_of(text), NULL, NULL),
			 0);
	return ctx;
}

static int setup(void **state)
{
	static struct reader r;
	struct err err = { 0 };

	r = (struct reader){ .w = world_open(PEOPLE) };
	arena_init(&r.arena, 16 << 20);
	world_must(manifest_set_load(&r.set, "providers", &err), &err);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	struct reader *r = *state;

	manifest_set_unref(&r->set);
	arena_release(&r->arena);
	world_close(r->w);
	return 0;
}

/* Send what the manifest says and wait for the answer. */
static void send_request(struct world *w, const struct fetch_request *req)
{
	struct http_call_header headers[FETCH_MAX_HEADERS];
	struct http_call_spec spec = { .method = req->method,
				       .url = req->url,
				       .headers = headers,
				       .header_count = req->header_count,
				       .body = req->body };
	struct err err = { 0 };

	for (size_t i = 0; i < req->header_count; i++)
		headers[i] = (struct http_call_header){ req->headers[i].name,
							req->headers[i].value };
	free(w->body);
	w->body = NULL;
	w->answered = false;
	world_must(http_client_start(w->client, &spec, world_answer, w, NULL,
				     &err),
		   &err);
	while (!w->answered)
		loop_turn(w->loop, 50);
}

static enum fetch_outcome read_person(struct reader *r, enum vendor v,
				      uint32_t n, struct fetched *out)
{
	const struct manifest *m =
		manifest_set_find(r->set, str_of(vendor_name(v)));
	struct fetch_request req = { 0 };
	char id[VENDOR_ID_SIZE];
	struct err err = { 0 };
	enum fetch_outcome outcome;

	assert_non_null(m);
	arena_clear(&r->arena);
	r->ctx = context(r->w, &r->arena);
	vendor_id(v, &r->w->sandbox->company, n, id);
	world_must(fetch_one_request(m, &r->ctx, str_of(id), &r->arena, &req,
				     &err),
		   &err);
	send_request(r->w, &req);
	outcome = fetch_one_read(m, &r->ctx, r->w->status, str_of(r->w->body),
				 NULL, TODAY, &r->arena, out, &err);
	if (outcome == FETCH_UNREADABLE)
		fail_msg("%s %u: %s", vendor_name(v), n, err.text);
	return outcome;
}

static void check_field(const struct person *p, enum person_field f,
			const char *want)
{
	if (!want[0]) {
		assert_int_not_equal(p->fields[f].state, FIELD_VALUE);
		return;
	}
	assert_int_equal(p->fields[f].state, FIELD_VALUE);
	assert_str(p->fields[f].value, want);
}

static void check_person(struct reader *r, enum vendor v, uint32_t n)
{
	static const enum person_status statuses[] = {
		[EMPLOYEE_UPCOMING] = PERSON_UPCOMING,
		[EMPLOYEE_ACTIVE] = PERSON_ACTIVE,
		[EMPLOYEE_ON_LEAVE] = PERSON_ON_LEAVE,
		[EMPLOYEE_DEPARTED] = PERSON_DEPARTED,
	};
	struct fetched f = { 0 };
	struct employee e;
	char text[TEXT_SIZE], id[VENDOR_ID_SIZE] = "";
	enum person_status want;

	assert_true(company_get(&r->w->sandbox->company, n, &e));
	assert_int_equal(read_person(r, v, n, &f), FETCH_PERSON);
	want = statuses[e.status];
	if (want == PERSON_ON_LEAVE && v != VENDOR_HIBOB)
		want = PERSON_ACTIVE; /* leave is no status of theirs */
	assert_int_equal(f.person.status, want);
	assert_int_equal(f.wrong, 0);
	check_field(&f.person, PERSON_EMAIL, e.email);
	check_field(&f.person, PERSON_FIRST_NAME, e.first);
	check_field(&f.person, PERSON_LAST_NAME, e.last);
	check_field(&f.person, PERSON_JOB_TITLE, e.title);
	check_field(&f.person, PERSON_DEPARTMENT,
		    employee_text(&e, FIELD_DEPARTMENT, text));
	check_field(&f.person, PERSON_START_DATE,
		    employee_text(&e, FIELD_START, text));
	check_field(&f.person, PERSON_EMPLOYEE_NUMBER,
		    employee_text(&e, FIELD_NUMBER, text));
	if (e.manager != EMPLOYEE_NONE)
		vendor_id(v, &r->w->sandbox->company, e.manager, id);
	check_field(&f.person, PERSON_MANAGER_ID, id);
}

static void test_everybody_is_read_as_they_are(void **state)
{
	struct reader *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++)
		for (uint32_t n = 0; n < PEOPLE; n++)
			check_person(r, vendors[i], n);
}

static void test_what_was_done_to_people_is_read(void **state)
{
	struct reader *r = *state;
	struct company *c = &r->w->sandbox->company;
	struct edit later = { 0 };
	uint32_t hired, back;

	later.text[FIELD_START] = STR("2026-12-24");
	assert_int_equal(company_depart(c, 3, NO_DAY, NULL), 0);
	assert_int_equal(company_leave(c, 4, NULL), 0);
	assert_int_equal(company_hire(c, &later, &hired, NULL), 0);
	assert_int_equal(company_depart(c, 5, NO_DAY, NULL), 0);
	assert_int_equal(company_rehire(c, 5, REHIRE_NEW_ID, &back, NULL), 0);
	company_renumber(c);
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		check_person(r, vendors[i], 3);
		check_person(r, vendors[i], 4);
		check_person(r, vendors[i], 5);
		check_person(r, vendors[i], hired);
		check_person(r, vendors[i], back);
	}
}

static void test_refusals_are_understood(void **state)
{
	static const struct {
		const char *faults;
		enum fetch_outcome want;
	} rows[] = {
		{ "{\"revoked\":true}", FETCH_CREDENTIALS },
		{ "{\"forbidden\":true}", FETCH_FORBIDDEN },
		{ "{\"throttle_percent\":100}", FETCH_RETRY },
		{ "{\"error_percent\":100}", FETCH_RETRY },
	};
	struct reader *r = *state;
	struct fetched f = { 0 };

	assert_int_equal(company_delete(&r->w->sandbox->company, 9, NULL), 0);
	for (size_t k = 0; k < ARRAY_LEN(vendors); k++) {
		char path[64];

		assert_int_equal(read_person(r, vendors[k], 9, &f), FETCH_GONE);
		(void)snprintf(path, sizeof(path), "/sandbox/faults/%s",
			       vendor_name(vendors[k]));
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			control(r->w, "PATCH", path, rows[i].faults);
			assert_int_equal(read_person(r, vendors[k], 1, &f),
					 rows[i].want);
			control(r->w, "DELETE", path, NULL);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everybody_is_read_as_they_are),
		TEST(test_what_was_done_to_people_is_read),
		TEST(test_refusals_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
