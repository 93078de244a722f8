/* Reading many people: where a read begins, and the call of each page. */
#include "provider/read.h"

#include "base/assert.h"
#include "base/clock.h"
#include "dates.h"
#include "paging_turn.h"
#include "read_step.h"

static const char *const kinds[READ_KIND_COUNT] = {
	[READ_FULL] = "full",
	[READ_CHANGED] = "changed",
	[READ_TABLES] = "tables",
};

const char *read_kind_name(enum read_kind k)
{
	return k < READ_KIND_COUNT ? kinds[k] : "";
}

/* ---------------------------------------------------------------- abilities */

const struct table_part *table_find(const struct manifest *m,
				    const struct fetch_context *ctx, size_t i,
				    size_t *index)
{
	const struct table_part *t = m->fetch.tables.items;

	for (; i < m->fetch.tables.count; i++) {
		if (!when_holds(&t[i].when, m, ctx))
			continue;
		*index = i;
		return &t[i];
	}
	return NULL;
}

static way_can_fn *const abilities[] = {
	[READ_FULL] = way_can_full,
	[READ_CHANGED] = way_can_changed,
};

bool read_can(const struct manifest *m, const struct fetch_context *ctx,
	      enum read_kind kind)
{
	size_t i;

	if (kind == READ_TABLES)
		return table_find(m, ctx, 0, &i) != NULL;
	return way_find(m, ctx, 0, abilities[kind], &i) != NULL;
}

/* A full read leaves a link to go on from; without one, changes start anew. */
static bool needs_mark(const struct changed *c)
{
	return c->scheme->link && !c->lists.count;
}

bool read_since_serves(const struct manifest *m,
		       const struct fetch_context *ctx,
		       const struct read_since *since, int64_t now_ms)
{
	const struct read_way *w;
	size_t i;

	w = way_find(m, ctx, 0, way_can_changed, &i);
	if (!w)
		return false;
	if (needs_mark(&w->changed) && !since->mark.len)
		return false;
	return !w->changed.retention_s ||
	       now_ms - since->since_ms < w->changed.retention_s * 1000;
}

/* -------------------------------------------------------------------- begin */

static int cannot(const struct manifest *m, enum read_kind kind,
		  struct err *err)
{
	static const char *const what[READ_KIND_COUNT] = {
		[READ_FULL] = "cannot be read as a whole",
		[READ_CHANGED] = "does not tell who changed",
		[READ_TABLES] = "has no tables",
	};

	return err_set(err, ERR_CONFIG, "%s %s, as it is set up", m->title,
		       what[kind]);
}

/* The first page of its first list. */
void read_state_enter(struct read_state *s, const struct read_list *list,
		      const struct changed *changed)
{
	s->pages = s->rows = 0;
	s->here = -1;
	s->number = list->paging.first;
	s->cursor = s->message = s->loop_hash = str_none();
	s->loop_steps = s->loop_power = 0;
	if (changed && changed->scheme->marks && s->mark.len)
		s->cursor = s->mark;
}

static int begin_tables(const struct manifest *m,
			const struct fetch_context *ctx, struct read_state *s,
			struct err *err)
{
	const struct table_part *t;
	size_t i;

	t = table_find(m, ctx, (size_t)s->list, &i);
	if (!t)
		return cannot(m, READ_TABLES, err);
	s->list = (int64_t)i;
	read_state_enter(s, &t->list, NULL);
	return 0;
}

int read_state_begin(const struct manifest *m, const struct fetch_context *ctx,
		     struct read_state *s, struct err *err)
{
	const struct read_way *w;
	struct list lists;
	size_t i;

	if (s->kind == READ_TABLES)
		return begin_tables(m, ctx, s, err);
	w = way_find(m, ctx, (size_t)s->way, abilities[s->kind], &i);
	if (!w)
		return cannot(m, s->kind, err);
	lists = way_lists(w, s->kind);
	s->way = (int64_t)i;
	s->list = 0;
	s->total = 0;
	read_state_enter(s, lists.items,
			 s->kind == READ_CHANGED ? &w->changed : NULL);
	return 0;
}

