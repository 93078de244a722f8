/* Factorial's parts: lists (factorial.c), webhooks (factorial_webhook.c). */
#ifndef SANDBOX_FACTORIAL_H
#define SANDBOX_FACTORIAL_H

#include "view.h"
#include "json/write.h"

struct exchange;

/* One of a list, and what webhooks send: the resource and nothing around it. */
void factorial_employee(struct json_writer *w, const struct view *v,
			const struct employee *e);
void factorial_membership(struct json_writer *w, const struct view *v,
			  const struct employee *e);

void factorial_hooks(struct exchange *x);
void factorial_hook_add(struct exchange *x);
void factorial_hook_change(struct exchange *x);
void factorial_hook_remove(struct exchange *x);

#endif
