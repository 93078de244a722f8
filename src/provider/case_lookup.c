/* Cases of reading one person: "<case>.fetch.json", "<case>.answer.json". */
#include "base/assert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "canonical.h"
#include "case.h"
#include "provider/fetch.h"

static void write_request(struct json_writer *w, const struct fetch_request *r)
{
	json_add_z(w, "method", r->method);
	json_add_z(w, "url", r->url);
	json_open_object(w, "headers");
	for (size_t i = 0; i < r->header_count; i++) {
		ASSERT(r->headers[i].name.ptr[r->headers[i].name.len] == '\0');
		json_add_string(w, r->headers[i].name.ptr, r->headers[i].value);
	}
	json_close(w);
	if (r->body.ptr)
		json_add_raw(w, "body", r->body);
}

int case_fetch(struct case_run *c, struct err *err)
{
	const struct fetch_context ctx = {
		.credentials = json_get(c->input, "credentials"),
		.settings = json_get(c->input, "settings"),
	};
	struct str pid = json_string(json_get(c->input, "person_id"));
	struct fetch_request r;
	struct err why = { .kind = ERR_NONE };
	struct json_writer w;
	struct buf got;

	if (!c->m->has_lookup)
		return err_set(err, ERR_CONFIG, "the manifest has no 'fetch'");
	buf_init(&got, 1 << 20);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	if (fetch_one_request(c->m, &ctx, pid, c->arena, &r, &why) < 0)
		json_add_z(&w, "error", err_policy(why.kind)->name);
	else
		write_request(&w, &r);
	json_close(&w);
	case_compare(c, &got);
	buf_release(&got);
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

static void write_person(struct json_writer *w, const struct fetched *f,
			 struct arena *a)
{
	struct change c = { .person = f->person };
	const struct json *event;
	struct buf text;

	buf_init(&text, 1 << 16);
	change_encode(&c, &text);
	if (json_parse(&event, a, buf_str(&text), NULL, NULL) < 0)
		event = NULL;
	buf_release(&text);
	json_add_value(w, "person", json_get(event, "person"));
	json_add_int(w, "version", f->version);
	case_write_wrong(w, f->wrong);
}

/* A body is a text as it came, or JSON to be written as one. */
static int read_body(struct case_run *c, struct str *out, struct err *err)
{
	const struct json *v = json_get(c->input, "body");

	*out = json_string(v);
	if (out->ptr || !v)
		return 0;
	return json_canonical(v, c->arena, out, err);
}

int case_answer(struct case_run *c, struct err *err)
{
	const struct fetch_context ctx = {
		.settings = json_get(c->input, "settings"),
	};
	int64_t status, today;
	enum fetch_outcome outcome;
	struct fetched f;
	struct str body;
	struct json_writer w;
	struct buf got;

	if (!c->m->has_lookup)
		return err_set(err, ERR_CONFIG, "the manifest has no 'fetch'");
	if (!json_int(json_get(c->input, "status"), &status) || status < 100 ||
	    status > 599 ||
	    !clock_parse_day(json_string(json_get(c->input, "today")), &today))
		return err_set(err, ERR_CONFIG,
			       "'status' or 'today' is missing or wrong");
	if (read_body(c, &body, err) < 0)
		return -1;
	outcome = fetch_one_read(c->m, &ctx, (int)status, body, NULL, today,
				 c->arena, &f, NULL);
	buf_init(&got, 1 << 20);
	json_writer_init(&w, &got);
	json_open_object(&w, NULL);
	json_add_z(&w, "outcome", outcomes[outcome]);
	if (outcome == FETCH_PERSON)
		write_person(&w, &f, c->arena);
	json_close(&w);
	case_compare(c, &got);
	buf_release(&got);
	return 0;
}
