/* Rippling's older calls; see rippling_v1.c. */
#ifndef SANDBOX_RIPPLING_H
#define SANDBOX_RIPPLING_H

struct exchange;

void rippling_v1_employees(struct exchange *x); /* who works there */
void rippling_v1_everybody(struct exchange *x);
void rippling_v1_employee(struct exchange *x);
void rippling_v1_activity(struct exchange *x);
void rippling_v1_me(struct exchange *x);
void rippling_v1_company(struct exchange *x);
void rippling_v1_installed(struct exchange *x);

#endif
