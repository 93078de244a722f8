/* A JSON body with templates in its texts. */
#ifndef PROVIDER_JSON_BODY_H
#define PROVIDER_JSON_BODY_H

#include "loader.h"
#include "template.h"
#include "json/write.h"

struct json_node;

load_fn load_json_body; /* an object; out: const struct json_node * */

/*
 * Write the members of the body, between the caller's json_open_object and
 * json_close. A text that is one {name} becomes what it stands for: numbers
 * without quotes, several persons as an array. What holds a name without a
 * value is left out.
 */
int json_body_write(const struct json_node *body, const struct filling *f,
		    struct json_writer *w, struct err *err) MUST_CHECK;

#endif
