/*
 * What json_parse accepts must come back the same when it is written and read
 * again; what it refuses must say why and leave nothing behind. Every text is
 * read twice, from memory of its exact size, so that a byte too many is seen.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE \
 *		-fno-sanitize-recover=all -Iinclude -o build/fuzz_json \
 *		tests/fuzz/fuzz_json.c \
 *		$(find src/json src/base -name '*.c') -lcjson
 *	build/fuzz_json -max_total_time=60 NEW_DIR tests/fuzz/corpus/json
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "json/json.h"
#include "json/write.h"

#include <stdlib.h>

#define MEMORY	 (64 << 20)
#define TEXT_MAX (8 << 20) /* an input byte may become six */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void same_value(const struct json *a, const struct json *b)
{
	ASSERT(json_type(a) == json_type(b));
	ASSERT(str_eq(json_key(a), json_key(b)));
	ASSERT(json_true(a) == json_true(b));
	ASSERT(str_eq(json_text(a), json_text(b)));
	ASSERT((json_text(a).ptr == NULL) == (json_text(b).ptr == NULL));
	ASSERT(json_size(a) == json_size(b));
}

/* Every member must also be found by its name. */
static void same_tree(const struct json *a, const struct json *b)
{
	const struct json *x = json_first(a), *y = json_first(b);

	same_value(a, b);
	for (; x; x = json_next(x), y = json_next(y)) {
		if (json_is(a, JSON_OBJECT))
			ASSERT(json_get_str(b, json_key(x)) == y);
		same_tree(x, y);
	}
	ASSERT(!y);
}

static void check_again(const struct json *v)
{
	const struct json *again;
	struct json_writer w;
	struct arena a;
	struct buf out;

	arena_init(&a, MEMORY);
	buf_init(&out, TEXT_MAX);
	json_writer_init(&w, &out);
	json_add_value(&w, NULL, v);
	ASSERT(!out.failed);
	ASSERT(json_parse(&again, &a, buf_str(&out), NULL, NULL) == 0);
	same_tree(v, again);
	buf_release(&out);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct json *first = NULL, *second = NULL;
	struct str text = { (const char *)data, size };
	struct err err = { 0 };
	struct arena a;
	int result;

	arena_init(&a, MEMORY);
	result = json_parse(&first, &a, text, NULL, &err);
	ASSERT(json_parse(&second, &a, text, NULL, NULL) == result);
	if (result == 0) {
		same_tree(first, second);
		check_again(first);
	} else {
		ASSERT(!first && !second && err.text[0]);
		ASSERT(err.kind == ERR_INVALID || err.kind == ERR_LIMIT);
	}
	arena_release(&a);
	return 0;
}
