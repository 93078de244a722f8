#include "page.h"

#include "crypto/encode.h"
#include "exchange.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

/* Texts are compared by nobody: a list by them is walked anew. */
static bool is_same(const struct wanted *a, const struct wanted *b)
{
	return a->statuses == b->statuses && a->types == b->types &&
	       a->user == b->user && a->deleted == b->deleted &&
	       a->ended == b->ended &&
	       a->changed_since_ms == b->changed_since_ms &&
	       a->changed_before_ms == b->changed_before_ms &&
	       a->created_before_ms == b->created_before_ms &&
	       a->days_from == b->days_from && a->days_to == b->days_to &&
	       !a->email.ptr && !b->email.ptr;
}

/* What else changes who stands where in a list, as one number. */
static int64_t list_faults(const struct exchange *x)
{
	const int64_t *f = x->fault.value;

	return f[FAULT_HIDDEN_PERCENT] * 16 + (x->view.order != NULL) * 8 +
	       f[FAULT_REVERSE_LIST] * 4 + f[FAULT_HALF_LIST] * 2 +
	       f[FAULT_EMPTY_LIST];
}

/* One day for all places, when it is asked for. */
static int64_t as_of(const struct exchange *x)
{
	return x->view.as_of ? x->view.as_of[0] : NO_DAY;
}

/* --- cursors --- */

const char *page_cursor(uint32_t position, char out[static PAGE_CURSOR_SIZE])
{
	char plain[16];
	struct buf coded;

	(void)snprintf(plain, sizeof(plain), "at:%u", position);
	buf_init(&coded, PAGE_CURSOR_SIZE);
	encode(ENCODING_BASE64URL, plain, strlen(plain), &coded);
	(void)snprintf(out, PAGE_CURSOR_SIZE, "%s", buf_z(&coded));
	buf_release(&coded);
	return out;
}

bool page_cursor_read(struct str text, uint32_t *position)
{
	unsigned char plain[PAGE_CURSOR_SIZE];
	struct str rest, head;
	uint64_t at;
	size_t len;

	if (!decode(ENCODING_BASE64URL, text, plain, sizeof(plain), &len))
		return false;
	rest = (struct str){ (const char *)plain, len };
	if (!str_cut(&rest, ':', &head) || !str_is(head, "at") ||
	    !str_to_u64(rest, &at) || at > UINT32_MAX)
		return false;
	*position = (uint32_t)at;
	return true;
}

/* --- where a page begins --- */

static struct page_mark *mark_of(struct exchange *x)
{
	struct api_state *s = exchange_state(x);

	return s ? &s->page_mark : NULL;
}

/* The position of what comes after the first skip records of the list. */
static uint32_t skip(struct exchange *x, const struct wanted *w, uint32_t count)
{
	const struct page_mark *m = mark_of(x);
	uint32_t skipped = 0, at = 0, n;

	if (m && m->is_set && m->skipped <= count &&
	    m->revision == x->sandbox->company.revision &&
	    m->faults == list_faults(x) && m->as_of == as_of(x) &&
	    is_same(&m->wanted, w)) {
		skipped = m->skipped;
		at = m->position;
	}
	while (skipped < count && view_next(&x->view, w, &at, &n))
		skipped++;
	return at;
}

static void remember(struct exchange *x, const struct page *p, uint32_t at)
{
	struct page_mark *m = mark_of(x);
	uint32_t before =
		p->kind == PAGE_NUMBER ? (p->at - 1) * p->limit : p->at;

	if (m)
		*m = (struct page_mark){ .wanted = p->wanted,
					 .revision =
						 x->sandbox->company.revision,
					 .faults = list_faults(x),
					 .as_of = as_of(x),
					 .skipped = before + p->count,
					 .position = at,
					 .is_set = true };
}

/* Past the end of a list that loops it begins again. */
static uint32_t looped(struct exchange *x, const struct wanted *w,
		       uint32_t skip)
{
	uint32_t total = view_total(&x->view, w);

	return x->fault.value[FAULT_LOOPING] && total ? skip % total : skip;
}

void page_open_at(struct exchange *x, enum page_kind kind,
		  const struct wanted *w, uint32_t at, uint32_t limit,
		  struct page *p)
{
	uint64_t before = at;

