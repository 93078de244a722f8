/* Workday's parts: reports, the SOAP service, and what a worker looks like. */
#ifndef SANDBOX_WORKDAY_H
#define SANDBOX_WORKDAY_H

#include "exchange.h"
#include "render.h"

/* --- one person: workday_worker.c --- */

/* "21004"; of contractors "C-21004". A rehire may bring another. */
const char *workday_number(const struct employee *e,
			   char out[static TEXT_SIZE]);

/* The record that has it; of several the one that works there. */
bool workday_number_find(const struct view *v, struct str text, bool contingent,
			 uint32_t *n);

/* <wd:Worker>, with the parts that groups (see soap.h) names. */
void workday_worker(const struct view *v, const struct employee *e,
		    unsigned groups, struct buf *out);

/* An organization's name as theirs are, "Engineering (Ada Fernfield)". */
const char *workday_team(const struct view *v, const struct employee *e,
			 char out[static TEXT_SIZE]);

/* --- calls --- */

void workday_report(struct exchange *x); /* workday_report.c */
void workday_soap(struct exchange *x);	 /* workday_soap.c */

/* Instead of a refusal of a report: a fault. Sets the status. */
void workday_fault(struct exchange *x, enum refusal why, const char *detail);
bool workday_is_soap(struct exchange *x);

/* Does this name and password open? */
bool workday_knows(struct exchange *x, struct str user, struct str password);

#endif
