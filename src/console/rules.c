/* What an organization's admins choose for all its connections. */
#include "registry/rule.h"

#include "api.h"
#include "base/assert.h"
#include "base/clock.h"
#include "body.h"
#include "reply.h"
#include "json/write.h"

#define ANSWER_MAX 4096

static void reply_rules(struct call *c, const struct rules *rules)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	json_writer_init(&w, &out);
	json_open_object(&w, NULL);
	for (unsigned i = 0; i < RULE_COUNT; i++)
		json_add_int(&w, rule_kind((enum rule)i)->name,
			     rules->values[i]);
	json_close(&w);
	reply_json(c->req, 200, buf_str(&out), NULL);
	buf_release(&out);
}

void api_get_rules(struct call *c)
{
	struct err err = { 0 };
	struct rules rules;

	if (registry_get_rules(c->api->registry.db, c->caller.organization,
			       &rules, &err) < 0)
		reply_err(c->req, &err);
	else
		reply_rules(c, &rules);
}

/* PUT: what is left out is back at its default. */
static int read_values(const struct json *values[RULE_COUNT], struct rules *out,
		       struct err *err)
{
	for (unsigned i = 0; i < RULE_COUNT; i++) {
		const struct rule_kind *k = rule_kind((enum rule)i);

		out->values[i] = k->fallback;
		if (values[i] && !json_int(values[i], &out->values[i]))
			return err_set(err, ERR_INVALID,
				       "%s must be a whole number", k->name);
	}
	return 0;
}

void api_put_rules(struct call *c)
{
	const struct json *values[RULE_COUNT] = { NULL };
	struct body_field fields[RULE_COUNT];
	struct err err = { 0 };
	struct rules rules;

	for (unsigned i = 0; i < RULE_COUNT; i++)
		fields[i] =
			(struct body_field){ rule_kind((enum rule)i)->name,
					     JSON_NUMBER, false, &values[i] };
	if (!body_read(c->req, &c->api->arena, fields, ARRAY_LEN(fields)))
		return;
	if (read_values(values, &rules, &err) < 0 ||
	    registry_set_rules(c->api->registry.db, c->caller.organization,
			       c->caller.admin, &rules, clock_wall_ms(),
			       &err) < 0)
		reply_err(c->req, &err);
	else
		reply_rules(c, &rules);
}
