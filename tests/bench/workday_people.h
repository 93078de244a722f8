/*
 * Workday with many people, by its web service or as a report in XML, made as
 * cheaply as can be: for benchmarks. Over hris.h.
 */
#ifndef TESTS_WORKDAY_PEOPLE_H
#define TESTS_WORKDAY_PEOPLE_H

#include "hris.h"

#include <stddef.h>

enum { WORKDAY_PERSON_MAX = 8192 };

struct workday_people {
	int count;
	char person[WORKDAY_PERSON_MAX]; /* a # is the person's number */
	size_t bytes;			 /* of each */
};

/* Get_Workers from now on, or the report; in both, all have equal lengths. */
void workday_service_start(struct workday_people *p, struct hris *h);
void workday_report_start(struct workday_people *p, struct hris *h);

#endif
