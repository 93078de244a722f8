/* The words of "person" that the providers at hand do not use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/assert.h"
#include "loader.h"
#include "person_map.h"
#include "json/json.h"

#define TODAY 20780 /* 2026-11-23 */

static const char mapping[] =
	"{\"id\":[\"/id\",\"/ids/1\"],\"version\":\"/seq\","
	"\"status\":{\"word\":\"/state\",\"rules\":["
	"{\"when\":[{\"at\":\"/active\",\"is\":false},"
	"{\"at\":\"/left\",\"date\":\"reached\"}],\"then\":\"departed\"},"
	"{\"when\":{\"at\":\"/active\",\"is\":true},\"then\":\"active\"},"
	"{\"when\":{\"at\":\"/"
	"state\",\"has\":\"leave\"},\"then\":\"on_leave\"},"
	"{\"when\":{\"at\":\"/last_day\",\"date\":\"past\"},"
	"\"then\":\"departed\"}"
	"],\"words\":{\"Not Started\":\"upcoming\"}},"
	"\"fields\":{"
	"\"start_date\":{\"from\":\"/start\",\"as\":\"date\","
	"\"format\":\"day/month/year\"},"
	"\"end_date\":{\"from\":\"/left\",\"as\":\"date\"},"
	"\"employment_type\":{\"from\":\"/kind\",\"as\":\"choice\","
	"\"choices\":{\"FULL_TIME\":\"Full time\",\"2\":\"Part time\"}},"
	"\"location\":{\"from\":[\"/site\",\"/city\"],\"empty\":\"absent\"},"
	"\"department\":{\"from\":\"/team\",\"null_with\":\"\"},"
	"\"email\":[{\"each\":\"/mails\",\"where\":\"/"
	"kind\",\"equals\":\"work\","
	"\"take\":\"/at\"},\"/email\"]}}";

struct fixture {
	struct arena arena;
	struct person_map map;
	struct surroundings around;
};

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *v;
	struct err err = { 0 };

	if (json_parse(&v, a, str_of(text), NULL, &err) < 0)
		fail_msg("%s: %s", err.text, text);
	return v;
}

static int setup(void **state)
{
	static struct fixture f;
	static struct err err;
	struct loader l = { .name = "t", .arena = &f.arena, .err = &err };

	arena_init(&f.arena, 1 << 20);
	f.around = surroundings_of(NULL, NULL, NULL, TODAY, &f.arena);
	*state = &f;
	if (load_nested(&l, parse(&f.arena, mapping), &f.map,
			&load_person_map) == 0)
		return 0;
	print_error("%s\n", err.text);
	return -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_release(&f->arena);
	return 0;
}

static const struct status_row {
	const char *text;
	enum person_status want;
	bool wrong;
} statuses[] = {
	{ "{\"id\":1,\"active\":true}", PERSON_ACTIVE, false },
	{ "{\"id\":1,\"active\":false,\"left\":\"2026-11-23\"}",
	  PERSON_DEPARTED, false },
	{ "{\"id\":1,\"active\":false,\"left\":\"2026-11-24\"}",
	  PERSON_STATUS_ABSENT, false },
	{ "{\"id\":1,\"active\":false,\"left\":\"2026-11-22T23:00:00Z\"}",
	  PERSON_DEPARTED, false },
	{ "{\"id\":1,\"active\":\"true\"}", PERSON_ACTIVE, false },
	{ "{\"id\":1,\"state\":\"on-LEAVE\"}", PERSON_ON_LEAVE, false },
	{ "{\"id\":1,\"last_day\":\"2026-11-22\"}", PERSON_DEPARTED, false },
	{ "{\"id\":1,\"last_day\":\"2026-11-23\"}", PERSON_STATUS_ABSENT,
	  false },
	{ "{\"id\":1,\"last_day\":\"\"}", PERSON_STATUS_ABSENT, false },
	{ "{\"id\":1,\"state\":\"cleaver\"}", PERSON_STATUS_UNKNOWN, false },
	{ "{\"id\":1,\"state\":\" not_started \"}", PERSON_UPCOMING, false },
	{ "{\"id\":1,\"state\":\"\"}", PERSON_STATUS_ABSENT, false },
	{ "{\"id\":1,\"state\":null}", PERSON_STATUS_ABSENT, false },
	{ "{\"id\":1,\"state\":[]}", PERSON_STATUS_ABSENT, true },
};

static void test_status_from_flags_dates_and_words(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		const struct status_row *r = &statuses[i];
		struct person p;
		uint32_t wrong;
		struct err err = { 0 };

		if (person_map_apply(&f->map, parse(&f->arena, r->text),
				     &f->around, &p, &wrong, &err) < 0)
			fail_msg("%s: %s", r->text, err.text);
		if (p.status != r->want)
			fail_msg("%s: %s", r->text,
				 person_status_name(p.status));
		assert_int_equal(wrong, r->wrong ? PERSON_STATUS_BIT : 0);
	}
}

#define REC(members) "{\"id\":\"1\"," members "}"

