/* The control API's parts. docs/sandbox.md documents it. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

struct exchange;
struct err;
struct employee;

/* Answer no, by the error's kind. */
void control_refuse(struct exchange *x, const struct err *err);

/* Members of a person as the control API shows them: the truth. */
void control_person(struct exchange *x, const struct employee *e);

void control_act(struct exchange *x);	   /* POST /sandbox/act */
void control_announce(struct exchange *x); /* POST /sandbox/announce */
void control_people(struct exchange *x);   /* GET /sandbox/people */
void control_get_person(struct exchange *x);
void control_subscriptions(struct exchange *x);
void control_subscribe(struct exchange *x);
void control_unsubscribe(struct exchange *x);
void control_log(struct exchange *x);

#endif
