/*
 * The job "test": is all entered, and do the calls that the manifest names for
 * it give what they should? One after the other, for an admin who waits.
 */
#include "inquiry.h"
#include "job_kinds.h"
#include "provider/check.h"
#include "registry/registry.h"
#include "json/write.h"

#include "base/clock.h"
#include "base/mem.h"
#include "desk.h"

#include <stdlib.h>

#define CALL_MS	     15000
#define ANSWER_MAX   ((size_t)16 << 20)
#define ANSWER_ARENA ((size_t)64 << 20) /* of one, parsed */
#define SETUP_ARENA  ((size_t)1 << 20)
#define NAMES_MAX    320 /* bytes of what is missing, in words */

struct tryout {
	struct inquiry inquiry;
	struct json_writer w; /* of the result: its checks are open */
	size_t at;	      /* the check under way */
	bool failed;	      /* one that is no warning */
};

static void tryout_free(struct inquiry *q)
{
	struct tryout *t = CONTAINER_OF(q, struct tryout, inquiry);

	inquiry_close(q);
	free(t);
}

static const struct manifest *manifest_of(const struct tryout *t)
{
	return t->inquiry.setup->manifest;
}

/* --------------------------------------------------------------- verdicts */

static void add_verdict(struct tryout *t, const struct check_verdict *v)
{
	struct json_writer *w = &t->w;

	json_open_object(w, NULL);
	json_add_z(w, "name", v->name);
	json_add_z(w, "title", v->title);
	json_add_bool(w, "ok", v->ok);
	json_add_bool(w, "warning", v->warning);
	json_add_z(w, "detail", v->detail);
	if (v->remedy)
		json_add_z(w, "remedy", v->remedy);
	else
		json_add_null(w, "remedy");
	json_close(w);
	t->failed = t->failed || (!v->ok && !v->warning);
}

static void add_own(struct tryout *t, bool ok, bool warning, const char *detail,
		    const char *remedy)
{
	struct check_verdict v = { .name = "setup",
				   .title = "Settings and credentials",
				   .ok = ok,
				   .warning = warning,
				   .remedy = remedy };

	(void)snprintf(v.detail, sizeof(v.detail), "%s", detail);
	add_verdict(t, &v);
}

/* What stopped its reads may be mended: the next call need not wait. */
static void finish(struct tryout *t)
{
	const struct source_news good = { .good = true };

	json_close(&t->w);
	json_add_bool(&t->w, "ok", !t->failed);
	json_close(&t->w);
	if (!t->failed)
		source_heed(t->inquiry.source, &good);
	inquiry_done(&t->inquiry);
}

/* ------------------------------------------------------------------ setup */

struct missing {
	char api[NAMES_MAX];	 /* without which no call can be made */
	char webhook[NAMES_MAX]; /* without which no webhook is taken */
};

static void add_name(char *names, const char *label)
{
	size_t len = strlen(names);

	(void)snprintf(names + len, NAMES_MAX - len, "%s%s", len ? ", " : "",
		       label);
}

static bool is_set(const struct credential *list, size_t count,
		   const char *field)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(list[i].field, field))
			return true;
	return false;
}

static void find_missing(const struct tryout *t, const struct credential *list,
			 size_t count, struct missing *out)
{
	const struct manifest *m = manifest_of(t);
	const struct json *settings = t->inquiry.setup->settings;

	for (size_t i = 0; i < manifest_setting_count(m); i++) {
		const struct setting_field *s = manifest_setting(m, i);

		if (s->required && !json_get(settings, s->name))
			add_name(out->api, s->label);
	}
	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		const struct credential_field *f = manifest_credential(m, i);

		if (manifest_needs_credential(m, i, settings) &&
		    !is_set(list, count, f->name))
			add_name(f->webhook ? out->webhook : out->api,
				 f->label);
	}
}

/* False: there is no point in calling. */
static bool check_missing(struct tryout *t, const struct missing *missing)
{
	char text[NAMES_MAX + 64];

	if (missing->api[0]) {
		(void)snprintf(text, sizeof(text), "Not entered yet: %s.",
			       missing->api);
		add_own(t, false, false, text, "Enter them, then test again.");
		return false;
	}
	if (missing->webhook[0]) {
		(void)snprintf(text, sizeof(text),
			       "Not entered yet: %s. Webhooks are refused.",
			       missing->webhook);
		add_own(t, false, true, text,
			"Make the webhook in the HR system, and enter it.");
		return true;
	}
	add_own(t, true, false, "All that is needed is entered.", NULL);
	return true;
}

static int check_setup(struct tryout *t, bool *go_on, struct err *err)
{
	const struct desk *d = t->inquiry.chore->desk;
	struct missing missing = { .api = "" };
	struct credential *list;
	struct arena a;
	size_t count;
	int result;

	arena_init(&a, SETUP_ARENA);
	result = registry_list_credentials(d->db, source_id(t->inquiry.source),
					   clock_wall_ms(), &a, &list, &count,
					   err);
	if (result == 0) {
		find_missing(t, list, count, &missing);
		*go_on = check_missing(t, &missing);
	}
	arena_release(&a);
	return result;
}

/* ------------------------------------------------------------------ calls */

static void next(struct tryout *t);

static int build_cb(const struct fetch_context *ctx, struct arena *a,
		    struct fetch_request *out, void *arg, struct err *err)
{
	const struct tryout *t = arg;

	return check_request(manifest_of(t), t->at, ctx, a, out, err);
}

static void judge(struct tryout *t, const struct http_answer *answer)
{
	struct fetch_context ctx = setup_context(t->inquiry.setup);
	struct check_verdict v[CHECK_MAX_VERDICTS];
	struct arena a;
	size_t count = 1;

	arena_init(&a, ANSWER_ARENA);
	if (answer->status)
		count = check_judge(manifest_of(t), t->at, &ctx, answer->status,
				    answer->body, &a, v);
	else
		check_failed(manifest_of(t), t->at, &answer->err, &v[0]);
	for (size_t i = 0; i < count; i++)
		add_verdict(t, &v[i]);
	arena_release(&a);
}

/* After these all others would fail in the same way. */
static bool ends_all(const struct http_answer *answer)
{
	return answer->status == 0 || answer->status == 401;
}

static void answered_cb(const struct http_answer *answer, void *arg)
{
	struct tryout *t = arg;

	judge(t, answer);
	t->at++;
	if (ends_all(answer))
		finish(t);
	else
		next(t);
}

static void next(struct tryout *t)
{
	struct fetch_context ctx = setup_context(t->inquiry.setup);
	const struct wire_spec spec = { .build = build_cb,
					.ended = answered_cb,
					.max_body_bytes = ANSWER_MAX,
					.total_ms = CALL_MS,
					.arg = t };

	while (t->at < check_count(manifest_of(t)) &&
	       !check_applies(manifest_of(t), t->at, &ctx))
		t->at++;
	if (t->at == check_count(manifest_of(t)))
		finish(t);
	else
		inquiry_call(&t->inquiry, &spec);
}

static void begin(struct tryout *t)
{
	struct err err = { 0 };
	bool go_on = false;

	json_writer_init(&t->w, &t->inquiry.result);
	json_open_object(&t->w, NULL);
	json_open_array(&t->w, "checks");
	if (check_setup(t, &go_on, &err) < 0)
		inquiry_fail(&t->inquiry, &err);
	else if (go_on)
		next(t);
	else
		finish(t);
}

void job_test(struct chore *c)
{
	struct tryout *t = mem_new(sizeof(*t));

	if (inquiry_open(&t->inquiry, c, tryout_free) < 0)
		free(t);
	else
		begin(t);
}