static const struct field_row {
	const char *text;
	enum person_field field;
	enum field_state want;
	const char *value;
	bool wrong;
} fields[] = {
	{ REC("\"start\":\"04/03/2024\""), PERSON_START_DATE, FIELD_VALUE,
	  "2024-03-04", false },
	{ REC("\"start\":\"2024-03-04\""), PERSON_START_DATE, FIELD_ABSENT,
	  NULL, true },
	{ REC("\"start\":\"31/04/2024\""), PERSON_START_DATE, FIELD_ABSENT,
	  NULL, true },
	{ REC("\"start\":20240304"), PERSON_START_DATE, FIELD_ABSENT, NULL,
	  true },
	{ REC("\"start\":\"00/00/0000\""), PERSON_START_DATE, FIELD_NULL, NULL,
	  false },
	{ REC("\"left\":\"2024-03-04T22:00:00+02:00\""), PERSON_END_DATE,
	  FIELD_VALUE, "2024-03-04", false },
	{ REC("\"left\":\"\""), PERSON_END_DATE, FIELD_NULL, NULL, false },
	{ REC("\"kind\":\"full-time\""), PERSON_EMPLOYMENT_TYPE, FIELD_VALUE,
	  "Full time", false },
	{ REC("\"kind\":2"), PERSON_EMPLOYMENT_TYPE, FIELD_VALUE, "Part time",
	  false },
	{ REC("\"kind\":\"gig\""), PERSON_EMPLOYMENT_TYPE, FIELD_ABSENT, NULL,
	  true },
	{ REC("\"kind\":null"), PERSON_EMPLOYMENT_TYPE, FIELD_NULL, NULL,
	  false },
	{ REC("\"site\":\"\",\"city\":\"Oslo\""), PERSON_LOCATION, FIELD_VALUE,
	  "Oslo", false },
	{ REC("\"site\":null"), PERSON_LOCATION, FIELD_ABSENT, NULL, false },
	{ REC("\"x\":1"), PERSON_LOCATION, FIELD_ABSENT, NULL, false },
	{ REC("\"x\":1"), PERSON_DEPARTMENT, FIELD_NULL, NULL, false },
	{ REC("\"team\":\"Data\""), PERSON_DEPARTMENT, FIELD_VALUE, "Data",
	  false },
	{ REC("\"team\":[]"), PERSON_DEPARTMENT, FIELD_ABSENT, NULL, true },
	{ REC("\"mails\":[{\"kind\":\"home\",\"at\":\"a@b\"},{\"kind\":"
	      "\"work\",\"at\":\" C@D.example \"}]"),
	  PERSON_EMAIL, FIELD_VALUE, "c@d.example", false },
	{ REC("\"mails\":[],\"email\":\"e@f\""), PERSON_EMAIL, FIELD_VALUE,
	  "e@f", false },
	{ REC("\"mails\":\"x\",\"email\":null"), PERSON_EMAIL, FIELD_NULL, NULL,
	  false },
	{ REC("\"email\":\"@f\""), PERSON_EMAIL, FIELD_ABSENT, NULL, true },
	{ REC("\"email\":\"e@\""), PERSON_EMAIL, FIELD_ABSENT, NULL, true },
	{ REC("\"email\":\"e f@g\""), PERSON_EMAIL, FIELD_ABSENT, NULL, true },
	{ REC("\"email\":{}"), PERSON_EMAIL, FIELD_ABSENT, NULL, true },
};

static void test_fields_are_absent_null_or_valued(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field_row *r = &fields[i];
		const struct field *got;
		struct person p;
		uint32_t wrong;
		struct err err = { 0 };

		if (person_map_apply(&f->map, parse(&f->arena, r->text),
				     &f->around, &p, &wrong, &err) < 0)
			fail_msg("%s: %s", r->text, err.text);
		got = &p.fields[r->field];
		if (got->state != r->want ||
		    (r->value && !str_is(got->value, r->value)))
			fail_msg("%s: %d '%.*s'", r->text, got->state,
				 STR_ARG(got->value));
		assert_int_equal(wrong, r->wrong ? PERSON_BIT(r->field) : 0);
	}
}

static const struct id_row {
	const char *text;
	const char *want; /* NULL: refused */
} ids[] = {
	{ "{\"id\":\" a \"}", "a" },
	{ "{\"id\":123456789012345678901}", "123456789012345678901" },
	{ "{\"ids\":[\"x\",\"y\"]}", "y" },
	{ "{\"id\":\"\",\"ids\":[0,1]}", "1" },
	{ "{\"id\":\"  \"}", NULL },
	{ "{\"id\":null}", NULL },
	{ "{\"id\":{}}", NULL },
	{ "{\"id\":true}", NULL },
	{ "{}", NULL },
	{ "[]", NULL },
	{ "1", NULL },
};

static void test_a_person_has_an_id(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct person p;
		uint32_t wrong;
		struct err err = { 0 };
		int res =
			person_map_apply(&f->map, parse(&f->arena, ids[i].text),
					 &f->around, &p, &wrong, &err);

		if (!ids[i].want) {
			assert_int_equal(res, -1);
			assert_int_equal(err.kind, ERR_INVALID);
			continue;
		}
		if (res < 0 || !str_is(p.pid, ids[i].want))
			fail_msg("%s: %s", ids[i].text, err.text);
	}
}

static const struct version_row {
	const char *text;
	int64_t want; /* -1: refused */
} versions[] = {
	{ "{\"seq\":17}", 17 },
	{ "{\"seq\":\"2026-11-23T00:00:00.5Z\"}", 1795392000500 },
	{ "{\"seq\":null}", 0 },
	{ "{}", 0 },
	{ "{\"seq\":1.5}", -1 },
	{ "{\"seq\":\"soon\"}", -1 },
	{ "{\"seq\":99999999999999999999}", -1 },
};

static void test_a_version_is_an_integer_or_a_time(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		const struct version_row *r = &versions[i];
		struct err err = { 0 };
		int64_t got = -2;
		int res = person_map_version(&f->map, parse(&f->arena, r->text),
					     &f->around, &got, &err);

		if (r->want < 0)
			assert_int_equal(res, -1);
		else if (res < 0 || got != r->want)
			fail_msg("%s: %lld %s", r->text, (long long)got,
				 err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_from_flags_dates_and_words),
		cmocka_unit_test(test_fields_are_absent_null_or_valued),
		cmocka_unit_test(test_a_person_has_an_id),
		cmocka_unit_test(test_a_version_is_an_integer_or_a_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
