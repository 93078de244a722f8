/* How long an answer asks us to wait. */
#ifndef FETCHER_WAIT_H
#define FETCHER_WAIT_H

#include "http/client.h"

#include <stdint.h>

/*
 * In ms; -1: it does not say. Retry-After, or else one of the headers in which
 * vendors tell when their limit is reset.
 */
int64_t wait_asked_ms(const struct http_answer *a, int64_t now_ms);

#endif
