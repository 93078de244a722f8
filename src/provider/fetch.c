/* Reading one person back: the request, and what its answer means. */
#include "provider/fetch.h"

#include "base/assert.h"
#include "parts.h"
#include "source.h"

int fetch_one_request(const struct manifest *m, const struct fetch_context *ctx,
		      struct str pid, struct arena *a,
		      struct fetch_request *out, struct err *err)
{
	const struct call_value person = { PERSON_ID_NAME, pid, false };
	const struct call_values values = {
		.items = &person,
		.count = 1,
		.ids = &pid,
		.id_count = 1,
	};

	if (!m->has_lookup)
		return err_set(err, ERR_CONFIG, "%s cannot be read from",
			       m->title);
	if (!pid.len || pid.len > PERSON_ID_MAX_BYTES)
		return err_set(err, ERR_INVALID,
			       "a person's id has 1 to %d bytes",
			       PERSON_ID_MAX_BYTES);
	return call_request(m, ctx, &m->fetch.one.call, &values, a, out, err);
}

/* What a status means when the manifest does not say otherwise. */
struct status_row {
	int from, to;
	enum fetch_outcome outcome;
	enum err_kind kind;
	const char *text;
};

static const struct status_row status_rows[] = {
	{ 401, 401, FETCH_CREDENTIALS, ERR_AUTH,
	  "the HRIS refuses the credentials" },
	{ 403, 403, FETCH_FORBIDDEN, ERR_FORBIDDEN,
	  "the credentials may not see this person" },
	{ 408, 408, FETCH_RETRY, ERR_TEMP, "the HRIS timed out" },
	{ 425, 425, FETCH_RETRY, ERR_TEMP, "the HRIS wants it later" },
	{ 429, 429, FETCH_RETRY, ERR_TEMP, "the HRIS asks to slow down" },
	{ 500, 599, FETCH_RETRY, ERR_TEMP, "the HRIS has a fault" },
};

static enum fetch_outcome refused(const struct manifest *m, int status,
				  struct err *err)
{
	if (call_is_gone(&m->fetch.one.call, status)) {
		(void)err_set(err, ERR_NOT_FOUND,
			      "the HRIS has no such person (%d)", status);
		return FETCH_GONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(status_rows); i++) {
		const struct status_row *r = &status_rows[i];

		if (status < r->from || status > r->to)
			continue;
		(void)err_set(err, r->kind, "%s (%d)", r->text, status);
		return r->outcome;
	}
	(void)err_set(err, ERR_INVALID, "the HRIS answered %d", status);
	return FETCH_UNREADABLE;
}

static const struct json *find_record(const struct manifest *m,
				      const struct json *root,
				      const struct surroundings *around)
{
	const struct json *v =
		sources_find(&m->fetch.one.person, root, around).value;

	return json_is(v, JSON_OBJECT) ? v : NULL;
}

enum fetch_outcome fetch_one_read(const struct manifest *m,
				  const struct fetch_context *ctx, int status,
				  struct str body, struct read_tables *tables,
				  int64_t today, struct arena *a,
				  struct fetched *out, struct err *err)
{
	const struct surroundings around =
		surroundings_of(m, ctx, tables, today, a);
	const struct json *root, *record;

	ASSERT(m->has_lookup);
	if (status != 200)
		return refused(m, status, err);
	if (json_parse(&root, a, body, NULL, err) < 0) {
		(void)err_prefix(err, "the HRIS's answer");
		return FETCH_UNREADABLE;
	}
	record = find_record(m, root, &around);
	if (!record) {
		(void)err_set(err, ERR_INVALID,
			      "the HRIS's answer holds no person");
		return FETCH_UNREADABLE;
	}
	if (person_map_fetched(&m->person, record, &around, out, err) < 0)
		return FETCH_UNREADABLE;
	return FETCH_PERSON;
}

int64_t fetch_delay_ms(const struct manifest *m)
{
	return m->fetch.delay_s * 1000;
}
