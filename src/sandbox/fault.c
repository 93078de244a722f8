#include "fault.h"

#include "base/assert.h"
#include "company.h"
#include "override.h"

#define SALT_FAULT 4000
#define DAY_MS	   86400000
#define MAX_BYTES  (64 << 20)
#define MAX_BOMB   (1 << 30)

enum kind { NUMBER, PERCENT, BOOL, FIELD, TEXT };

static const struct row {
	const char *name;
	enum kind kind;
	enum fault_scope scope;
	int64_t min, max; /* TEXT: max is which */
} rows[FAULT_COUNT] = {
	[FAULT_AFTER] = { "after", NUMBER, FAULT_OF_API, 0, 1000000 },
	[FAULT_TIMES] = { "times", NUMBER, FAULT_OF_API, 0, 1000000 },
	[FAULT_REVOKED] = { "revoked", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_FORBIDDEN] = { "forbidden", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_THROTTLE_PERCENT] = { "throttle_percent", PERCENT, FAULT_OF_API,
				     0, 100 },
	[FAULT_RETRY_AFTER_S] = { "retry_after_s", NUMBER, FAULT_OF_API, 0,
				  86400 },
	[FAULT_ERROR_PERCENT] = { "error_percent", PERCENT, FAULT_OF_API, 0,
				  100 },
	[FAULT_ERROR_STATUS] = { "error_status", NUMBER, FAULT_OF_API, 500,
				 599 },
	[FAULT_RESET] = { "reset_percent", PERCENT, FAULT_OF_API, 0, 100 },
	[FAULT_REDIRECT] = { "redirect", TEXT, FAULT_OF_API, 0,
			     FAULT_TEXT_REDIRECT },
	[FAULT_MISSING_PATH] = { "missing_path", TEXT, FAULT_OF_API, 0,
				 FAULT_TEXT_PATH },
	[FAULT_HELD_PATH] = { "held_path", TEXT, FAULT_OF_API, 0,
			      FAULT_TEXT_HELD },
	[FAULT_NO_RATE_LIMIT] = { "no_rate_limit", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_TOKEN_TTL_S] = { "token_ttl_s", NUMBER, FAULT_OF_API, 0, 86400 },
	[FAULT_EMPTY_LIST] = { "empty_list", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_HALF_LIST] = { "half_list", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_REPEAT_CURSOR] = { "repeat_cursor", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_LOOPING] = { "looping", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_WRONG_TOTAL] = { "wrong_total", NUMBER, FAULT_OF_API, -1000000,
				1000000 },
	[FAULT_REVERSE_LIST] = { "reverse_list", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_HIDDEN_PERCENT] = { "hidden_percent", NUMBER, FAULT_OF_API, 0,
				   100 },
	[FAULT_BLANK_FIELD] = { "blank_field", FIELD, FAULT_OF_API, 0, 0 },
	[FAULT_REDACTED_FIELD] = { "redacted_field", FIELD, FAULT_OF_API, 0,
				   0 },
	[FAULT_READ_LAG_MS] = { "read_lag_ms", NUMBER, FAULT_OF_API, 0,
				DAY_MS },
	[FAULT_LATENCY_MS] = { "latency_ms", NUMBER, FAULT_OF_API, 0, 600000 },
	[FAULT_WRONG_CONTENT_TYPE] = { "wrong_content_type", BOOL, FAULT_OF_API,
				       0, 1 },
	[FAULT_TRUNCATED_BODY] = { "truncated_body_percent", PERCENT,
				   FAULT_OF_API, 0, 100 },
	[FAULT_OVERSIZED_BYTES] = { "oversized_bytes", NUMBER, FAULT_OF_API, 0,
				    MAX_BYTES },
	[FAULT_RAGGED_ROWS] = { "ragged_percent", NUMBER, FAULT_OF_API, 0,
				100 },
	[FAULT_CUT_OFF] = { "cut_off", BOOL, FAULT_OF_API, 0, 1 },
	[FAULT_GZIP_BOMB] = { "gzip_bomb", NUMBER, FAULT_OF_API, 0, MAX_BOMB },
	[FAULT_SLOW_BODY_MS] = { "slow_body_ms", NUMBER, FAULT_OF_API, 0,
				 600000 },
	[FAULT_DRIP_MS] = { "drip_ms", NUMBER, FAULT_OF_API, 0, 60000 },
	[FAULT_LOST_PERCENT] = { "lost_percent", PERCENT, FAULT_OF_WEBHOOKS, 0,
				 100 },
	[FAULT_DUPLICATE_PERCENT] = { "duplicate_percent", PERCENT,
				      FAULT_OF_WEBHOOKS, 0, 100 },
	[FAULT_COPIES] = { "copies", NUMBER, FAULT_OF_WEBHOOKS, 0, 10 },
	[FAULT_REORDER_PERCENT] = { "reorder_percent", PERCENT,
				    FAULT_OF_WEBHOOKS, 0, 100 },
	[FAULT_BAD_SIGNATURE_PERCENT] = { "bad_signature_percent", PERCENT,
					  FAULT_OF_WEBHOOKS, 0, 100 },
	[FAULT_STALE_S] = { "stale_s", NUMBER, FAULT_OF_WEBHOOKS, -DAY_MS,
			    DAY_MS },
};

