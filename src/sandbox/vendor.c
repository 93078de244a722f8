#include "vendor.h"

#include "company.h"

#define TELLING_FROM 1000000000000u /* longer than any number of ours */

static const struct row {
	const char *name;
	const char *base;
	struct id_form people;
} rows[VENDOR_COUNT] = {
	[VENDOR_BAMBOOHR] = { "bamboohr", "", { "", .first = 101 } },
	/* over 2^53, as theirs are */
	[VENDOR_HIBOB] = { "hibob", "", { "", .first = 3332883894011691100u } },
	[VENDOR_RIPPLING] = { "rippling",
			      "",
			      { "66f0", .middle = "00000000" } },
	[VENDOR_WORKDAY] = { "workday",
			     "/as/workday",
			     { "0e44c92412d34b01ace6", .middle = "" } },
	[VENDOR_PERSONIO] = { "personio",
			      "/as/personio",
			      { "", .first = 8629001 } },
	[VENDOR_GUSTO] = { "gusto", "/as/gusto", ID_UUID("6c057000") },
	[VENDOR_DEEL] = { "deel", "/as/deel", ID_UUID("6cde3100") },
	[VENDOR_MERGE] = { "merge", "/as/merge", ID_UUID("6c3e7600") },
	[VENDOR_WORKOS] = { "workos",
			    "/as/workos",
			    { .prefix = "directory_user_01J9X0000000KS",
			      .middle = "",
			      .upper = true } },
	[VENDOR_FACTORIAL] = { "factorial",
			       "/as/factorial",
			       { "", .first = 1001 } },
	[VENDOR_HUMAANS] = { "humaans",
			     "/as/humaans",
			     { "Pp3kTq9vWx2p", .middle = "" } },
	[VENDOR_NAMELY] = { "namely", "/as/namely", ID_UUID("6ca3e100") },
	[VENDOR_CSV] = { "csv", "/as/csv", { "", .first = 50001 } },
	[VENDOR_STANDARD] = { "standard", NULL, { "person-", .first = 1 } },
};

const char *vendor_name(enum vendor v)
{
	return rows[v].name;
}

const char *vendor_base(enum vendor v)
{
	return rows[v].base;
}

bool vendor_find(struct str name, enum vendor *out)
{
	for (unsigned v = 0; v < VENDOR_COUNT; v++) {
		if (str_is(name, rows[v].name)) {
			*out = (enum vendor)v;
			return true;
		}
	}
	return false;
}

const char *object_id(const struct id_form *f, const struct company *c,
		      uint32_t n, char out[static VENDOR_ID_SIZE])
{
	return id_text(f, c->epoch, n, out);
}

bool object_id_find(const struct id_form *f, const struct company *c,
		    struct str id, uint32_t *n)
{
	return id_find(f, c->epoch, id, n);
}

const char *vendor_id(enum vendor v, const struct company *c, uint32_t n,
		      char out[static VENDOR_ID_SIZE])
{
	return object_id(&rows[v].people, c, n, out);
}

bool vendor_id_find(enum vendor v, const struct company *c, struct str id,
		    uint32_t *n)
{
	return object_id_find(&rows[v].people, c, id, n);
}

bool vendor_id_is_telling(enum vendor v)
{
	const struct id_form *f = &rows[v].people;

	return f->prefix[0] || f->first == 0 || f->first > TELLING_FROM;
}

static const struct id_form rippling[RIPPLING_OBJECT_COUNT] = {
	[RIPPLING_WORKER] = { "66f0", .middle = "00000000" },
	[RIPPLING_USER] = { "65f0", .middle = "00000000" },
	[RIPPLING_LEGAL_ENTITY] = { "64f0", .middle = "00000000" },
	[RIPPLING_EMPLOYMENT_TYPE] = { "63f0", .middle = "00000000" },
	[RIPPLING_DEPARTMENT] = { "62f0", .middle = "00000000" },
	[RIPPLING_LEVEL] = { "61f0", .middle = "00000000" },
	[RIPPLING_LEAVE] = { "5ff0", .middle = "00000000" },
};

const char *rippling_id(enum rippling_object o, const struct company *c,
			uint32_t n, char out[static VENDOR_ID_SIZE])
{
	return object_id(&rippling[o], c, n, out);
}

bool rippling_id_find(enum rippling_object o, const struct company *c,
		      struct str id, uint32_t *n)
{
	return object_id_find(&rippling[o], c, id, n);
}
