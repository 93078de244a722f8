/* How one person is read back: "fetch" of a manifest. */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H

#include "loader.h"
#include "provider/fetch.h"

#include <stdint.h>

/* A piece of a text like "/v1/people/{person_id}". */
struct template_part {
	struct str text;  /* itself, when name is NULL */
	const char *name; /* of a setting, or PERSON_ID_NAME */
};

#define PERSON_ID_NAME "person_id"

struct header_template {
	const char *name;
	struct list value; /* struct template_part */
};

struct auth_scheme;

struct auth {
	const struct auth_scheme *scheme;
	const char *user; /* names of credentials */
	const char *secret;
	const char *header;  /* of the scheme "header" */
	struct str word;     /* the scheme's, as the manifest spells it */
	struct str password; /* basic: the same for everybody */
};

struct fetch_part {
	struct list base_url; /* struct template_part */
	struct auth auth;
	struct list headers; /* struct header_template */
	int64_t delay_s;
	unsigned method;
	struct list path;   /* struct template_part */
	struct str body;    /* JSON; ptr NULL: none */
	struct list person; /* struct source: where the record stands */
	struct list gone;   /* int64_t: statuses that mean no such person */
};

extern const struct load_table load_fetch;

/* Refuse names that the manifest does not declare. */
int fetch_check_names(struct loader *l, const struct manifest *m) MUST_CHECK;

#endif