int read_begin(const struct manifest *m, const struct fetch_context *ctx,
	       enum read_kind kind, const struct read_since *since,
	       int64_t now_ms, struct arena *a, struct str *state,
	       struct err *err)
{
	struct read_state s = {
		.kind = kind,
		.since_ms = -1,
		.now_ms = now_ms,
	};

	if (since && kind == READ_CHANGED) {
		s.since_ms = since->since_ms;
		s.mark = since->mark;
	}
	if (read_state_begin(m, ctx, &s, err) < 0)
		return -1;
	return read_state_write(&s, a, state, err);
}

/* --------------------------------------------------------------------- open */

static int no_state(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "the state is of another manifest: begin the read anew");
}

static int open_table(struct read_step *step, struct err *err)
{
	const struct list *tables = &step->m->fetch.tables;
	const struct table_part *t = tables->items;

	if (step->state.list < 0 || (size_t)step->state.list >= tables->count)
		return no_state(err);
	step->table = &t[step->state.list];
	step->list = &step->table->list;
	step->composition = &step->list->composition;
	return 0;
}

static int open_way(struct read_step *step, struct err *err)
{
	const struct read_state *s = &step->state;
	const struct list *ways = &step->m->fetch.ways;
	const struct read_way *w = ways->items;
	const struct read_list *list;
	struct list lists;

	if (s->way < 0 || (size_t)s->way >= ways->count)
		return no_state(err);
	step->way = &w[s->way];
	lists = way_lists(step->way, s->kind);
	if (s->list < 0 || (size_t)s->list >= lists.count)
		return no_state(err);
	list = lists.items;
	step->list = &list[s->list];
	step->composition = &step->list->composition;
	return 0;
}

static int open_one(struct read_step *step, struct err *err)
{
	size_t i;

	step->way = way_find(step->m, &step->ctx, 0, way_can_one, &i);
	if (!step->way)
		return no_state(err);
	step->one = true;
	step->composition = &step->way->one.composition;
	return 0;
}

int read_open(const struct read_step **out, const struct manifest *m,
	      const struct fetch_context *ctx, struct str state,
	      struct arena *a, struct err *err)
{
	struct read_step *step = arena_zalloc(a, 1, sizeof(*step));
	int res;

	if (!step)
		return arena_full(a, err);
	step->m = m;
	step->ctx = *ctx;
	if (!state.len)
		res = open_one(step, err);
	else if (read_state_parse(&step->state, state, a, err) < 0)
		res = -1;
	else if (step->state.kind == READ_TABLES)
		res = open_table(step, err);
	else
		res = open_way(step, err);
	if (res == 0)
		*out = step;
	return res;
}

struct surroundings step_surroundings(const struct read_step *step,
				      const struct read_tables *tables,
				      int64_t today, struct arena *a)
{
	return surroundings_of(step->m, &step->ctx, tables, today, a);
}

/* ------------------------------------------------------------------ request */

const struct changed *step_changed(const struct read_step *step)
{
	return step->state.kind == READ_CHANGED ? &step->way->changed : NULL;
}

int64_t step_since_ms(const struct read_step *step)
{
	const struct changed *c = step_changed(step);

	if (!c || step->state.since_ms < 0)
		return -1;
	return step->state.since_ms - (c->overlap_s + c->lag_s) * 1000;
}

int64_t step_page_size(const struct read_step *step)
{
	const struct read_list *l = step->list;
	struct str text;
	int64_t size;

	if (!l->page_size_by ||
	    find_setting(step->m, &step->ctx, str_of(l->page_size_by), &text,
			 NULL) < 0 ||
	    !str_to_i64(text, &size) || size < 1)
		return l->page_size;
	return size;
}

static void set(struct list_values *v, enum list_name n, struct str text,
		bool number)
{
	v->items[n] = (struct call_value){ list_name(n), text, number };
}

static void set_number(struct list_values *v, enum list_name n, int64_t value,
		       char *room)
{
	set(v, n, str_of_i64(value, room), true);
}

/* A list of changes whose answers say from when on to ask next. */
static bool is_marked(const struct read_step *step, const struct changed *c)
{
	return c->latest.count && !c->scheme->link && step->state.mark.len;
}

