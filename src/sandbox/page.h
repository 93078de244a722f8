/*
 * Lists in pages, as the vendors cut them: one engine for all, which knows the
 * faults of lists. A handler opens a page, takes people until there are no
 * more, and closes it; then it knows what comes next.
 */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "query.h"
#include "view.h"

struct exchange;
struct json_writer;

enum page_kind {
	PAGE_CURSOR, /* a text that only the vendor understands */
	PAGE_AFTER,  /* the id of the last one */
	PAGE_OFFSET, /* how many to leave out */
	PAGE_NUMBER, /* which page, from 1 on */
};

struct page_form {
	enum page_kind kind;
	const char *at;	  /* the query parameter */
	const char *size; /* the other; NULL: always usual */
	uint32_t usual, max;
	bool usual_is_all; /* without the parameter `at` it is one page */
};

#define PAGE_CURSOR_SIZE 32

struct page {
	struct wanted wanted;
	enum page_kind kind;
	uint32_t limit;
	uint32_t at; /* as asked: offset, or number; of others the position */
	uint32_t start; /* position of its first record */
	uint32_t count; /* records taken */
	uint32_t last;	/* the last of them; EMPLOYEE_NONE: none */
	/* once it is closed */
	bool more;
	uint32_t next; /* the position of the next page, if there is one */
};

/* False: the query was bad, and is answered. */
bool page_open(struct exchange *x, const struct page_form *f,
	       const struct wanted *w, struct page *p);

/* With numbers that did not stand in the query. at counts as f->kind says. */
void page_open_at(struct exchange *x, enum page_kind kind,
		  const struct wanted *w, uint32_t at, uint32_t limit,
		  struct page *p);

/* The next record of the page; false when it is full or the list ended. */
bool page_take(struct exchange *x, struct page *p, struct employee *out);
void page_close(struct exchange *x, struct page *p);

typedef void page_write_fn(struct json_writer *w, const struct view *v,
			   const struct employee *e);

/* All of the page as an array, and then the page is closed. */
void page_write(struct exchange *x, struct page *p, const char *key,
		page_write_fn *write);

/* How many there are in all, as the vendor says; walks only if it must. */
uint32_t page_total(struct exchange *x, const struct page *p);

/* The cursor of a position, and back. */
const char *page_cursor(uint32_t position, char out[static PAGE_CURSOR_SIZE]);
bool page_cursor_read(struct str text, uint32_t *position);

/* What makes paging by number cheap: where the last page ended. */
struct page_mark {
	struct wanted wanted;
	uint64_t revision;
	int64_t faults; /* of lists, as they were */
	int64_t as_of;	/* the day; NO_DAY: today */
	uint32_t skipped, position;
	bool is_set;
};

/* What makes totals cheap. */
struct total_mark {
	struct wanted wanted;
	uint64_t revision;
	int64_t faults;
	int64_t as_of;
	uint32_t total;
	bool is_set;
};

#endif
