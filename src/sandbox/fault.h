/*
 * Faults on demand: one table of what can go wrong, for an API's answers and
 * for webhooks. The control API sets them by name; 0 is always "none".
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "json/write.h"

#include <stdbool.h>
#include <stdint.h>

enum fault {
	/* which requests are hit */
	FAULT_AFTER,
	FAULT_TIMES,
	/* instead of an answer */
	FAULT_REVOKED,
	FAULT_FORBIDDEN,
	FAULT_THROTTLE_PERCENT,
	FAULT_RETRY_AFTER_S,
	FAULT_ERROR_PERCENT,
	FAULT_ERROR_STATUS,
	FAULT_RESET,
	FAULT_REDIRECT,
	FAULT_MISSING_PATH,
	FAULT_HELD_PATH,
	FAULT_NO_RATE_LIMIT,
	FAULT_TOKEN_TTL_S,
	/* what the answer says */
	FAULT_EMPTY_LIST,
	FAULT_HALF_LIST,
	FAULT_REPEAT_CURSOR,
	FAULT_LOOPING,
	FAULT_WRONG_TOTAL,
	FAULT_REVERSE_LIST,
	FAULT_HIDDEN_PERCENT,
	FAULT_BLANK_FIELD,
	FAULT_REDACTED_FIELD,
	FAULT_READ_LAG_MS,
	/* how it comes over */
	FAULT_LATENCY_MS,
	FAULT_WRONG_CONTENT_TYPE,
	FAULT_TRUNCATED_BODY,
	FAULT_OVERSIZED_BYTES,
	FAULT_RAGGED_ROWS,
	FAULT_CUT_OFF,
	FAULT_GZIP_BOMB,
	FAULT_SLOW_BODY_MS,
	FAULT_DRIP_MS,
	/* of webhooks */
	FAULT_LOST_PERCENT,
	FAULT_DUPLICATE_PERCENT,
	FAULT_COPIES, /* of a duplicate; 0 is 1 */
	FAULT_REORDER_PERCENT,
	FAULT_BAD_SIGNATURE_PERCENT,
	FAULT_STALE_S,
	FAULT_COUNT
};

enum fault_scope { FAULT_OF_API, FAULT_OF_WEBHOOKS };

#define FAULT_TEXT_SIZE 256

enum fault_text {
	FAULT_TEXT_REDIRECT,
	FAULT_TEXT_PATH,
	FAULT_TEXT_HELD,
	FAULT_TEXT_COUNT
};

struct fault_set {
	int64_t value[FAULT_COUNT]; /* of a field: it and 1; of a text: 1 */
	char text[FAULT_TEXT_COUNT][FAULT_TEXT_SIZE];
};

/* Take what a JSON object names; the rest stays. All or nothing. */
int fault_read(struct fault_set *f, enum fault_scope scope,
	       const struct json *object, struct err *err) MUST_CHECK;

/* As members of an open object. */
void fault_write(const struct fault_set *f, enum fault_scope scope,
		 struct json_writer *w);

/*
 * What hits the next request: counts AFTER and TIMES down, and turns percents
 * into 0 or 1 by a draw that depends on the seed and on *drawn only.
 */
struct fault_set fault_next(struct fault_set *f, uint64_t seed,
			    uint64_t *drawn);

#endif
