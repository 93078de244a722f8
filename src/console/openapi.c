#include "openapi.h"

#include "api.h"
#include "reply.h"

static const unsigned char document[] = {
#include <docs/api/openapi.json.inc>
	0
};

struct str openapi_document(void)
{
	return (struct str){ (const char *)document, sizeof(document) - 1 };
}

void api_get_openapi(struct call *c)
{
	reply_json(c->req, 200, openapi_document(), NULL);
}
