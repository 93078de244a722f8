/* How an HRIS is read: "fetch" of a manifest. */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H

#include "call.h"
#include "loader.h"
#include "provider/fetch.h"
#include "rate_part.h"
#include "register_part.h"
#include "way.h"

#include <stdint.h>

/* Mutual TLS: names of credentials, both or none. */
struct tls_part {
	const char *certificate;
	const char *key;
};

struct fetch_part {
	struct list base_url; /* struct template_part */
	struct list auth;     /* struct auth: all of them apply */
	struct list tokens;   /* struct token_part */
	struct tls_part tls;
	struct list headers; /* struct named_template */
	struct rate_part rate;
	int64_t delay_s;
	const char *redirects; /* a domain; NULL: none is followed */
	struct list answers;   /* struct answer_rule */
	struct list tables;    /* struct table_part */
	struct list side;      /* struct side_table */
	struct read_way way;   /* what all ways have, or the only one */
	struct list ways;      /* struct read_way; at least one */
	struct list test;      /* struct check_part */
	struct register_part registration;
};

load_fn load_fetch; /* out: struct fetch_part */

/* A whole address: scheme and host first. out: struct list */
load_fn load_address;

/* Headers by their names; items: struct named_template. */
extern const struct load_items load_headers;

#endif
