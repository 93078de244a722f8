/* How an answer in CSV is written: keys of a call whose format that is. */
#ifndef PROVIDER_CSV_PART_H
#define PROVIDER_CSV_PART_H

#include "loader.h"
#include "provider/fetch.h"
#include "record/reader.h"

struct csv_part {
	char delimiter;		  /* 0: found out */
	const char *delimiter_by; /* the setting that holds it; or NULL */
	unsigned encoding;	  /* enum record_encoding */
	const char *encoding_by;
};

load_fn load_csv_delimiter; /* out: struct csv_part */
load_fn load_csv_encoding;  /* likewise */

/* Into *out, by the connection's settings. ERR_CONFIG. */
int csv_shape(const struct csv_part *c, const struct manifest *m,
	      const struct fetch_context *ctx, struct record_shape *out,
	      struct err *err) MUST_CHECK;

#endif