	*p = (struct page){ .wanted = *w,
			    .kind = kind,
			    .limit = limit,
			    .at = at,
			    .start = at,
			    .last = EMPLOYEE_NONE };
	if (kind == PAGE_NUMBER)
		before = ((uint64_t)at - 1) * limit;
	if (kind == PAGE_OFFSET || kind == PAGE_NUMBER) {
		if (before > limit && x->fault.value[FAULT_REPEAT_CURSOR])
			before = limit;
		if (before > UINT32_MAX)
			before = UINT32_MAX;
		p->start = skip(x, w, looped(x, w, (uint32_t)before));
	}
	p->next = p->start;
}

static bool read_at(struct exchange *x, const struct page_form *f, uint32_t *at,
		    struct err *err)
{
	struct str text = query_get(&x->query, f->at);
	uint64_t n = f->kind == PAGE_NUMBER;
	uint32_t who;

	*at = 0;
	if (f->kind == PAGE_OFFSET || f->kind == PAGE_NUMBER) {
		if (query_number(&x->query, f->at, n, n, UINT32_MAX / 2, &n,
				 err) < 0)
			return false;
		*at = (uint32_t)n;
		return true;
	}
	if (text.len == 0)
		return true;
	if (f->kind == PAGE_AFTER
		    ? vendor_id_find(x->api->vendor, &x->sandbox->company, text,
				     &who)
		    : page_cursor_read(text, at)) {
		if (f->kind == PAGE_AFTER)
			*at = view_position(&x->view, who) + 1;
		if (*at <= x->sandbox->company.size)
			return true;
	}
	err_fill(err, ERR_INVALID, "%s: not one of ours", f->at);
	return false;
}

bool page_open(struct exchange *x, const struct page_form *f,
	       const struct wanted *w, struct page *p)
{
	bool all = f->usual_is_all && !query_get(&x->query, f->at).ptr;
	uint64_t limit = all ? UINT32_MAX : f->usual;
	struct err err = { 0 };
	uint32_t at;

	if ((f->size && query_number(&x->query, f->size, limit, 1, f->max,
				     &limit, &err) < 0) ||
	    !read_at(x, f, &at, &err)) {
		exchange_refuse(x, REFUSE_INVALID, err.text);
		return false;
	}
	page_open_at(x, f->kind, w, at, (uint32_t)limit, p);
	return true;
}

bool page_take(struct exchange *x, struct page *p, struct employee *out)
{
	if (p->count == p->limit || x->body.failed ||
	    !view_take(&x->view, &p->wanted, &p->next, out))
		return false;
	p->count++;
	p->last = out->n;
	return true;
}

void page_close(struct exchange *x, struct page *p)
{
	uint32_t ahead = p->next, n;
	const int64_t *f = x->fault.value;

	remember(x, p, p->next);
	p->more = view_next(&x->view, &p->wanted, &ahead, &n);
	if (p->more && p->start > 0 && f[FAULT_REPEAT_CURSOR]) {
		p->next = p->start;
	} else if (!p->more && p->count > 0 && f[FAULT_LOOPING]) {
		p->more = true;
		p->next = 0;
	}
}

void page_write(struct exchange *x, struct page *p, const char *key,
		page_write_fn *write)
{
	struct employee e;

	json_open_array(&x->json, key);
	while (page_take(x, p, &e))
		write(&x->json, &x->view, &e);
	page_close(x, p);
	json_close(&x->json);
}

uint32_t page_total(struct exchange *x, const struct page *p)
{
	struct api_state *s = exchange_state(x);
	struct total_mark *m = s ? &s->total_mark : NULL;
	int64_t faults =
		list_faults(x) + 10000 * x->fault.value[FAULT_WRONG_TOTAL];
	uint64_t total, past;

	if (!m)
		return view_total(&x->view, &p->wanted);
	if (!m->is_set || m->revision != x->sandbox->company.revision ||
	    m->faults != faults || m->as_of != as_of(x) ||
	    !is_same(&m->wanted, &p->wanted))
		*m = (struct total_mark){
			.wanted = p->wanted,
			.revision = x->sandbox->company.revision,
			.faults = faults,
			.as_of = as_of(x),
			.total = view_total(&x->view, &p->wanted),
			.is_set = true,
		};
	total = m->total;
	if (x->fault.value[FAULT_LOOPING] &&
	    (p->kind == PAGE_OFFSET || p->kind == PAGE_NUMBER)) {
		/* It never ends. */
		past = p->kind == PAGE_NUMBER ? (uint64_t)p->at * p->limit
					      : (uint64_t)p->at + p->limit;
		if (total < past + p->limit)
			total = past + p->limit;
	}
	return (uint32_t)total;
}
