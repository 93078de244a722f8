#include "paging_turn.h"

#include "base/assert.h"

static int no_next(struct err *err, const char *what)
{
	return err_set(err, ERR_INVALID,
		       "the HRIS says that there is another page, and gives "
		       "no %s to it",
		       what);
}

static struct found find(const struct paging_turn *t, const struct list *places)
{
	return sources_find(places, t->page->rest, t->around);
}

static struct str header_of(const struct paging_turn *t, const char *name)
{
	const struct read_page *p = t->page;

	return p->header ? p->header(p->headers, name) : str_none();
}

/* ------------------------------------------------------------ which is last */

enum says { SAYS_NOTHING, SAYS_MORE, SAYS_LAST };

/* Numbers, flags, and links where there are some. */
static int more_says(const struct paging_turn *t, enum says *out,
		     struct err *err)
{
	struct found f;
	struct str word;

	*out = SAYS_NOTHING;
	if (!t->list->more.count)
		return 0;
	f = find(t, &t->list->more);
	if (!f.value)
		return err_set(err, ERR_INVALID,
			       "the page does not say whether there is "
			       "another");
	word = found_word(&f);
	if (json_is(f.value, JSON_OBJECT) || json_is(f.value, JSON_ARRAY))
		*out = json_first(f.value) ? SAYS_MORE : SAYS_LAST;
	else if (!word.len || str_is(word, "0") ||
		 str_eq_nocase(word, STR("false")) ||
		 str_eq_nocase(word, STR("n")) ||
		 str_eq_nocase(word, STR("no")))
		*out = SAYS_LAST;
	else
		*out = SAYS_MORE;
	return 0;
}

/* The number of pages, and so the last one's. */
static int pages_say(const struct paging_turn *t, const struct read_state *s,
		     enum says *out, struct err *err)
{
	struct found f;
	int64_t pages;

	*out = SAYS_NOTHING;
	if (!t->list->paging.pages.count)
		return 0;
	f = find(t, &t->list->paging.pages);
	if (!str_to_i64(found_code(&f), &pages) || pages < 0)
		return err_set(err, ERR_INVALID,
			       "the page does not say how many pages there "
			       "are");
	*out = s->pages < pages ? SAYS_MORE : SAYS_LAST;
	return 0;
}

/* Where neither says, the rows do. */
static int rows_say(const struct paging_turn *t, const struct read_state *s,
		    enum says *out, struct err *err)
{
	int64_t rows = (int64_t)t->page->rows;
	bool more = rows > 0;

	switch ((enum paging_end)t->list->paging.end) {
	case END_EMPTY:
		break;
	case END_SHORT:
		more = rows >= t->page_size;
		break;
	case END_TOTAL:
		if (t->total < 0)
			return err_set(err, ERR_INVALID,
				       "the page does not say how many rows "
				       "there are");
		more = rows > 0 && s->rows < t->total;
		break;
	}
	*out = more ? SAYS_MORE : SAYS_LAST;
	return 0;
}

static int is_last(const struct paging_turn *t, const struct read_state *s,
		   bool *last, struct err *err)
{
	enum says says;

	*last = true;
	if (t->empty)
		return 0;
	if (more_says(t, &says, err) < 0)
		return -1;
	if (says == SAYS_NOTHING && pages_say(t, s, &says, err) < 0)
		return -1;
	if (says == SAYS_NOTHING && rows_say(t, s, &says, err) < 0)
		return -1;
	*last = says == SAYS_LAST;
	return 0;
}

/* ---------------------------------------------------------------- counting */

int next_none(const struct paging_turn *t, struct read_state *s, bool *more,
	      struct err *err)
{
	enum says says;

	(void)s;
	*more = false;
	if (t->empty)
		return 0;
	if (more_says(t, &says, err) < 0)
		return -1;
	return says == SAYS_MORE ? no_next(err, "way") : 0;
}

int next_page(const struct paging_turn *t, struct read_state *s, bool *more,
	      struct err *err)
{
	bool last;