static int find(struct str name, enum fault_scope scope, enum fault *out,
		struct err *err)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		if (rows[i].scope == scope && str_is(name, rows[i].name)) {
			*out = (enum fault)i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID,
		       "unknown fault \"%.*s\": GET the same path for all",
		       (int)(name.len < 40 ? name.len : 40), name.ptr);
}

static int read_field(const struct row *r, const struct json *v, int64_t *out,
		      struct err *err)
{
	enum employee_field f;

	if (json_is(v, JSON_NULL) || json_string(v).len == 0)
		*out = 0;
	else if (employee_field_find(json_string(v), &f))
		*out = f + 1;
	else
		return err_set(err, ERR_INVALID,
			       "%s: a field such as \"department\"", r->name);
	return 0;
}

/* Empty or null: none. It goes into a header as it is. */
static int read_text(const struct row *r, const struct json *v,
		     struct fault_set *f, struct err *err)
{
	struct str text = json_is(v, JSON_STRING) ? json_string(v) : STR("");
	size_t i = (size_t)r->max;

	if ((!json_is(v, JSON_STRING) && !json_is(v, JSON_NULL)) ||
	    text.len >= FAULT_TEXT_SIZE)
		return err_set(err, ERR_INVALID, "%s: a text of at most %d",
			       r->name, FAULT_TEXT_SIZE - 1);
	for (size_t k = 0; k < text.len; k++)
		if (text.ptr[k] <= ' ' || text.ptr[k] > '~')
			return err_set(err, ERR_INVALID,
				       "%s: printable ASCII only", r->name);
	memset(f->text[i], 0, FAULT_TEXT_SIZE);
	if (text.len > 0)
		memcpy(f->text[i], text.ptr, text.len);
	f->value[r - rows] = text.len > 0;
	return 0;
}

static int read_value(const struct row *r, const struct json *v,
		      struct fault_set *f, struct err *err)
{
	int64_t *out = &f->value[r - rows];
	int64_t n;

	if (r->kind == TEXT)
		return read_text(r, v, f, err);
	if (r->kind == FIELD)
		return read_field(r, v, out, err);
	if (r->kind == BOOL) {
		if (!json_is(v, JSON_BOOL))
			return err_set(err, ERR_INVALID, "%s: true or false",
				       r->name);
		*out = json_true(v);
		return 0;
	}
	if (!json_int(v, &n) || (n != 0 && (n < r->min || n > r->max)))
		return err_set(err, ERR_INVALID,
			       "%s: a number from %lld to "
			       "%lld",
			       r->name, (long long)r->min, (long long)r->max);
	*out = n;
	return 0;
}

int fault_read(struct fault_set *f, enum fault_scope scope,
	       const struct json *object, struct err *err)
{
	struct fault_set next = *f;

	if (!json_is(object, JSON_OBJECT))
		return err_set(err, ERR_INVALID, "faults: a JSON object");
	for (const struct json *v = json_first(object); v; v = json_next(v)) {
		enum fault i;

		if (find(json_key(v), scope, &i, err) < 0 ||
		    read_value(&rows[i], v, &next, err) < 0)
			return -1;
	}
	*f = next;
	return 0;
}

void fault_write(const struct fault_set *f, enum fault_scope scope,
		 struct json_writer *w)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		const struct row *r = &rows[i];
		int64_t n = f->value[i];

		if (r->scope != scope)
			continue;
		if (r->kind == BOOL)
			json_add_bool(w, r->name, n != 0);
		else if (r->kind == TEXT && n)
			json_add_z(w, r->name, f->text[r->max]);
		else if (r->kind == FIELD && n)
			json_add_z(w, r->name,
				   employee_field_name(
					   (enum employee_field)(n - 1)));
		else if (r->kind == TEXT || r->kind == FIELD)
			json_add_null(w, r->name);
		else
			json_add_int(w, r->name, n);
	}
}

struct fault_set fault_next(struct fault_set *f, uint64_t seed, uint64_t *drawn)
{
	struct fault_set hit = *f;

	if (f->value[FAULT_AFTER] > 0) {
		f->value[FAULT_AFTER]--;
		return (struct fault_set){ 0 };
	}
	if (f->value[FAULT_TIMES] > 0 && --f->value[FAULT_TIMES] == 0)
		*f = (struct fault_set){ 0 }; /* this was the last one */
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		uint64_t chance;

		if (rows[i].kind != PERCENT || hit.value[i] == 0)
			continue;
		chance = company_hash(seed, (*drawn)++, SALT_FAULT) % 100;
		hit.value[i] = chance < (uint64_t)hit.value[i];
	}
	return hit;
}
