/*
 * A manifest loads or is refused with a place and a reason, twice the same;
 * what loads must stand up to whatever a sender or an HRIS says.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "provider/access.h"
#include "provider/check.h"
#include "provider/discover.h"
#include "provider/fetch.h"
#include "provider/manifest.h"
#include "provider/mapping.h"
#include "provider/read.h"
#include "provider/register.h"
#include "provider/webhook.h"

#include <string.h>

#define MEMORY (4 << 20)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct str same_for_all(const void *headers, const char *name)
{
	(void)name;
	return str_of(headers);
}

static const char *const texts[] = {
	"", "x", "t=1700000000,v1=00", "v1,AAAA v1,AAAA", "Bearer secret",
};

static const char *const bodies[] = {
	"",
	"Ping test",
	"{\"type\":\"employee.updated\",\"data\":{\"id\":1},\"id\":\"2\"}",
	"{\"events\":[{},1,[],{\"id\":{},\"status\":[]}],\"employees\":{}}",
	"{\"employees\":{\"7\":{\"action\":\"Deleted\"}}}",
	"employees[7][action]=Deleted&event_name=x&id=1",
};

static void receive(const struct manifest *m, struct webhook_keys *keys,
		    const char *header, const char *body)
{
	const struct webhook w = {
		.method = STR("POST"),
		.url = STR("/webhooks/x?validationToken=y"),
		.query = STR("validationToken=y"),
		.body = str_of(body),
		.header = same_for_all,
		.headers = header,
		.now_ms = 1700000000000,
	};
	struct webhook_handshake handshake;
	struct webhook_delivery d;
	struct arena a;

	arena_init(&a, MEMORY);
	(void)webhook_handshake(m, &w, &a, &handshake);
	if (keys)
		(void)!webhook_verify(m, keys, &w, &a, NULL);
	if (webhook_read(m, &w, &a, &d, NULL) == 0)
		for (size_t i = 0; i < d.count; i++)
			ASSERT(d.items[i].type.len > 0);
	arena_release(&a);
}

static void receive_all(const struct manifest *m)
{
	struct webhook_secret secrets[16];
	struct webhook_keys *keys = NULL;
	size_t count = manifest_credential_count(m);

	ASSERT(count <= ARRAY_LEN(secrets));
	for (size_t i = 0; i < count; i++)
		secrets[i] = (struct webhook_secret){
			manifest_credential(m, i)->name,
			STR("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"),
		};
	if (webhook_keys_new(&keys, m, NULL, secrets, count, NULL, 0, NULL) < 0)
		keys = NULL;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (size_t k = 0; k < ARRAY_LEN(bodies); k++)
			receive(m, keys, texts[i], bodies[k]);
	webhook_keys_free(&keys);
}

static void fetch_all(const struct manifest *m)
{
	const struct fetch_context nothing = { .settings = NULL };
	struct fetch_request r;
	struct fetched f;
	struct arena a;

	arena_init(&a, MEMORY);
	if (fetch_one_request(m, &nothing, STR("1"), &a, &r, NULL) == 0)
		ASSERT(r.missing_token || r.url[0]);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		if (fetch_one_read(m, &nothing, 200, str_of(bodies[i]), NULL,
				   20780, &a, &f, NULL) == FETCH_PERSON)
			ASSERT(f.person.pid.len > 0);
	arena_release(&a);
}

/* A page with one record, however the manifest reads it. */
static void read_page(const struct read_step *step, const struct json *record,
		      struct read_tables *tables, struct arena *a)
{
	struct read_page page = { .status = 200,
				  .header = same_for_all,
				  .headers = "x",
				  .rest = record,
				  .now_ms = 1700000000000 };
	const struct json *nothing[READ_DETAILS_MAX] = { NULL };
	struct read_turn turn;
	struct read_row row;
	struct fetched f;

	(void)!read_around(step, record, tables, NULL);
	if (read_row(step, record, &page, tables, 20780, a, &row, NULL) == 0 &&
	    row.kind == READ_ROW_DETAIL)
		(void)!read_composed(step, record, nothing, &page, tables,
				     20780, a, &f, NULL);
	if (read_turn(step, &page, a, &turn, NULL) == 0)
		ASSERT(turn.done || turn.state.len);
}

static void read_bodies(const struct read_step *step,
			struct read_tables *tables)
{
	struct arena a;

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct json *v;

		arena_init(&a, MEMORY);
		if (json_parse(&v, &a, str_of(bodies[i]), NULL, NULL) == 0)
			read_page(step, v, tables, &a);
		arena_release(&a);
	}
}

static void read_all(const struct manifest *m)
{
	const struct fetch_context nothing = { .settings = NULL };
	const struct read_since since = { 1699999000000, STR("m") };
	struct read_tables *tables = read_tables_new();

	for (unsigned k = 0; k < READ_KIND_COUNT; k++) {
		const struct read_step *step;
		struct read_call call;
		struct str state;
		struct arena a;

		arena_init(&a, MEMORY);
		if (read_begin(m, &nothing, (enum read_kind)k, &since,
			       1700000000000, &a, &state, NULL) == 0) {
			ASSERT(read_open(&step, m, &nothing, state, &a, NULL) ==
			       0);
			(void)!read_request(step, &a, &call, NULL);
			read_bodies(step, tables);
		}
		arena_release(&a);
	}
	read_tables_free(&tables);
}

