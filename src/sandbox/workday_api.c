/* Workday: where its services stand, who may come in, and how it says no. */
#include "exchange.h"
#include "state.h"
#include "workday.h"

static const struct refusal_row refusals[REFUSAL_COUNT] = {
	[REFUSE_INVALID] = { 400, "application/json", "{\"error\":%s}", NULL },
	[REFUSE_AUTH] = { 401, "application/json",
			  "{\"error\":\"invalid username or password\"}",
			  NULL },
	[REFUSE_FORBIDDEN] = { 403, "application/json",
			       "{\"error\":\"The task submitted is not "
			       "authorized.\"}",
			       NULL },
	[REFUSE_NOT_FOUND] = { 404, "application/json", "{\"error\":%s}",
			       NULL },
	[REFUSE_METHOD] = { 405, "application/json", "{\"error\":%s}", NULL },
	[REFUSE_THROTTLED] = { 429, "application/json",
			       "{\"error\":\"too many requests\"}", NULL },
	[REFUSE_BROKEN] = { 500, "application/json", "{\"error\":%s}", NULL },
};

static void write_refusal(struct exchange *x, enum refusal why,
			  const char *detail)
{
	if (workday_is_soap(x))
		workday_fault(x, why, detail);
	else
		exchange_write_refusal(x, &refusals[why], detail);
}

/* With the tenant, as in the service's token, or without. */
bool workday_knows(struct exchange *x, struct str user, struct str password)
{
	struct str name;
	bool tenant = str_cut(&user, '@', &name);

	return str_is(name, WORKDAY_ISU) &&
	       (!tenant || str_is(user, WORKDAY_TENANT)) &&
	       str_is(password, exchange_credential(x, CRED_WORKDAY_PASSWORD));
}

static bool is_authorized(struct exchange *x)
{
	struct str password = exchange_basic(x), user;

	(void)str_cut(&password, ':', &user);
	return workday_knows(x, user, password) ||
	       token_is_good(x, TOKEN_COMPANY, exchange_bearer(x));
}

#define AT "/as/workday/ccx"

static const struct http_route routes[] = {
	{ HTTP_GET, AT "/service/customreport2/{tenant}/{owner}/{report}",
	  RUN(workday_report) },
	{ HTTP_POST, AT "/service/{tenant}/Human_Resources/{version}",
	  RUN_OPEN(workday_soap) },
	{ HTTP_POST, AT "/oauth2/{tenant}/token", RUN_OPEN(token_answer) },
	{ HTTP_GET, NULL, NULL },
};

static const struct token_source tokens = {
	.prefix = "sandbox-workday-token-",
	.client = CRED_WORKDAY_CLIENT,
	.secret = CRED_WORKDAY_SECRET,
	.client_auth = CLIENT_BASIC,
	.grants = "refresh_token",
	.ttl_s = 3600,
	.refresh = true, /* which does not expire */
};

const struct api workday_api = {
	.vendor = VENDOR_WORKDAY,
	.routes = routes,
	.refusals = refusals,
	.is_authorized = is_authorized,
	.tokens = &tokens,
	.write_refusal = write_refusal,
};
