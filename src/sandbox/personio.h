/* Personio's parts: people (personio.c), and webhooks (personio_webhook.c). */
#ifndef SANDBOX_PERSONIO_H
#define SANDBOX_PERSONIO_H

#include "exchange.h"

extern const struct id_form personio_employments;

/*
 * "_meta", with the link to the next page, if there is one, in which alone the
 * cursor stands.
 */
void personio_links(struct exchange *x, const struct page *p, const char *path);

void personio_hooks(struct exchange *x);
void personio_hook_add(struct exchange *x);
void personio_hook_get(struct exchange *x);
void personio_hook_change(struct exchange *x);
void personio_hook_remove(struct exchange *x);
void personio_hook_events(struct exchange *x);

#endif
