/* What each format provides. Included by src/record/ only. */
#ifndef RECORD_FORMAT_H
#define RECORD_FORMAT_H

#include "record/reader.h"

#include <stdint.h>

/*
 * Contracts are those of the functions of the same name in reader.h; reader.c
 * sees to it that nothing is called after a failure or an end.
 */
struct record_ops {
	int (*open)(struct record_reader **out,
		    const struct record_shape *shape, struct err *err);
	int (*feed)(struct record_reader *r, struct str bytes, struct err *err);
	int (*end)(struct record_reader *r, struct str *rest, struct err *err);
	void (*free)(struct record_reader *r);
};

extern const struct record_ops record_json;
extern const struct record_ops record_xml;
extern const struct record_ops record_csv;

struct record_reader { /* embedded in each format's own struct */
	const struct record_ops *ops;
	record_fn *fn;
	void *arg;
	uint64_t offset; /* bytes before this feed */
	size_t count;
	bool over; /* failed or ended */
};

/* A record is whole. */
int record_emit(struct record_reader *r, struct str json,
		struct err *err) MUST_CHECK;

/* What end says when the records have no place. */
int record_no_place(struct err *err);

#endif
