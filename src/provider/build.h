/* A request in the making, for the files that add to it. */
#ifndef PROVIDER_BUILD_H
#define PROVIDER_BUILD_H

#include "call.h"
#include "secret_text.h"

#define URL_MAX	      16384  /* bytes: a delta link is long */
#define HEADER_MAX    16384  /* bytes of a header's value */
#define CALL_BODY_MAX 131072 /* bytes */

/* Where a call's parameters that are not in its manifest go. */
enum call_params { PARAMS_FORM, PARAMS_JSON, PARAMS_QUERY };

struct call_param {
	const char *name;
	struct str value;
};

#define CALL_MAX_PARAMS 12

struct call_builder {
	struct filling f;
	const struct call_part *call;
	enum call_params place;
	struct call_param params[CALL_MAX_PARAMS];
	size_t param_count;
	struct arena *a;
	struct fetch_request *out;
	struct buf *url;
	bool has_query;
	bool secrets; /* of a token: nothing else says who we are */
	const struct token_part
		*token; /* that the call is sent with; or NULL */
	struct str token_value;
};

/* The address alone, into b->out. */
int build_url(struct call_builder *b, struct str next,
	      struct err *err) MUST_CHECK;

/* out of b, as call.h says of call_request_at. */
int build_request(struct call_builder *b, struct str next,
		  struct err *err) MUST_CHECK;

/* A field of a form; left out when a name has no value. */
int add_form_field(struct call_builder *b, struct buf *out, const char *name,
		   const struct list *value, struct err *err) MUST_CHECK;

/* A header that is there already, in any case, is replaced. */
int add_header(struct fetch_request *out, struct str name, struct str value,
	       struct err *err) MUST_CHECK;

/* A header with a template's value; left out when a name has none. */
int add_template_header(struct call_builder *b, const char *name,
			const struct list *value, struct err *err) MUST_CHECK;

/* "?name=value" or "&name=value" to the URL; left out likewise. */
int add_parameter(struct call_builder *b, const char *name,
		  const struct list *value, struct err *err) MUST_CHECK;

/* A filled template in the arena; ptr NULL when a name has no value. */
int fill_text(const struct filling *f, const struct list *t, enum escape e,
	      size_t max, struct arena *a, struct str *out,
	      struct err *err) MUST_CHECK;

#endif
