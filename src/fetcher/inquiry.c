#include "inquiry.h"

#include "base/assert.h"
#include "base/log.h"
#include "crypto/encode.h"
#include "desk.h"

#define SEALED_MAX 8192 /* bytes */

/* ----------------------------------------------------------------- ending */

/* Nobody waits: somebody may look here. */
static void complain(const struct inquiry *q)
{
	const struct job *j = &q->chore->job;

	if (q->err.kind != ERR_NONE && !job_is_asked(j->kind))
		log_warn("a job failed",
			 log_str("kind", job_kind_name(j->kind)),
			 log_bytes("connection", j->connection),
			 log_str("why", q->err.text));
}

static void finish_cb(void *arg)
{
	struct inquiry *q = arg;
	struct chore *c = q->chore;
	struct job_reply r = { .err = q->err };
	struct buf result = q->result;

	complain(q);
	buf_init(&q->result, 0); /* it outlives q */
	q->free(q);
	r.result = buf_str(&result);
	chore_end(c, &r);
	buf_release(&result);
}

static void end(struct inquiry *q)
{
	q->over = true;
	loop_post(q->chore->desk->loop, &q->finish);
}

void inquiry_fail(struct inquiry *q, const struct err *err)
{
	if (q->over)
		return;
	ASSERT(err->kind != ERR_NONE);
	q->err = *err;
	end(q);
}

void inquiry_done(struct inquiry *q)
{
	if (q->over)
		return;
	if (buf_check(&q->result, "the answer", &q->err) < 0)
		buf_clear(&q->result);
	end(q);
}

static void late_cb(void *arg)
{
	const struct err err = { ERR_TEMP, "the HR system has not answered in "
					   "time: try again, or see its status "
					   "page" };

	inquiry_fail(arg, &err);
}

/* -------------------------------------------------------------- beginning */

static int prepare(struct inquiry *q, struct err *err)
{
	struct chore *c = q->chore;

	q->source = source_find(c->desk, c->job.connection);
	source_hold(q->source);
	if (source_prepare(q->source, err) < 0)
		return -1;
	q->setup = setup_ref(source_setup(q->source));
	if (str_eq(q->setup->organization, c->job.organization))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "there is no such connection");
}

int inquiry_open(struct inquiry *q, struct chore *c, inquiry_free_fn *free)
{
	struct err err = { 0 };

	*q = (struct inquiry){ .chore = c, .free = free };
	buf_init(&q->result, JOB_REPLY_MAX);
	loop_timer_init(&q->late, c->desk->loop, late_cb, q);
	loop_task_init(&q->finish, finish_cb, q);
	if (prepare(q, &err) < 0) {
		inquiry_close(q);
		chore_fail(c, &err);
		return -1;
	}
	c->work = q;
	loop_timer_set(&q->late, INQUIRY_MS);
	return 0;
}

void inquiry_close(struct inquiry *q)
{
	ask_cancel(&q->ask);
	loop_task_cancel(q->chore->desk->loop, &q->finish);
	loop_timer_release(&q->late);
	setup_unref(&q->setup);
	if (q->source)
		source_release(q->source);
	buf_release(&q->result);
	q->chore->work = NULL;
}

void inquiry_cancel(struct chore *c)
{
	struct inquiry *q = c->work;

	if (q)
		q->free(q);
}

/* ---------------------------------------------------------------- calling */

void inquiry_call(struct inquiry *q, const struct wire_spec *spec)
{
	ask_start(&q->ask, q->source, BUDGET_ADMIN, spec);
}

static enum err_kind kind_of(enum finding finding)
{
	switch (finding) {
	case FINDING_LIMITED:
	case FINDING_BUSY:
	case FINDING_NO_ANSWER:
		return ERR_TEMP;
	case FINDING_UNREADABLE:
	case FINDING_TOO_LARGE:
		return ERR_LIMIT;
	default:
		return ERR_CONFIG;
	}
}

/* Where the reason alone does not say what is to be mended. */
static bool wants_detail(enum finding finding)
{
	return finding == FINDING_SETUP || finding == FINDING_UNREADABLE ||
	       finding == FINDING_NO_ANSWER || finding == FINDING_CREDENTIALS;
}

void inquiry_explain(enum finding finding, const struct err *why,
		     struct err *out)
{
	const char *reason = trouble_of(finding, 0, -1, 0).reason;

	if (wants_detail(finding) && why && why->text[0])
		err_fill(out, kind_of(finding), "%s: %s", reason, why->text);
	else
		err_fill(out, kind_of(finding), "%s", reason);
}

/* ------------------------------------------------------------------ input */

int inquiry_text(const struct inquiry *q, const char *name, struct str *out,
		 struct err *err)
{
	*out = json_string(json_get(q->chore->job.input, name));
	if (out->len)
		return 0;
	return err_set(err, ERR_BUG, "the job has no %s", name);
}

int inquiry_unseal(const struct inquiry *q, const char *name,
		   struct secret **out, struct err *err)
{
	unsigned char sealed[SEALED_MAX];
	struct str text;
	size_t len;

	if (inquiry_text(q, name, &text, err) < 0)
		return -1;
	if (!decode(ENCODING_BASE64, text, sealed, sizeof(sealed), &len))
		return err_set(err, ERR_BUG, "the job's %s is not base64",
			       name);
	return unseal(q->chore->desk->keys, SEAL_API,
		      (struct str){ (const char *)sealed, len }, out, err);
}
