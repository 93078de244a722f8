/*
 * The sandbox's reader of SOAP requests: what it takes is within its limits,
 * what it refuses it says why, and reading twice gives the same. Texts stand in
 * memory of their exact size, so that a byte too many is seen.
 */
#include "base/assert.h"
#include "soap.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_MAX 999

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void check_taken(const struct soap_request *r)
{
	ASSERT(ends(r->user, sizeof(r->user)));
	ASSERT(ends(r->password, sizeof(r->password)));
	ASSERT(r->operation == SOAP_TIMESTAMP ||
	       r->operation == SOAP_GET_WORKERS);
	ASSERT(r->reference_count <= SOAP_REFERENCES_MAX);
	for (size_t i = 0; i < r->reference_count; i++) {
		ASSERT(ends(r->references[i].type,
			    sizeof(r->references[i].type)));
		ASSERT(ends(r->references[i].id, sizeof(r->references[i].id)));
	}
	if (r->operation == SOAP_GET_WORKERS)
		ASSERT(r->page > 0 && r->count > 0 &&
		       r->count <= PAGE_SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct soap_request first, second;
	char *text = malloc(size ? size : 1);
	char why[SOAP_TEXT_SIZE] = "", again[SOAP_TEXT_SIZE] = "";
	enum soap_problem problem;

	ASSERT(text);
	memcpy(text, data, size);
	problem = soap_read((struct str){ text, size }, &first, why);
	ASSERT(soap_read((struct str){ text, size }, &second, again) ==
	       problem);
	ASSERT(ends(why, sizeof(why)) && !strcmp(why, again));
	if (problem == SOAP_FINE)
		check_taken(&first);
	else
		ASSERT(why[0]);
	free(text);
	return 0;
}
