/*
 * Reading a manifest strictly: tables say which keys an object may have and
 * which words a value may be; whatever else stands there fails the load with
 * a message that names the manifest, the place and what is known there.
 */
#ifndef PROVIDER_LOADER_H
#define PROVIDER_LOADER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOADER_MAX_RULES 512 /* paths, words and rows of one manifest */
#define LOADER_PATH_SIZE 160 /* of a place in a message; longer is cut */

struct manifest;
struct template_place;

struct loader {
	const char *name; /* of the manifest, for messages */
	struct arena *arena;
	struct err *err;
	/*
	 * As far as it is loaded: keys are taken in the order of their tables,
	 * so that what names credentials, settings or tokens finds them here.
	 */
	const struct manifest *manifest;
	const struct template_place
		*place;	  /* template.h; NULL: settings alone */
	bool xml;	  /* of a body: {auth} may stand there */
	bool auth_seen;	  /* and did */
	bool needed_seen; /* what the place needs */
	uint32_t offered; /* rows of the place's names that stood there */
	size_t rules;
	size_t path_len;
	char path[LOADER_PATH_SIZE]; /* JSON pointer of where we are */
};

/* v is never NULL; arg is the row's. */
typedef int load_fn(struct loader *l, const struct json *v, void *out,
		    const void *arg);

struct load_key {
	const char *key;
	load_fn *load;
	size_t offset;	 /* of the member of out that load fills */
	const void *arg; /* of load */
	bool required;
};

/* Rows of any table whose first member is the word: const char *. */
struct load_words {
	const void *rows;
	size_t stride;
	size_t count;
};

/* The row of a table that is nothing but words. */
struct load_name {
	const char *name;
};

#define LOAD_WORDS(table)                                   \
	{                                                   \
		table, sizeof((table)[0]), ARRAY_LEN(table) \
	}

/* What an array, or an object's members, become. */
struct list {
	const void *items;
	size_t count;
};

struct load_items {
	load_fn *load;	 /* of one item; an object's json_key is its name */
	size_t size;	 /* of one item */
	size_t max;	 /* items */
	const void *arg; /* of load */
	bool one;	 /* what is no array counts as an array of one */
	bool members;	 /* of an object instead of an array */
};

/* Fill the error and give -1: "acme: /person/id: what is wrong". */
#define load_fail(l, ...) (load_explain(l, __VA_ARGS__), -1)
void load_explain(struct loader *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Keys in the order of the table, whatever their order in v. out's members
 * keep their values where a key that is not required is left.
 */
int load_object(struct loader *l, const struct json *v,
		const struct load_key *keys, size_t count,
		void *out) MUST_CHECK;

/* Several tables of one object, each with its own struct. */
struct load_group {
	const struct load_key *keys;
	size_t count;
	void *out;
};

#define LOAD_MAX_KEYS 48 /* of all tables of one object */

int load_groups(struct loader *l, const struct json *v,
		const struct load_group *groups, size_t count) MUST_CHECK;

load_fn load_nested;  /* arg: struct load_table; out: its struct */
load_fn load_list;    /* arg: struct load_items; out: struct list */
load_fn load_text;    /* 1 or more bytes; out: struct str, with a NUL after */
load_fn load_z;	      /* as load_text, without control bytes; out: char * */
load_fn load_bool;    /* out: bool */
load_fn load_int;     /* arg: struct load_range; out: int64_t */
load_fn load_word;    /* arg: struct load_words; out: unsigned, its row */
load_fn load_pointer; /* out: const struct json_path * */

/* The name of a credential that is declared for the API. out: const char * */
load_fn load_api_credential;

/* ERR_CONFIG unless it is declared, and for the webhook or for the API. */
int load_check_credential(struct loader *l, struct str name,
			  bool webhook) MUST_CHECK;

struct load_table {
	const struct load_key *keys;
	size_t count;
};

#define LOAD_TABLE(keys)              \
	{                             \
		keys, ARRAY_LEN(keys) \
	}

struct load_range {
	int64_t min, max;
};

const char *words_at(const struct load_words *words, size_t i);

/* The row of a word, for texts that hold one. False when it is not known. */
bool words_find(const struct load_words *words, struct str word, unsigned *out);

/* Fail because word is not known, naming those that are. */
int load_unknown(struct loader *l, const char *what,
		 const struct load_words *words, struct str word);

/* One more rule; fails past LOADER_MAX_RULES. */
int load_count_rule(struct loader *l) MUST_CHECK;

/* From the loader's arena, zeroed; NULL with the error set. */
void *load_alloc(struct loader *l, size_t count, size_t size);

/* Step into a member or item, and out again. */
size_t load_enter(struct loader *l, struct str key);
void load_leave(struct loader *l, size_t mark);

#endif
