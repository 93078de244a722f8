/* Gusto's parts: employees (gusto.c), events and webhooks (gusto_webhook.c). */
#ifndef SANDBOX_GUSTO_H
#define SANDBOX_GUSTO_H

struct exchange;

#define GUSTO_AT "/as/gusto/v1"

void gusto_events(struct exchange *x);
void gusto_health(struct exchange *x);
void gusto_hooks(struct exchange *x);
void gusto_hook_add(struct exchange *x);
void gusto_hook_get(struct exchange *x);
void gusto_hook_remove(struct exchange *x);
void gusto_hook_verify(struct exchange *x); /* the handshake's last step */
void gusto_hook_ask(struct exchange *x);    /* its first one again */

#endif
