/* What follows a page. */
#include "answer.h"
#include "base/assert.h"
#include "paging_turn.h"
#include "read_step.h"

#define RESTARTS_MAX 3 /* of one read */

struct turning {
	const struct read_step *step;
	const struct read_page *page;
	const struct surroundings *around;
	bool empty;
	int64_t total; /* of this list; -1: not said */
	struct read_state next;
};

/* ------------------------------------------------------------------ refusals
 */

static bool is_first(const struct read_step *step)
{
	const struct read_state *s = &step->state;

	return !step->table && s->list == 0 && s->pages == 0;
}

static bool leads_on(const struct read_way *w, int status)
{
	const int64_t *s = w->otherwise.items;

	for (size_t i = 0; i < w->otherwise.count; i++)
		if (s[i] == status)
			return true;
	return false;
}

/* Another way of the same read; false when there is none. */
static bool try_next_way(struct turning *t, struct read_turn *out)
{
	struct read_state *s = &t->next;

	if (!is_first(t->step) || !leads_on(t->step->way, t->page->status))
		return false;
	s->way++;
	if (read_state_begin(t->step->m, &t->step->ctx, s, NULL) < 0)
		return false;
	out->restart = true;
	return true;
}

/* The HRIS does not know the mark any more: all of it is read. */
static bool begin_anew(struct turning *t, enum answer_kind kind,
		       struct read_turn *out)
{
	const struct changed *c = step_changed(t->step);
	struct read_state s = { .kind = READ_FULL,
				.since_ms = -1,
				.now_ms = t->page->now_ms };

	if (!c || !t->step->state.mark.len)
		return false;
	if (t->page->status != 410 && kind != ANSWER_GONE)
		return false;
	if (read_state_begin(t->step->m, &t->step->ctx, &s, NULL) < 0)
		return false;
	t->next = s;
	out->restart = true;
	return true;
}

/* From its first page on, a few times at most: else it would never end. */
static bool restart(struct turning *t, enum answer_kind kind,
		    struct read_turn *out)
{
	struct read_state *s = &t->next;

	if (kind != ANSWER_RESTART || s->restarts == RESTARTS_MAX)
		return false;
	s->restarts++;
	s->left = str_none();
	if (s->kind == READ_TABLES)
		s->list = 0;
	if (read_state_begin(t->step->m, &t->step->ctx, s, NULL) < 0)
		return false;
	out->restart = true;
	return true;
}

/* ------------------------------------------------------------------- totals */

static int read_total(struct turning *t, struct err *err)
{
	const struct count_place *c = &t->step->list->total;
	const struct read_page *p = t->page;
	struct str text;

	t->total = -1;
	if (t->empty)
		return 0;
	if (c->header) {
		text = p->header ? p->header(p->headers, c->header)
				 : str_none();
	} else {
		struct found f = sources_find(&c->from, p->rest, t->around);

		text = found_code(&f);
	}
	if (!text.len)
		return 0; /* some say it on the first page alone */
	if (!str_to_i64(str_trim(text), &t->total) || t->total < 0)
		return err_set(err, ERR_INVALID,
			       "the total that the HRIS gives is no number");
	return 0;
}

/* Of all lists: known when each has said one. */
static int64_t add_totals(const struct turning *t)
{
	if (t->next.total < 0 || t->next.here < 0)
		return -1;
	return t->next.total + t->next.here;
}

static int64_t total_so_far(const struct turning *t)
{
	const struct read_step *step = t->step;

	if (step->table || (size_t)step->state.list + 1 <
				   way_lists(step->way, step->state.kind).count)
		return -1;
	return add_totals(t);
}

/* --------------------------------------------------------------------- marks
 */

static struct str kept(const struct turning *t, struct str text)
{
	return arena_dup(t->around->arena, text);
}

/* The mark that this page leaves, in the place of the one before. */
static int take_mark(struct turning *t, const struct changed *c,
		     struct err *err)
{
	struct str mark = str_none();

	if (c->latest.count) {
		struct found f =
			sources_find(&c->latest, t->page->rest, t->around);

		mark = found_code(&f);
	} else if (c->id.count) {
		mark = (struct str){ t->page->last_id, t->page->last_id_len };
	}
	if (!mark.len)
		return 0;
	if (mark.len > READ_MARK_MAX)
		return err_set(err, ERR_INVALID,
			       "the HRIS's mark has more than %d bytes",
			       READ_MARK_MAX);
	t->next.left = kept(t, mark);
	return t->next.left.ptr ? 0 : arena_full(t->around->arena, err);
}

/* A link to go on from is checked like a next link: it is called later. */
static int check_link(struct turning *t, const struct paging_turn *p,
		      struct err *err)
{
	struct str link;

	if (!t->next.left.len)
		return 0;
	if (next_address_of(p, t->next.left, &link, err) < 0)
		return -1;
	t->next.left = link;
	return 0;
}

/* A full read leaves a link too, where its lists are those of the changes. */
static const struct changed *marking(const struct read_step *step)
{
	const struct changed *c = step->way ? &step->way->changed : NULL;

	if (!c || !c->scheme)
		return NULL;
	if (step->state.kind == READ_CHANGED)
		return c;
	return c->scheme->link && !c->lists.count ? c : NULL;
}

