/* The vendors that the company is served as, and how each names its people. */
#ifndef SANDBOX_VENDOR_H
#define SANDBOX_VENDOR_H

#include "ids.h"

struct company;

enum vendor {
	VENDOR_BAMBOOHR,
	VENDOR_HIBOB,
	VENDOR_RIPPLING,
	VENDOR_WORKDAY,
	VENDOR_PERSONIO,
	VENDOR_GUSTO,
	VENDOR_DEEL,
	VENDOR_MERGE,
	VENDOR_WORKOS,
	VENDOR_FACTORIAL,
	VENDOR_HUMAANS,
	VENDOR_NAMELY,
	VENDOR_CSV,
	VENDOR_STANDARD, /* pushes only: has no API */
	VENDOR_COUNT
};

#define API_COUNT VENDOR_STANDARD /* those that can be called */

#define VENDOR_ID_SIZE ID_SIZE

const char *vendor_name(enum vendor v); /* "bamboohr" */
bool vendor_find(struct str name, enum vendor *out);

/* Where its API stands here, as a base URL goes on: "" or "/as/personio". */
const char *vendor_base(enum vendor v);

/* The vendor's id of record n; returns out. */
const char *vendor_id(enum vendor v, const struct company *c, uint32_t n,
		      char out[static VENDOR_ID_SIZE]);

/* False for what is not such an id; the record need not exist. */
bool vendor_id_find(enum vendor v, const struct company *c, struct str id,
		    uint32_t *n);

/* Can its ids be told from our own numbers and from other vendors' ids? */
bool vendor_id_is_telling(enum vendor v);

/* Of something else that a vendor has, as for vendor_id. */
const char *object_id(const struct id_form *f, const struct company *c,
		      uint32_t n, char out[static VENDOR_ID_SIZE]);
bool object_id_find(const struct id_form *f, const struct company *c,
		    struct str id, uint32_t *n);

/* What Rippling has ids for besides workers: 24 hex digits each. */
enum rippling_object {
	RIPPLING_WORKER,
	RIPPLING_USER,
	RIPPLING_LEGAL_ENTITY,
	RIPPLING_EMPLOYMENT_TYPE,
	RIPPLING_DEPARTMENT,
	RIPPLING_LEVEL,
	RIPPLING_LEAVE,
	RIPPLING_OBJECT_COUNT
};

const char *rippling_id(enum rippling_object o, const struct company *c,
			uint32_t n, char out[static VENDOR_ID_SIZE]);
bool rippling_id_find(enum rippling_object o, const struct company *c,
		      struct str id, uint32_t *n);

/* Of the company itself, as each vendor has them. */
#define BAMBOOHR_COMPANY    "12345"
#define BAMBOOHR_DOMAIN	    "sandbox"
#define HIBOB_COMPANY	    636192
#define HIBOB_SYSTEM_ID	    "3332883894011691026" /* who did it */
#define RIPPLING_COMPANY    "656992806f26d6caeaffff9f"
#define WORKDAY_TENANT	    "sandbox"
#define WORKDAY_ISU	    "ISU_hrisd"
#define WORKDAY_REPORT	    "INT_hrisd_Workers"
#define GUSTO_COMPANY	    "c0605700-0000-4000-8000-000000000001"
#define WORKOS_DIRECTORY    "directory_01J9X0000000KD000000000001"
#define WORKOS_ORGANIZATION "org_01J9X0000000KP000000000001"
#define FACTORIAL_COMPANY   "4242"
#define COMPANY_ADMIN	    "admin@example.com"

#endif
