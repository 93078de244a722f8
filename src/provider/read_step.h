/* One call of a read, opened from its state. */
#ifndef PROVIDER_READ_STEP_H
#define PROVIDER_READ_STEP_H

#include "parts.h"
#include "provider/read.h"
#include "read_state.h"

struct read_step {
	const struct manifest *m;
	struct fetch_context ctx;
	bool one; /* of one person: only details are asked for */
	struct read_state state;
	const struct read_way *way;	/* NULL of tables */
	const struct read_list *list;	/* NULL of one */
	const struct table_part *table; /* of tables */
	const struct composition *composition;
};

/*
 * To the first page of the first list from s->way on (of tables: s->list).
 * ERR_CONFIG when there is none.
 */
int read_state_begin(const struct manifest *m, const struct fetch_context *ctx,
		     struct read_state *s, struct err *err) MUST_CHECK;

/* To the first page of a list. */
void read_state_enter(struct read_state *s, const struct read_list *list,
		      const struct changed *changed);

/* The first table from index i on that the settings want; NULL: none. */
const struct table_part *table_find(const struct manifest *m,
				    const struct fetch_context *ctx, size_t i,
				    size_t *index);

/* NULL unless the step reads who changed. */
const struct changed *step_changed(const struct read_step *step);

/* What its call's templates may hold. */
struct list_values {
	struct call_value items[LIST_NAME_COUNT];
	struct call_values values;
	char page[STR_NUMBER_SIZE], offset[STR_NUMBER_SIZE];
	char size[STR_NUMBER_SIZE];
	char since[40], until[40], now[40], today[40];
};

void list_values(const struct read_step *step, struct list_values *out);

struct surroundings step_surroundings(const struct read_step *step,
				      const struct read_tables *tables,
				      int64_t today, struct arena *a);

/*
 * A row as places see it: of an event the record, unwrapped, with what it gets
 * from around, and under its name. NULL when the arena is full, or an event has
 * none.
 */
const struct json *step_record(const struct read_step *step,
			       const struct json *row, const struct json *rest,
			       const struct surroundings *around);

/* Bit i: detail i of the step (not of the way) is needed for record. */
uint32_t step_details(const struct read_step *step, const struct json *record,
		      const struct surroundings *around);

/* Detail i of those that the step's rows have; NULL past the last. */
const struct detail *step_detail(const struct read_step *step, size_t i);

/* How many rows its call asks for; 0: as many as the HRIS likes. */
int64_t step_page_size(const struct read_step *step);

/* When `changed` says so: how far back the step's read reaches, in ms. */
int64_t step_since_ms(const struct read_step *step);

#endif
