/* One token: how it is got, by one fetcher at a time. */
#include "token_slot.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "desk.h"
#include "provider/access.h"
#include "queue/run.h"
#include "registry/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASE_MS    90000 /* longer than a call, and its keeping, may take */
#define LOCK_TRIES  60	  /* a second apart, while another fetcher asks */
#define SAVE_TRIES  20	  /* likewise, while the database is away */
#define PLANS	    3	  /* ways to ask, until one is granted */
#define ANSWER_MAX  ((size_t)1 << 20)
#define GRANT_ARENA ((size_t)512 << 10)

/* -------------------------------------------------------------------- end */

static void dropped_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_debug("a lease was not given back",
			  log_str("why", err->text));
}

static struct run_place place_of(const struct token_slot *s)
{
	return (struct run_place){ .shard = source_shard(s->source),
				   .connection = str_of(s->lease),
				   .fence = s->fence };
}

static void drop_lease(struct token_slot *s)
{
	struct run_place p = place_of(s);
	struct err err = { .kind = ERR_NONE };

	if (s->fence && run_lease_drop(source_desk(s->source)->queue, &p,
				       dropped_cb, NULL, &err) < 0)
		dropped_cb(&err, NULL);
	s->fence = 0;
}

static void end_asking(struct token_slot *s)
{
	http_call_cancel(&s->call);
	token_release(&s->kept);
	arena_wipe(&s->asking);
	setup_unref(&s->setup);
	loop_timer_cancel(&s->again);
	s->state = SLOT_IDLE;
}

/* Told from the loop: who wants one may be on the stack. */
static void finish(struct token_slot *s, const struct err *err)
{
	s->err = *err;
	end_asking(s);
	drop_lease(s);
	loop_post(source_desk(s->source)->loop, &s->tell);
}

static void fail(struct token_slot *s, const struct err *err)
{
	struct err why = *err;

	(void)err_prefix(&why, "token '%s'", s->name);
	finish(s, &why);
}

void token_slot_unlink(struct token_want *w)
{
	TAILQ_REMOVE(&w->slot->wants, w, link);
	source_release(w->slot->source);
	w->slot = NULL;
}

static void tell_cb(void *arg)
{
	struct token_slot *s = arg;
	struct err err = s->err;
	struct token_want *w, *last = TAILQ_LAST(&s->wants, want_list);

	/* Who wants one again meanwhile stands behind the last. */
	while ((w = TAILQ_FIRST(&s->wants))) {
		bool end = w == last;

		token_slot_unlink(w);
		w->ready(w, &err);
		if (end)
			break;
	}
}

/* ------------------------------------------------------------------ grant */

bool token_slot_is_good(const struct token_slot *s)
{
	return s->grant && s->generation != s->refused &&
	       clock_wall_ms() < s->renew_ms;
}

static void take_grant(struct token_slot *s, struct str text,
		       const struct access_grant *g, int64_t generation)
{
	secret_free(&s->grant);
	s->grant = secret_new(text);
	s->renew_ms = g->renew_ms;
	s->generation = generation;
}

/* What is in the database, if it is of use: another fetcher may have got it. */
static bool take_kept(struct token_slot *s, struct access_grant *g)
{
	struct str text;

	if (!s->kept.value)
		return false;
	text = secret_bytes(s->kept.value);
	if (access_decode(g, &s->asking, text, NULL) < 0)
		return false;
	if (s->kept.generation == s->refused || clock_wall_ms() >= g->renew_ms)
		return false;
	take_grant(s, text, g, s->kept.generation);
	return true;
}

/* ----------------------------------------------------------------- saving */

static void look(struct token_slot *s);
static void ask(struct token_slot *s, const struct access_grant *kept);

static int save(struct token_slot *s, const struct access_grant *g,
		struct err *err)
{
	const struct desk *d = source_desk(s->source);
	struct token_write w = { .connection = source_id(s->source),
				 .name = str_of(s->name),
				 .was = s->kept.generation,
				 .now_ms = clock_wall_ms() };
	int64_t generation;
	struct buf text;
	int result;