	if (is_last(t, s, &last, err) < 0)
		return -1;
	*more = !last;
	s->number++;
	return 0;
}

int next_offset(const struct paging_turn *t, struct read_state *s, bool *more,
		struct err *err)
{
	bool last;

	if (is_last(t, s, &last, err) < 0)
		return -1;
	*more = !last;
	s->number += t->list->paging.by == BY_ROWS ? (int64_t)t->page->rows
						   : t->page_size;
	if (*more && !t->page->rows && t->list->paging.by == BY_ROWS)
		return err_set(err, ERR_INVALID,
			       "the HRIS says that there is another page, "
			       "after one without rows");
	return 0;
}

/* ----------------------------------------------------------------- cursors */

/* Where there is no flag, the cursor alone tells. */
static int has_next(const struct paging_turn *t, struct str next,
		    const char *what, bool *more, struct err *err)
{
	enum says says;

	*more = false;
	if (t->empty)
		return 0;
	if (more_says(t, &says, err) < 0)
		return -1;
	*more = says == SAYS_NOTHING ? next.len > 0 : says == SAYS_MORE;
	return *more && !next.len ? no_next(err, what) : 0;
}

static struct str next_text(const struct paging_turn *t)
{
	const struct paging *p = &t->list->paging;
	struct found f;

	if (p->next_header)
		return str_trim(header_of(t, p->next_header));
	f = find(t, &p->next);
	return found_code(&f);
}

int next_cursor(const struct paging_turn *t, struct read_state *s, bool *more,
		struct err *err)
{
	struct str cursor = next_text(t);

	if (has_next(t, cursor, "cursor", more, err) < 0)
		return -1;
	if (!*more)
		return 0;
	return read_state_move(s, cursor, t->around->arena, err);
}

static int follow(const struct paging_turn *t, struct str link,
		  struct read_state *s, bool *more, struct err *err)
{
	struct str address;

	if (has_next(t, link, "link", more, err) < 0)
		return -1;
	if (!*more)
		return 0;
	if (next_address_of(t, link, &address, err) < 0)
		return -1;
	return read_state_move(s, address, t->around->arena, err);
}

int next_address(const struct paging_turn *t, struct read_state *s, bool *more,
		 struct err *err)
{
	return follow(t, next_text(t), s, more, err);
}

int next_link(const struct paging_turn *t, struct read_state *s, bool *more,
	      struct err *err)
{
	struct str header = header_of(t, "Link");

	return follow(t, link_target(header, t->list->paging.rel), s, more,
		      err);
}

int next_last_id(const struct paging_turn *t, struct read_state *s, bool *more,
		 struct err *err)
{
	const struct read_page *p = t->page;
	struct str id = { p->last_id, p->last_id_len };
	bool last;

	if (is_last(t, s, &last, err) < 0)
		return -1;
	*more = !last;
	if (last)
		return 0;
	if (!id.len)
		return no_next(err, "id of a last row that leads");
	id = arena_dup(t->around->arena, id);
	if (!id.ptr)
		return arena_full(t->around->arena, err);
	return read_state_move(s, id, t->around->arena, err);
}

/* ------------------------------------------------------------------- queue */

/*
 * The message is acknowledged by the next call, once it is stored; only then
 * does the queue give another.
 */
int next_message(const struct paging_turn *t, struct read_state *s, bool *more,
		 struct err *err)
{
	struct str id = str_trim(header_of(t, t->list->paging.next_header));

	*more = !t->empty;
	if (!*more)
		return 0;
	if (!id.len)
		return err_set(err, ERR_INVALID,
			       "the answer lacks the header %s, by which a "
			       "message is acknowledged",
			       t->list->paging.next_header);
	id = arena_dup(t->around->arena, id);
	if (!id.ptr)
		return arena_full(t->around->arena, err);
	if (read_state_move(s, id, t->around->arena, err) < 0)
		return err_prefix(err, "a message that was acknowledged");
	s->message = id;
	return 0;
}
