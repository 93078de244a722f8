/* Handing on a token that an HRIS sent to be confirmed. */
#ifndef RECEIVER_CAPTURE_H
#define RECEIVER_CAPTURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "live.h"
#include "provider/webhook.h"

/*
 * Append the job for the fetcher, with the token sealed so that only the
 * fetcher can open it. ERR_CONFIG without its public key.
 */
int capture_job(const struct live_route *r, const struct keyring *keys,
		const struct webhook_handshake *h, struct arena *a,
		struct buf *out, struct err *err) MUST_CHECK;

#endif
