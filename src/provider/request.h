/* How an HRIS is read: "fetch" of a manifest. */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H

#include "call.h"
#include "loader.h"
#include "provider/fetch.h"

#include <stdint.h>

/* Mutual TLS: names of credentials, both or none. */
struct tls_part {
	const char *certificate;
	const char *key;
};

/* Reading one person. */
struct one_part {
	struct call_part call;
	struct list person; /* struct source: where the record stands */
};

struct fetch_part {
	struct list base_url; /* struct template_part */
	struct list auth;     /* struct auth: all of them apply */
	struct list tokens;   /* struct token_part */
	struct tls_part tls;
	struct list headers; /* struct named_template */
	int64_t delay_s;
	struct one_part one;
};

extern const struct load_table load_fetch;

/* A whole address: scheme and host first. out: struct list */
load_fn load_address;

/* Headers by their names; items: struct named_template. */
extern const struct load_items load_headers;

#endif
