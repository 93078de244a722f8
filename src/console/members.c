/* Calls about members: reading only, for now. */
#include "members.h"
#include "api.h"
#include "base/assert.h"
#include "params.h"
#include "render.h"
#include "reply.h"

static const struct {
	const char *name;
	unsigned bit;
} roles[] = {
	{ "mentor", ROLE_MENTOR },
	{ "mentee", ROLE_MENTEE },
};

static int read_status(struct str text, int *out, struct err *err)
{
	enum member_status status;

	if (!text.ptr)
		return 0;
	if (!member_status_find(text, &status))
		return err_set(err, ERR_INVALID,
			       "status must be pending_role, active, upcoming, "
			       "paused or deactivated");
	*out = (int)status;
	return 0;
}

static int read_role(struct str text, unsigned *out, struct err *err)
{
	if (!text.ptr)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		if (str_is(text, roles[i].name)) {
			*out = roles[i].bit;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, "role must be mentor or mentee");
}

int member_filter_parse(struct str query, struct arena *a,
			struct member_filter *out, struct err *err)
{
	struct member_filter f = { .status = -1, .limit = API_PAGE_DEFAULT };
	struct str limit = { 0 }, role = { 0 }, status = { 0 };
	const struct param fields[] = {
		{ "status", &status },	 { "role", &role },
		{ "q", &f.query },	 { "limit", &limit },
		{ "cursor", &f.cursor },
	};

	if (params_parse(query, fields, ARRAY_LEN(fields), a, err) < 0 ||
	    params_limit(limit, API_PAGE_MAX, &f.limit, err) < 0 ||
	    read_status(status, &f.status, err) < 0 ||
	    read_role(role, &f.role, err) < 0)
		return -1;
	*out = f;
	return 0;
}

static int write_members(struct call *c, struct buf *out, struct err *err)
{
	struct api *api = c->api;
	struct member_filter f;
	struct json_writer w;
	struct member *list;
	size_t count;
	bool more;

	if (member_filter_parse(http_request_query(c->req), &api->arena, &f,
				err) < 0 ||
	    directory_list(api->directory, c->caller.organization, &f,
			   &api->arena, &list, &count, &more, err) < 0)
		return -1;
	json_writer_init(&w, out);
	render_list_open(&w);
	for (size_t i = 0; i < count; i++)
		render_member(&w, NULL, &list[i]);
	render_list_close(&w, more && count,
			  count ? list[count - 1].id : (struct str){ 0 });
	return buf_check(out, "the page", err);
}

static int write_member(struct call *c, struct buf *out, struct err *err)
{
	struct api *api = c->api;
	struct json_writer w;
	struct member m;

	if (directory_get(api->directory, c->caller.organization,
			  c->match.params[0], &api->arena, &m, err) < 0)
		return -1;
	json_writer_init(&w, out);
	render_member(&w, NULL, &m);
	return buf_check(out, "the answer", err);
}

static void reply_with(struct call *c,
		       int (*write)(struct call *c, struct buf *out,
				    struct err *err))
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, API_ANSWER_MAX);
	if (write(c, &out, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}

void api_list_members(struct call *c)
{
	reply_with(c, write_members);
}

void api_get_member(struct call *c)
{
	reply_with(c, write_member);
}
