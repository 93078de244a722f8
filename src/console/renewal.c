#include "renewal.h"

#include "ask.h"
#include "base/clock.h"
#include "base/log.h"
#include "provider/register.h"
#include "registry/job.h"
#include "registry/token.h"
#include "render.h"

#define URL_MAX 4096

static void posted_cb(const struct err *err, void *arg)
{
	(void)arg;
	if (err->kind != ERR_NONE)
		log_warn("a webhook is renewed a little later",
			 log_str("why", err->text));
}

static int post(struct api *api, const struct renewal *r, struct err *err)
{
	struct job j = { .kind = JOB_RENEW,
			 .organization = str_of(r->organization),
			 .connection = str_of(r->connection),
			 .until_ms = clock_wall_ms() + RENEWAL_EVERY_MS };
	struct ask_text url = { .name = "url" };
	struct buf text;
	int result;

	random_id(j.id);
	buf_init(&text, URL_MAX);
	render_url(&text, api->settings->public_url, WEBHOOK_PATH,
		   r->connection);
	url.value = buf_str(&text);
	result = ask_input(&j.input, &api->arena, &url, 1, err);
	if (result == 0)
		result = job_post(api->queue, r->shard, &j, posted_cb, NULL,
				  err);
	buf_release(&text);
	return result;
}

/* Made before this, a webhook is to be renewed; 0: they do not run out. */
static int64_t due_before_ms(const struct manifest *m, int64_t now_ms)
{
	int64_t after_ms = register_renew_ms(m, 0);

	return after_ms ? now_ms - after_ms : 0;
}

static void renew(struct api *api, const struct manifest *m)
{
	int64_t before_ms = due_before_ms(m, clock_wall_ms());
	struct renewal *list;
	struct err err = { 0 };
	size_t count;

	if (!before_ms)
		return;
	if (registry_list_renewals(api->registry.db, str_of(manifest_name(m)),
				   before_ms, RENEWAL_MAX, &api->arena, &list,
				   &count, &err) < 0) {
		posted_cb(&err, NULL);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (post(api, &list[i], &err) < 0)
			posted_cb(&err, NULL);
}

static void tick_cb(void *arg)
{
	struct api *api = arg;
	const struct manifest_set *set = api->registry.manifests;

	for (size_t i = 0; i < manifest_set_count(set); i++)
		renew(api, manifest_set_at(set, i));
	arena_clear(&api->arena);
	loop_timer_set(&api->renewal, RENEWAL_EVERY_MS);
}

void renewal_init(struct api *api)
{
	loop_timer_init(&api->renewal, api->loop, tick_cb, api);
	loop_timer_set(&api->renewal, RENEWAL_FIRST_MS);
}

void renewal_release(struct api *api)
{
	loop_timer_release(&api->renewal);
}