static void set_times(const struct read_step *step, struct list_values *v)
{
	const struct changed *c = step_changed(step);
	int64_t since_ms = step_since_ms(step);
	int64_t until_ms;

	set(v, LIST_NOW, str_of(moment_write(0, step->state.now_ms, v->now)),
	    false);
	set(v, LIST_TODAY,
	    str_of(clock_format_day(step->state.now_ms / CLOCK_DAY_MS,
				    v->today)),
	    false);
	if (!c)
		return;
	until_ms = step->state.now_ms - c->lag_s * 1000;
	set(v, LIST_UNTIL, str_of(moment_write(c->format, until_ms, v->until)),
	    false);
	if (is_marked(step, c))
		set(v, LIST_SINCE, step->state.mark, false);
	else if (since_ms >= 0 && !(c->scheme->marks && step->state.mark.len))
		set(v, LIST_SINCE,
		    str_of(moment_write(c->format, since_ms, v->since)), false);
}

/* Where the cursor is an address, the call has none. */
static bool is_address(const struct read_step *step)
{
	return step->list->paging.scheme->address;
}

void list_values(const struct read_step *step, struct list_values *out)
{
	const struct read_state *s = &step->state;

	for (unsigned i = 0; i < LIST_NAME_COUNT; i++)
		set(out, (enum list_name)i, str_none(), false);
	if (step_page_size(step))
		set_number(out, LIST_PAGE_SIZE, step_page_size(step),
			   out->size);
	set_number(out, LIST_PAGE, s->number, out->page);
	set_number(out, LIST_OFFSET, s->number, out->offset);
	if (s->cursor.len && !is_address(step))
		set(out, LIST_CURSOR, s->cursor, false);
	set_times(step, out);
	out->values = (struct call_values){
		.items = out->items,
		.count = LIST_NAME_COUNT,
	};
}

static int acknowledge(const struct read_step *step, struct arena *a,
		       struct read_call *out, struct err *err)
{
	const struct call_value id = { MESSAGE_ID_NAME, step->state.message,
				       false };
	const struct call_values values = { .items = &id, .count = 1 };

	return call_request(step->m, &step->ctx,
			    &step->list->paging.acknowledge, &values, a,
			    &out->request, err);
}

static struct str setting_or(const struct read_step *step, const char *name)
{
	struct str value;

	if (find_setting(step->m, &step->ctx, str_of(name), &value, NULL) < 0)
		return str_none();
	return value;
}

static int shape_of(const struct read_step *step, struct record_shape *out,
		    struct err *err)
{
	const struct read_list *l = step->list;
	unsigned encoding = l->encoding;
	char delimiter = l->delimiter;
	struct str value;

	if (l->delimiter_by) {
		value = setting_or(step, l->delimiter_by);
		delimiter = value.len == 1 ? value.ptr[0] : '\0';
	}
	if (l->encoding_by) {
		value = setting_or(step, l->encoding_by);
		if (value.len && !words_find(&encoding_words, value, &encoding))
			return err_set(err, ERR_CONFIG,
				       "the setting '%s' is no encoding: "
				       "utf-8, windows-1252, latin-1 or "
				       "utf-16",
				       l->encoding_by);
	}
	*out = (struct record_shape){
		.format = (enum record_format)l->call.format,
		.items = l->items,
		.keyed = l->keyed,
		.delimiter = delimiter,
		.encoding = (enum record_encoding)encoding,
	};
	return 0;
}

int read_request(const struct read_step *step, struct arena *a,
		 struct read_call *out, struct err *err)
{
	struct read_call c = {
		.has_records = !step->state.message.len,
		.whole = step->list->add.count ||
			 (step->m->fetch.side.count && !step->table),
	};
	struct list_values v;
	struct str address = str_none();

	ASSERT(step->list);
	if (is_address(step))
		address = step->state.cursor;
	list_values(step, &v);
	if (!c.has_records) {
		if (acknowledge(step, a, &c, err) < 0)
			return -1;
	} else if (call_request_at(step->m, &step->ctx, &step->list->call,
				   &v.values, address, a, &c.request,
				   err) < 0 ||
		   shape_of(step, &c.shape, err) < 0) {
		return -1;
	}
	*out = c;
	return 0;
}