/* What is no manifest may be a mapping, of one that has all it may name. */
static void map(struct str text)
{
	static const char base[] =
		"{\"manifest\":1,\"name\":\"m\",\"title\":\"M\","
		"\"settings\":[{\"name\":\"s\",\"label\":\"S\",\"help\":\"H\","
		"\"as\":\"text\"}],\"fetch\":{\"base_url\":\"https://x\","
		"\"tables\":{\"t\":{\"path\":\"/t\",\"key\":\"/k\",\"value\":"
		"\"/v\"}},\"list\":{\"path\":\"/l\"}},\"person\":{\"id\":\"/"
		"id\","
		"\"status\":{\"word\":\"/s\"},\"fields\":{\"email\":\"/e\"}}}";
	struct manifest *m = NULL;
	struct mapping *mapping = NULL;
	struct fetch_context ctx = { .settings = NULL };
	struct discovery *d = discovery_new();
	struct err err = { 0 };
	struct arena a;

	arena_init(&a, MEMORY);
	ASSERT(manifest_parse(&m, "base", str_of(base), NULL) == 0);
	if (mapping_compile(&mapping, m, text, &err) < 0) {
		ASSERT(err.kind == ERR_INVALID && !mapping);
	} else {
		const struct json *v;

		ctx.mapping = mapping;
		for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
			if (json_parse(&v, &a, str_of(bodies[i]), NULL, NULL) ==
			    0)
				discovery_add(d, v);
		discovery_match(d, m, &ctx);
	}
	discovery_free(&d);
	mapping_free(&mapping);
	manifest_free(&m);
	arena_release(&a);
}

static void get_token(const struct manifest *m, size_t i,
		      const struct fetch_context *ctx, struct arena *a)
{
	const struct access_grant kept = { .refresh = STR("r") };
	const struct access_grant *had[] = { NULL, &kept };
	struct access_grant g;
	struct fetch_request r;

	for (size_t k = 0; k < ARRAY_LEN(had); k++) {
		struct access_ask ask = access_plan(m, i, had[k]);

		if (access_request(m, i, ctx, &ask, a, &r, NULL) == 0)
			ASSERT(r.url[0] && !r.missing_token);
		for (size_t n = 0; n < ARRAY_LEN(bodies); n++)
			if (access_read(m, i, ctx, &ask, 200, str_of(bodies[n]),
					a, &g, NULL) == ACCESS_GRANTED)
				ASSERT(g.token.len > 0);
	}
}

static void try_out(const struct manifest *m, size_t i,
		    const struct fetch_context *ctx, struct arena *a)
{
	struct check_verdict out[CHECK_MAX_VERDICTS];
	struct fetch_request r;

	if (check_request(m, i, ctx, a, &r, NULL) == 0)
		ASSERT(r.missing_token || r.url[0]);
	for (size_t n = 0; n < ARRAY_LEN(bodies); n++) {
		size_t count =
			check_judge(m, i, ctx, 200, str_of(bodies[n]), a, out);

		ASSERT(count > 0 && count <= CHECK_MAX_VERDICTS);
		for (size_t k = 0; k < count; k++)
			ASSERT(out[k].ok == !out[k].remedy);
	}
}

/* Whatever is answered, it comes to an end. */
static void make_webhooks(const struct manifest *m,
			  const struct fetch_context *ctx, struct arena *a)
{
	const struct register_task task = { .goal = REGISTER_MAKE,
					    .webhook_url = STR("https://x") };
	struct registration *r;
	struct fetch_request req;
	size_t steps = 0;

	if (registration_new(&r, m, &task, NULL) < 0)
		return;
	for (;; steps++) {
		enum register_step step = registration_step(r).step;

		ASSERT(steps < 1000);
		if (step == REGISTER_DONE)
			break;
		if (step != REGISTER_CALL)
			registration_stored(r);
		else if (registration_request(r, ctx, a, &req, NULL) < 0 ||
			 registration_answer(r, ctx, 200, str_of(bodies[2]), a,
					     NULL) < 0)
			break;
	}
	registration_free(&r);
}

static void ask_all(const struct manifest *m)
{
	const struct fetch_context nothing = { .settings = NULL };
	struct arena a;

	arena_init(&a, MEMORY);
	for (size_t i = 0; i < access_count(m); i++)
		get_token(m, i, &nothing, &a);
	for (size_t i = 0; i < check_count(m); i++)
		try_out(m, i, &nothing, &a);
	make_webhooks(m, &nothing, &a);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct str text = { (const char *)data, size };
	struct manifest *m = NULL, *again = NULL;
	struct err err = { 0 };
	int res = manifest_parse(&m, "fuzz", text, &err);

	ASSERT(manifest_parse(&again, "fuzz", text, NULL) == res);
	if (res < 0) {
		ASSERT(err.kind == ERR_CONFIG && !m && !again);
		ASSERT(!strncmp(err.text, "fuzz: /", 7));
		map(text);
		return 0;
	}
	if (manifest_has_webhooks(m))
		receive_all(m);
	if (manifest_has_lookup(m))
		fetch_all(m);
	read_all(m);
	ask_all(m);
	manifest_free(&m);
	manifest_free(&again);
	return 0;
}
