/*
 * A request as a sender may forge it: nothing unsigned passes, and whatever a
 * body is read as can be queued and comes back from the queue the same.
 *
 * Input: a byte that picks a manifest, then the values of the headers, a line
 * each (signature, timestamp, id, content type), then the body. It runs in the
 * folder of the project.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "provider/manifest.h"
#include "provider/webhook.h"

#include <string.h>

#define MEMORY (16 << 20)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Schemes that the providers at hand do not use. */
#define EXTRA(name, signature)                                               \
	"{\"manifest\":1,\"name\":\"" name "\",\"title\":\"T\","             \
	"\"credentials\":[{\"name\":\"webhook_secret\",\"label\":\"L\","     \
	"\"help\":\"H\",\"for\":\"webhook\"}],\"webhook\":{\"body\":"        \
	"\"json-or-form\",\"signature\":" signature                          \
	",\"once\":[\"body\"],\"events\":{\"items\":[\"/a\",\"\"],\"type\":" \
	"\"/t\",\"person_id\":[\"/i\",\"key\"],\"map\":{\"x\":\"gone\"}}}}"

static const char *const extras[] = {
	EXTRA("fields",
	      "{\"scheme\":\"hmac\",\"secret\":\"webhook_secret\","
	      "\"algorithm\":\"sha1\",\"encoding\":\"base64url\",\"header\":"
	      "\"X-Signature\",\"layout\":\"fields\",\"separator\":\",\","
	      "\"field\":\"v1\",\"signed\":[\"timestamp\",\"body\"],"
	      "\"timestamp\":{\"field\":\"t\",\"unit\":\"ms\",\"tolerance_s\":"
	      "300}}"),
	EXTRA("canonical",
	      "{\"scheme\":\"hmac\",\"secret\":\"webhook_secret\","
	      "\"algorithm\":\"sha512\",\"encoding\":\"hex\",\"prefix\":"
	      "\"sha512=\",\"header\":\"X-Signature\",\"signed\":["
	      "\"canonical-body\"],\"timestamp\":{\"body\":\"/at\",\"unit\":"
	      "\"rfc3339\",\"tolerance_s\":300}}"),
};

#define EXTRAS	    ARRAY_LEN(extras)
#define TARGETS_MAX 32
#define SECRETS_MAX 24

struct target {
	const struct manifest *m;
	struct webhook_keys *keys;
};

static struct target targets[TARGETS_MAX];
static size_t target_count;

static void add_target(const struct manifest *m)
{
	const struct str value = STR("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");
	struct webhook_secret secrets[SECRETS_MAX];
	struct target *t = &targets[target_count];
	size_t count = 0;

	for (size_t i = 0; i < manifest_credential_count(m); i++) {
		ASSERT(count < SECRETS_MAX);
		if (manifest_credential(m, i)->webhook)
			secrets[count++] = (struct webhook_secret){
				manifest_credential(m, i)->name, value
			};
	}
	if (!manifest_has_webhooks(m) ||
	    webhook_keys_new(&t->keys, m, NULL, secrets, count, secrets, count,
			     NULL) < 0)
		return; /* sends nothing, or its secret is spelt otherwise */
	ASSERT(++target_count <= TARGETS_MAX);
	t->m = m;
}

static void load_targets(void)
{
	static struct manifest *loaded[EXTRAS];
	static struct manifest_set *set;

	ASSERT(manifest_set_load(&set, "providers", NULL) == 0);
	for (size_t i = 0; i < manifest_set_count(set); i++)
		add_target(manifest_set_at(set, i));
	for (size_t i = 0; i < EXTRAS; i++) {
		ASSERT(manifest_parse(&loaded[i], "extra", str_of(extras[i]),
				      NULL) == 0);
		add_target(loaded[i]);
	}
}

enum { SIGNATURE, TIMESTAMP, ID, CONTENT_TYPE, HEADERS };

/* By what their names say: every vendor has its own. */
static struct str find_header(const void *headers, const char *name)
{
	const struct str *values = headers;

	if (strstr(name, "ype"))
		return values[CONTENT_TYPE];
	if (strstr(name, "imestamp"))
		return values[TIMESTAMP];
	if (strstr(name, "-id"))
		return values[ID];
	return values[SIGNATURE];
}

static void check_person(const struct person *p)
{
	ASSERT(p->pid.len > 0 && p->pid.len <= PERSON_ID_MAX_BYTES);
	ASSERT((p->status == PERSON_STATUS_UNKNOWN) ==
	       (p->status_word.len > 0));
	for (size_t i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field *f = &p->fields[i];

		ASSERT((f->state == FIELD_VALUE) == (f->value.len > 0));
		ASSERT(f->value.len <= PERSON_FIELD_MAX_BYTES);
	}
}

static void check_change(struct change *c, struct arena *a)
{
	struct change back;
	struct buf out;

	check_person(&c->person);
	c->organization = STR("o");
	c->connection = STR("c");
	change_identify(c);
	buf_init(&out, 1 << 18);
	change_encode(c, &out);
	ASSERT(!out.failed);
	ASSERT(change_decode(&back, a, buf_str(&out), NULL) == 0);
	ASSERT(!strcmp(back.id, c->id) &&
	       str_eq(back.person.pid, c->person.pid));
	change_identify(&back);
	ASSERT(!strcmp(back.id, c->id));
	buf_release(&out);
}

static void check_lookup(struct lookup *l, struct arena *a)
{
	struct lookup back;
	struct buf out;

	l->organization = STR("o");
	l->connection = STR("c");
	buf_init(&out, 1 << 16);
	lookup_encode(l, &out);
	ASSERT(!out.failed);
	ASSERT(lookup_decode(&back, a, buf_str(&out), NULL) == 0);
	ASSERT(str_eq(back.pid, l->pid) && str_eq(back.reason, l->reason));
	buf_release(&out);
}

static void check_read(const struct manifest *m, const struct webhook *w,
		       struct arena *a)
{
	struct webhook_delivery d;
	struct err err = { 0 };

	if (webhook_read(m, w, a, &d, &err) < 0) {
		ASSERT(err.kind == ERR_INVALID || err.kind == ERR_LIMIT);
		return;
	}
	ASSERT(d.count <= WEBHOOK_MAX_ITEMS);
	for (size_t i = 0; i < d.count; i++) {
		if (d.items[i].is_lookup)
			check_lookup(&d.items[i].lookup, a);
		else
			check_change(&d.items[i].change, a);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct str rest = { (const char *)data + 1, size - 1 };
	struct str values[HEADERS];
	struct webhook_handshake handshake;
	struct webhook w = { .method = STR("POST"),
			     .url = STR("/webhooks/x"),
			     .header = find_header,
			     .headers = values,
			     .now_ms = 1700000000000 };
	const struct target *t;
	struct arena a;
	struct err err = { 0 };

	if (!target_count)
		load_targets();
	if (!size)
		return 0;
	t = &targets[data[0] % target_count];
	for (size_t i = 0; i < HEADERS; i++)
		(void)str_cut(&rest, '\n', &values[i]);
	w.body = rest;
	arena_init(&a, MEMORY);
	if (!webhook_handshake(t->m, &w, &a, &handshake)) {
		ASSERT(webhook_verify(t->m, t->keys, &w, &a, &err) < 0);
		ASSERT(err.kind == ERR_AUTH);
		check_read(t->m, &w, &a);
	}
	arena_release(&a);
	return 0;
}
