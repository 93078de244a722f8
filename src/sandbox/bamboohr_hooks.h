/* BambooHR's calls by which a subscriber makes and removes its webhooks. */
#ifndef SANDBOX_BAMBOOHR_HOOKS_H
#define SANDBOX_BAMBOOHR_HOOKS_H

struct exchange;

void bamboohr_hooks_list(struct exchange *x);
void bamboohr_hooks_add(struct exchange *x);
void bamboohr_hooks_fields(struct exchange *x);
void bamboohr_hooks_get(struct exchange *x);
void bamboohr_hooks_remove(struct exchange *x);

#endif
