/* How a call says who we are: "auth" of a manifest. */
#ifndef PROVIDER_AUTH_H
#define PROVIDER_AUTH_H

#include "loader.h"
#include "template.h"
#include "when.h"
#include "json/write.h"

/* Where a scheme puts what it has to say. */
enum auth_place { AUTH_IN_HEADER, AUTH_IN_QUERY, AUTH_IN_BODY, AUTH_IN_XML };

struct auth_scheme;

struct auth {
	const struct auth_scheme *scheme;
	struct str word; /* the scheme's, as the manifest spells it */
	struct when when;
	const char *name;     /* of a header, a parameter, a member */
	struct list value;    /* struct template_part */
	struct list user;     /* of basic and wsse */
	struct str user_text; /* basic: the same for everybody */
	struct str password;
};

extern const struct load_items load_auths; /* items: struct auth */

bool auths_have(const struct list *auths, enum auth_place place);

/*
 * What the auths of one place have to say, appended: headers to the request,
 * parameters to a URL's query, members to an open JSON object, lines of XML.
 * Auths whose "when" does not hold say nothing.
 */
struct call_builder;

int auth_add_headers(struct call_builder *b, struct err *err) MUST_CHECK;
int auth_add_query(struct call_builder *b, struct err *err) MUST_CHECK;
int auth_add_members(struct call_builder *b, struct json_writer *w,
		     struct err *err) MUST_CHECK;
int auth_add_xml(struct call_builder *b, struct buf *out,
		 struct err *err) MUST_CHECK;

/* "Basic " and base64 of user:password, in the arena. ERR_CONFIG. */
int basic_value(struct str user, struct str password, struct arena *a,
		struct str *out, struct err *err) MUST_CHECK;

#endif