	buf_init(&text, ACCESS_GRANT_MAX);
	/* Growing would leave copies behind: take all of it at once. */
	(void)buf_reserve(&text, ACCESS_GRANT_MAX);
	access_encode(g, &text);
	w.value = buf_str(&text);
	result = buf_check(&text, "a token", err);
	if (result == 0)
		result = registry_put_token(d->db, d->keys, &w, &generation,
					    err);
	if (result == 0)
		take_grant(s, w.value, g, generation);
	secret_wipe(text.data, text.len);
	buf_release(&text);
	return result;
}

/* Not used before it is kept. */
static void keep(struct token_slot *s, const struct access_grant *g)
{
	struct err err = { .kind = ERR_NONE };

	if (save(s, g, &err) == 0) {
		finish(s, &err);
	} else if (err.kind == ERR_CONFLICT && ++s->plans < PLANS) {
		look(s);
	} else if (err.kind == ERR_TEMP && s->tries++ < SAVE_TRIES) {
		s->state = SLOT_SAVING;
		s->unsaved = *g; /* its texts are in asking */
		loop_timer_set(&s->again, DESK_REST_MS);
	} else {
		log_error("a token could not be kept: it is lost",
			  log_bytes("connection", source_id(s->source)),
			  log_str("why", err.text));
		fail(s, &err);
	}
}

/* ----------------------------------------------------------------- asking */

/* What was kept is of no use any more: the other ways are left. */
static void forget_kept(struct token_slot *s)
{
	struct err err = { .kind = ERR_NONE };

	if (s->kept.generation &&
	    registry_drop_token(source_desk(s->source)->db,
				source_id(s->source), str_of(s->name),
				s->kept.generation, &err) < 0)
		log_debug("a token was not forgotten",
			  log_str("why", err.text));
	token_release(&s->kept);
	s->kept = (struct token){ .generation = 0 };
}

static size_t index_of(const struct token_slot *s)
{
	size_t i = 0;

	ASSERT(access_find(s->setup->manifest, s->name, &i));
	return i;
}

static void take_answer(struct token_slot *s, const struct http_answer *a)
{
	struct fetch_context ctx = setup_context(s->setup);
	struct access_grant g = { .expires_ms = 0 };
	struct err err = { .kind = ERR_NONE };

	switch (access_read(s->setup->manifest, index_of(s), &ctx, &s->ask,
			    a->status, a->body, &s->asking, &g, &err)) {
	case ACCESS_GRANTED:
		s->tries = 0;
		keep(s, &g);
		return;
	case ACCESS_AGAIN:
		if (++s->plans < PLANS) {
			forget_kept(s);
			ask(s, NULL);
			return;
		}
		break;
	case ACCESS_REFUSED:
		err.kind = ERR_AUTH;
		break;
	case ACCESS_LATER:
		err.kind = ERR_TEMP;
		break;
	case ACCESS_UNREADABLE:
		err.kind = ERR_INVALID;
		break;
	}
	fail(s, &err);
}

static void answered_cb(const struct http_answer *a, void *arg)
{
	struct token_slot *s = arg;

	s->call = NULL;
	if (a->status)
		take_answer(s, a);
	else
		fail(s, &a->err);
}

