/* Jobs and their replies as JSON, and back. */
#include "registry/job.h"

#include "base/assert.h"
#include "rows.h"
#include "json/write.h"

#define ID_MAX (RANDOM_ID_SIZE - 1)

static const struct {
	const char *name;
	bool asked;
} kinds[JOB_KIND_COUNT] = {
	[JOB_RUN] = { "run", false },
	[JOB_STOP] = { "stop", false },
	[JOB_TEST] = { "test", true },
	[JOB_FIELDS] = { "fields", true },
	[JOB_REGISTER] = { "register", true },
	[JOB_UNREGISTER] = { "unregister", true },
	[JOB_AUTHORIZE] = { "authorize", true },
	[JOB_CONFIRM] = { "confirm", true },
	[JOB_CAPTURED] = { "captured", false },
	[JOB_RENEW] = { "renew", false },
};

const char *job_kind_name(enum job_kind k)
{
	ASSERT((unsigned)k < JOB_KIND_COUNT);
	return kinds[k].name;
}

bool job_is_asked(enum job_kind k)
{
	ASSERT((unsigned)k < JOB_KIND_COUNT);
	return kinds[k].asked;
}

static bool find_kind(struct str name, enum job_kind *out)
{
	for (unsigned i = 0; i < JOB_KIND_COUNT; i++) {
		if (str_is(name, kinds[i].name)) {
			*out = (enum job_kind)i;
			return true;
		}
	}
	return false;
}

void job_encode(const struct job *j, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "format", JOB_FORMAT);
	json_add_z(&w, "id", j->id);
	json_add_z(&w, "kind", job_kind_name(j->kind));
	json_add_string(&w, "organization", j->organization);
	json_add_string(&w, "connection", j->connection);
	if (j->until_ms)
		json_add_int(&w, "until_ms", j->until_ms);
	if (j->input)
		json_add_value(&w, "input", j->input);
	json_close(&w);
}

/* ---------------------------------------------------------------- decoding */

static int check_format(const struct json *root, struct err *err)
{
	int64_t format;

	if (!json_is(root, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "not an object");
	if (!json_int(json_get(root, "format"), &format) ||
	    format != JOB_FORMAT)
		return err_set(err, ERR_INVALID, "format is not %d",
			       JOB_FORMAT);
	return 0;
}

static int need_id(const struct json *root, const char *key, struct str *out,
		   struct err *err)
{
	*out = json_string(json_get(root, key));
	if (!out->len || out->len > ID_MAX)
		return err_set(err, ERR_INVALID, "%s is not an id", key);
	return 0;
}

static int decode_members(struct job *j, const struct json *root,
			  struct err *err)
{
	const struct json *until = json_get(root, "until_ms");
	struct str id;

	if (check_format(root, err) < 0 || need_id(root, "id", &id, err) < 0 ||
	    need_id(root, "organization", &j->organization, err) < 0 ||
	    need_id(root, "connection", &j->connection, err) < 0)
		return -1;
	rows_copy_id(j->id, id);
	if (!find_kind(json_string(json_get(root, "kind")), &j->kind))
		return err_set(err, ERR_INVALID, "kind is not known");
	if (until && !json_int(until, &j->until_ms))
		return err_set(err, ERR_INVALID, "until_ms is not a time");
	j->input = json_get(root, "input");
	if (j->input && !json_is(j->input, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "input is not an object");
	return 0;
}

int job_decode(struct job *j, struct arena *a, struct str text, struct err *err)
{
	const struct json_limits limits = { .bytes = JOB_TEXT_MAX,
					    .depth = 8,
					    .values = 1000 };
	struct job out = { .until_ms = 0 };
	const struct json *root;

	if (json_parse(&root, a, text, &limits, err) < 0 ||
	    decode_members(&out, root, err) < 0)
		return err_prefix(err, "job");
	*j = out;
	return 0;
}

/* ----------------------------------------------------------------- replies */

void job_reply_encode(const struct job_reply *r, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_open_object(&w, NULL);
	json_add_int(&w, "format", JOB_FORMAT);
	if (r->err.kind == ERR_NONE) {
		json_add_raw(&w, "result", r->result);
	} else {
		json_open_object(&w, "error");
		json_add_z(&w, "kind", err_policy(r->err.kind)->name);
		json_add_z(&w, "text", r->err.text);
		json_close(&w);
	}
	json_close(&w);
}

/* One of another version is taken for our own mistake. */
static enum err_kind kind_of(struct str name)
{
	for (unsigned i = ERR_NONE + 1; i < ERR_KIND_COUNT; i++)
		if (str_is(name, err_policy((enum err_kind)i)->name))
			return (enum err_kind)i;
	return ERR_BUG;
}

/* Written anew: what is read strictly here leaves as it was understood. */
static int copy_result(const struct json *v, struct arena *a, struct str *out,
		       struct err *err)
{
	struct json_writer w;
	struct buf text;
	int result;

	if (!json_is(v, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "result is not an object");
	buf_init(&text, JOB_REPLY_MAX);
	json_writer_init(&w, &text);
	json_add_value(&w, NULL, v);
	result = buf_check(&text, "a reply", err);
	if (result == 0)
		*out = arena_dup(a, buf_str(&text));
	buf_release(&text);
	if (result == 0 && !out->ptr)
		result = arena_full(a, err);
	return result;
}

int job_reply_decode(struct job_reply *r, struct arena *a, struct str text,
		     struct err *err)
{
	const struct json_limits limits = { .bytes = JOB_REPLY_MAX,
					    .depth = 16,
					    .values = 100000 };
	struct job_reply out = { .err = { .kind = ERR_NONE } };
	const struct json *root, *error;

	if (json_parse(&root, a, text, &limits, err) < 0 ||
	    check_format(root, err) < 0)
		return err_prefix(err, "reply");
	error = json_get(root, "error");
	if (error)
		err_fill(&out.err,
			 kind_of(json_string(json_get(error, "kind"))), "%.*s",
			 STR_ARG(json_string(json_get(error, "text"))));
	else if (copy_result(json_get(root, "result"), a, &out.result, err) < 0)
		return err_prefix(err, "reply");
	*r = out;
	return 0;
}
