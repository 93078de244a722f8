/* A verdict as the sender sees it. */
#ifndef RECEIVER_REPLY_H
#define RECEIVER_REPLY_H

#include "delivery.h"
#include "http/server.h"

/* Ends the request, as http_reply does. */
void reply_verdict(struct http_request *req, const struct verdict *v);

#endif