static int send_request(struct token_slot *s, struct arena *a, struct err *err)
{
	struct fetch_context ctx = setup_context(s->setup);
	struct http_call_header headers[FETCH_MAX_HEADERS];
	struct fetch_request r = { 0 };
	struct http_call_spec spec;

	if (access_request(s->setup->manifest, index_of(s), &ctx, &s->ask, a,
			   &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.header_count; i++)
		headers[i] = (struct http_call_header){ r.headers[i].name,
							r.headers[i].value };
	spec = (struct http_call_spec){ .method = r.method,
					.url = r.url,
					.headers = headers,
					.header_count = r.header_count,
					.body = r.body,
					.certificate = r.certificate,
					.key = r.key,
					.max_body_bytes = ANSWER_MAX };
	return http_client_start(source_desk(s->source)->client, &spec,
				 answered_cb, s, &s->call, err);
}

static void ask(struct token_slot *s, const struct access_grant *kept)
{
	struct err err = { .kind = ERR_NONE };
	struct arena a;
	int result;

	s->state = SLOT_ASKING;
	s->ask = access_plan(s->setup->manifest, index_of(s), kept);
	arena_init(&a, FETCH_REQUEST_MAX);
	result = send_request(s, &a, &err);
	arena_wipe(&a);
	if (result < 0)
		fail(s, &err);
}

static void look(struct token_slot *s)
{
	const struct desk *d = source_desk(s->source);
	struct access_grant g = { .expires_ms = 0 };
	struct err err = { .kind = ERR_NONE };

	token_release(&s->kept);
	if (registry_get_token(d->db, d->keys, source_id(s->source),
			       str_of(s->name), &s->kept, &err) < 0)
		fail(s, &err);
	else if (take_kept(s, &g))
		finish(s, &err);
	else
		ask(s, g.token.len ? &g : NULL);
}

/* ------------------------------------------------------------------ lease */

static void leased_cb(uint64_t fence, int64_t retry_ms, const struct err *err,
		      void *arg)
{
	struct token_slot *s = arg;

	(void)retry_ms;
	s->locking = false;
	if (s->state != SLOT_LOCKING)
		return;
	if (err->kind != ERR_NONE) {
		fail(s, err);
	} else if (fence) {
		s->fence = fence;
		look(s);
	} else {
		loop_timer_set(&s->again, DESK_REST_MS);
	}
}

static void lock(struct token_slot *s)
{
	const struct err busy = { ERR_TEMP, "another fetcher is getting it" };
	struct desk *d = source_desk(s->source);
	struct err err = { .kind = ERR_NONE };

	if (++s->tries > LOCK_TRIES) {
		fail(s, &busy);
		return;
	}
	if (run_lease_take(d->queue, source_shard(s->source), str_of(s->lease),
			   str_of(d->consumer), LEASE_MS, leased_cb, s,
			   &err) < 0)
		fail(s, &err);
	else
		s->locking = true;
}

static void again_cb(void *arg)
{
	struct token_slot *s = arg;

	if (s->state == SLOT_LOCKING)
		lock(s);
	else if (s->state == SLOT_SAVING)
		keep(s, &s->unsaved);
}

void token_slot_begin(struct token_slot *s)
{
	const struct err gone = { ERR_CONFIG,
				  "the manifest does not know it any more" };
	size_t i;

	s->state = SLOT_LOCKING;
	s->setup = setup_ref(source_setup(s->source));
	s->tries = s->plans = 0;
	if (access_find(s->setup->manifest, s->name, &i))
		lock(s);
	else
		fail(s, &gone);
}

/* ------------------------------------------------------------------ life */

struct token_slot *token_slot_new(struct source *source, const char *name)
{
	struct token_slot *s = mem_new(sizeof(*s));
	struct loop *loop = source_desk(source)->loop;

	s->source = source;
	s->name = mem_dup_z(name);
	s->refused = -1;
	(void)snprintf(s->lease, sizeof(s->lease), "%.*s:token:%s",
		       STR_ARG(source_id(source)), name);
	TAILQ_INIT(&s->wants);
	arena_init(&s->asking, GRANT_ARENA);
	loop_timer_init(&s->again, loop, again_cb, s);
	loop_task_init(&s->tell, tell_cb, s);
	return s;
}

void token_slot_free(struct token_slot *s)
{
	end_asking(s);
	loop_task_cancel(source_desk(s->source)->loop, &s->tell);
	loop_timer_release(&s->again);
	secret_free(&s->grant);
	free(s->name);
	free(s);
}
