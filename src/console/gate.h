/* Who may call at all. */
#ifndef CONSOLE_GATE_H
#define CONSOLE_GATE_H

#include "base/str.h"

#include <stdbool.h>

/* Does a listen address ("127.0.0.1:8081") take only what is on this machine?
 */
bool listens_on_loopback(const char *listen);

/*
 * Is a Host field's value (RFC 9110 7.2) a name of this machine for itself:
 * localhost, 127.0.0.0/8 or [::1], with any port? A page of another site that
 * lets its own name point to 127.0.0.1 (DNS rebinding) sends its name here.
 */
bool host_is_loopback(struct str host);

/* The token of "Bearer TOKEN" (RFC 6750); false when it is anything else. */
bool bearer_token(struct str authorization, struct str *token);

#endif
