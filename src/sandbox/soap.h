/*
 * A SOAP request to Workday, read by libxml2: what is asked for, or why it is
 * no good. As strict as theirs: an element in the wrong place is an error.
 */
#ifndef SANDBOX_SOAP_H
#define SANDBOX_SOAP_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define SOAP_REFERENCES_MAX 100
#define SOAP_TEXT_SIZE	    128

enum soap_operation { SOAP_TIMESTAMP, SOAP_GET_WORKERS };

enum soap_problem {
	SOAP_FINE,
	SOAP_NOT_XML,	/* or not an envelope */
	SOAP_NOT_VALID, /* by the service's schema */
};

/* What the answer may hold; bits. */
enum {
	GROUP_REFERENCE = 1,
	GROUP_PERSONAL = 2,
	GROUP_EMPLOYMENT = 4,
	GROUP_ORGANIZATIONS = 8,
	GROUP_CHAIN = 16,
	GROUP_ACCOUNT = 32,
	GROUP_COMPENSATION = 64, /* only when no group is named */
};

struct soap_reference {
	char type[32]; /* "WID" */
	char id[64];
};

struct soap_request {
	char user[SOAP_TEXT_SIZE]; /* of the UsernameToken; "" for none */
	char password[SOAP_TEXT_SIZE];
	enum soap_operation operation;
	/* of Get_Workers; a time is NONE when it is not given */
	size_t reference_count;
	struct soap_reference references[SOAP_REFERENCES_MAX];
	bool skip_missing;
	int64_t updated_from, updated_through;
	int64_t effective_from, effective_through; /* days */
	bool hires, contracts, ends, others;	   /* transaction types named */
	bool no_inactive, no_employees, no_contingent;
	int64_t as_of_day;
	int64_t as_of_entry;
	uint32_t page, count;
	unsigned groups;
};

#define SOAP_NONE INT64_MIN

/* On a problem, why says what it is about. */
enum soap_problem soap_read(struct str text, struct soap_request *out,
			    char why[static SOAP_TEXT_SIZE]);

#endif
