/* What can be connected. */
#include "api.h"
#include "render.h"
#include "reply.h"

void api_list_providers(struct call *c)
{
	const struct manifest_set *set = c->api->registry.manifests;
	struct json_writer w;
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	json_writer_init(&w, &out);
	render_list_open(&w);
	for (size_t i = 0; i < manifest_set_count(set); i++)
		render_provider(&w, NULL, manifest_set_at(set, i));
	render_list_close(&w, false, (struct str){ 0 });
	if (buf_check(&out, "the list", &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}
