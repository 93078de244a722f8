/* Cases of reading one person: "<case>.fetch.json", "<case>.answer.json". */
#include "base/buf.h"
#include "base/clock.h"
#include "case.h"
#include "provider/fetch.h"
#include "provider/read.h"

int case_fetch(struct case_run *c, struct err *err)
{
	struct mapping *mapping = NULL;
	struct fetch_context ctx;
	struct str pid = json_string(json_get(c->input, "person_id"));
	struct fetch_request r;
	struct err why = { .kind = ERR_NONE };
	struct json_writer w;
	struct buf got;

	if (!manifest_has_lookup(c->m))
		return err_set(err, ERR_CONFIG, "the manifest has no 'fetch'");
	if (case_context(c, &ctx, &mapping, err) < 0)
		return -1;
	buf_init(&got, 1 << 20);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	if (fetch_one_request(c->m, &ctx, pid, c->arena, &r, &why) < 0)
		json_add_z(&w, "error", err_policy(why.kind)->name);
	else
		case_write_request(c, &w, &r);
	json_close(&w);
	case_compare(c, &got);
	buf_release(&got);
	mapping_free(&mapping);
	return 0;
}

static const char *const outcomes[] = {
	[FETCH_PERSON] = "person",
	[FETCH_DETAIL] = "detail",
	[FETCH_GONE] = "gone",
	[FETCH_RETRY] = "retry",
	[FETCH_CREDENTIALS] = "credentials",
	[FETCH_FORBIDDEN] = "forbidden",
	[FETCH_UNREADABLE] = "unreadable",
};

static int write_answer(struct case_run *c, const struct fetch_context *ctx,
			int status, int64_t today, struct json_writer *w,
			struct err *err)
{
	struct read_tables *tables = read_tables_new();
	enum fetch_outcome outcome;
	struct fetched f;
	struct str body;
	int res = 0;

	if (case_body(c, c->input, &body, err) < 0) {
		read_tables_free(&tables);
		return -1;
	}
	outcome = fetch_one_read(c->m, ctx, status, body, tables, today,
				 c->arena, &f, NULL);
	json_add_z(w, "outcome", outcomes[outcome]);
	if (outcome == FETCH_PERSON)
		case_write_fetched(c, w, &f);
	if (outcome == FETCH_DETAIL)
		res = case_write_detailed(c, ctx, tables, today, &f, w, err);
	read_tables_free(&tables);
	return res;
}

int case_answer(struct case_run *c, struct err *err)
{
	struct mapping *mapping = NULL;
	struct fetch_context ctx;
	int64_t status, today;
	struct json_writer w;
	struct buf got;
	int res;

	if (!manifest_has_lookup(c->m))
		return err_set(err, ERR_CONFIG, "the manifest has no 'fetch'");
	if (!json_int(json_get(c->input, "status"), &status) || status < 100 ||
	    status > 599 ||
	    !clock_parse_day(json_string(json_get(c->input, "today")), &today))
		return err_set(err, ERR_CONFIG,
			       "'status' or 'today' is missing or wrong");
	if (case_context(c, &ctx, &mapping, err) < 0)
		return -1;
	buf_init(&got, 1 << 20);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	res = write_answer(c, &ctx, (int)status, today, &w, err);
	json_close(&w);
	if (res == 0)
		case_compare(c, &got);
	buf_release(&got);
	mapping_free(&mapping);
	return res;
}