/* --------------------------------------------------------------------- turns
 */

static bool is_older(const struct turning *t)
{
	const struct changed *c = step_changed(t->step);

	return c && c->scheme->stops && t->page->oldest_ms &&
	       t->page->oldest_ms < step_since_ms(t->step);
}

/* To the next list of a union, or the next table. */
static bool next_list(struct turning *t)
{
	const struct read_step *step = t->step;
	struct read_state *s = &t->next;
	const struct read_list *list;
	struct list lists;
	size_t i;

	s->total = add_totals(t);
	s->list++;
	if (step->table) {
		const struct table_part *table =
			table_find(step->m, &step->ctx, (size_t)s->list, &i);

		if (!table)
			return false;
		s->list = (int64_t)i;
		read_state_enter(s, &table->list, NULL);
		return true;
	}
	lists = way_lists(step->way, s->kind);
	if ((size_t)s->list >= lists.count)
		return false;
	list = lists.items;
	read_state_enter(s, &list[s->list], step_changed(step));
	return true;
}

static int turn_page(struct turning *t, struct read_turn *out, struct err *err)
{
	const struct read_step *step = t->step;
	struct list_values v;
	const struct paging_turn p = {
		.m = step->m,
		.ctx = &step->ctx,
		.list = step->list,
		.values = &v.values,
		.page = t->page,
		.around = t->around,
		.empty = t->empty,
		.total = t->next.here,
		.page_size = step_page_size(step),
	};
	const struct changed *c = marking(step);
	bool more;

	list_values(step, &v);
	if (step->list->paging.scheme->next(&p, &t->next, &more, err) < 0)
		return -1;
	if (c && (take_mark(t, c, err) < 0 ||
		  (c->scheme->link && check_link(t, &p, err) < 0)))
		return -1;
	if (t->next.pages >= READ_PAGES_MAX)
		return err_set(err, ERR_CONFLICT,
			       "more than %d pages: taken for a loop",
			       READ_PAGES_MAX);
	out->done = (!more || is_older(t)) && !next_list(t);
	return 0;
}

/* Marks stay as they were where nothing took their place. */
static int end_read(struct turning *t, struct read_turn *out, struct err *err)
{
	const struct changed *c = marking(t->step);

	out->mark = t->next.left.len ? t->next.left : t->next.mark;
	if (!c || !c->scheme->link || t->next.left.len)
		return 0;
	if (t->step->state.kind == READ_FULL)
		return 0; /* it is a snapshot all the same */
	return err_set(err, ERR_INVALID,
		       "the last page has no link to go on from");
}

/* It was acknowledged, or is gone: the queue gives the next. */
static int acknowledged(struct turning *t, enum answer_kind kind)
{
	if (kind > ANSWER_GONE)
		return -1;
	t->next.message = str_none();
	return 0;
}

static int turn_good(struct turning *t, struct read_turn *out, struct err *err)
{
	if (read_total(t, err) < 0)
		return -1;
	if (t->total >= 0)
		t->next.here = t->total;
	t->next.pages++;
	t->next.rows += (int64_t)t->page->rows;
	if (turn_page(t, out, err) < 0)
		return -1;
	out->total = out->done ? t->next.total : total_so_far(t);
	return out->done ? end_read(t, out, err) : 0;
}

static int decide(struct turning *t, struct read_turn *out, struct err *err)
{
	const struct read_step *step = t->step;
	const struct read_page *p = t->page;
	const struct call_part *call = &step->list->call;
	const struct json *root = p->rest;
	enum answer_kind kind;

	if (step->state.message.len)
		call = &step->list->paging.acknowledge;
	if (p->status < 200 || p->status > 299)
		root = answer_refusal(p->body, t->around->arena);
	kind = answer_of(step->m, call, p->status, root, t->around, err);
	t->empty = kind == ANSWER_EMPTY;
	if (step->state.message.len)
		return acknowledged(t, kind);
	if (kind > ANSWER_EMPTY &&
	    (begin_anew(t, kind, out) || restart(t, kind, out) ||
	     try_next_way(t, out)))
		return 0;
	/* Some say so when nobody is there. */
	t->empty |= kind == ANSWER_GONE && call_is_gone(call, p->status);
	if (kind > ANSWER_EMPTY && !t->empty)
		return -1;
	if (kind == ANSWER_GOOD && p->missing && !step->list->optional)
		return err_set(err, ERR_INVALID,
			       "the answer has no rows where they should be");
	return turn_good(t, out, err);
}

int read_turn(const struct read_step *step, const struct read_page *page,
	      struct arena *a, struct read_turn *out, struct err *err)
{
	const struct surroundings around = step_surroundings(step, NULL, 0, a);
	struct turning t = {
		.step = step,
		.page = page,
		.around = &around,
		.next = step->state,
	};
	struct read_turn turn = { .total = -1 };

	ASSERT(step->list);
	if (decide(&t, &turn, err) < 0)
		return -1;
	turn.kind = t.next.kind;
	if (!turn.done && read_state_write(&t.next, a, &turn.state, err) < 0)
		return -1;
	*out = turn;
	return 0;
}
