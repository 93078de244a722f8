/* How long an answer asks us to wait. */
#ifndef FETCHER_WAIT_H
#define FETCHER_WAIT_H

#include "http/client.h"
#include "provider/manifest.h"
#include "verdict.h"

#include <stdint.h>

/*
 * In ms; -1: it does not say. Retry-After, the header that the manifest names,
 * or else one of those in which vendors tell when their limit is reset. Also
 * of an answer that is fine, when it says that no call is left.
 */
int64_t wait_asked_ms(const struct manifest *m, const struct http_answer *a,
		      int64_t now_ms);

/* FINDING_BUSY, when the manifest says that this means too many calls. */
enum finding wait_finding(const struct manifest *m, enum finding f, int status);

#endif
