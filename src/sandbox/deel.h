/* Deel's parts: people (deel.c), and webhooks (deel_webhook.c). */
#ifndef SANDBOX_DEEL_H
#define SANDBOX_DEEL_H

struct exchange;

#define DEEL_AT "/as/deel/rest/v2"

void deel_hooks(struct exchange *x);
void deel_hook_add(struct exchange *x);
void deel_hook_get(struct exchange *x);
void deel_hook_remove(struct exchange *x);
void deel_hook_types(struct exchange *x);

#endif
