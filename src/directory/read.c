/* Members as the console shows them. */
#include "records.h"

#include <string.h>

static void to_member(const struct member_row *row, const char *organization,
		      struct member *out)
{
	*out = (struct member){
		.id = row->id,
		.organization = str_of(organization),
		.status = row->status,
		.roles = row->roles,
		.created_ms = row->created_ms,
		.changed_ms = row->changed_ms,
	};
	memcpy(out->fields, row->fields, sizeof(out->fields));
}

/* "%text%" in lower case, with LIKE's own letters escaped by '!'. */
static void write_pattern(struct str query, struct buf *out)
{
	buf_add_char(out, '%');
	for (size_t i = 0; i < query.len; i++) {
		char c = query.ptr[i];

		if (c == '%' || c == '_' || c == '!')
			buf_add_char(out, '!');
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		buf_add_char(out, c);
	}
	buf_add_char(out, '%');
}

static int check_filter(const struct member_filter *f, struct err *err)
{
	if (!f->limit || f->limit > MEMBER_PAGE_MAX)
		return err_set(err, ERR_INVALID, "limit is not from 1 to %d",
			       MEMBER_PAGE_MAX);
	if (f->query.len > MEMBER_QUERY_MAX)
		return err_set(err, ERR_INVALID, "q is longer than %d bytes",
			       MEMBER_QUERY_MAX);
	return 0;
}

/* Reads one more than the limit: whether it is there says *more. */
static int read_page(struct put *p, const char *organization, size_t limit,
		     struct arena *a, struct member *list, size_t *count,
		     bool *more, struct err *err)
{
	struct take t = { .s = p->s, .a = a };
	struct member_row row;
	enum db_step step;
	size_t n = 0;

	for (;;) {
		if (db_step(p->s, &step, err) < 0)
			return -1;
		if (step == DB_DONE || n == limit)
			break;
		t.at = 0;
		take_member(&t, &row);
		to_member(&row, organization, &list[n++]);
	}
	if (step == DB_ROW)
		db_reset(p->s);
	*count = n;
	*more = step == DB_ROW;
	return take_check(&t, err);
}

int directory_list(struct directory *d, const char *organization,
		   const struct member_filter *f, struct arena *a,
		   struct member **out, size_t *count, bool *more,
		   struct err *err)
{
	struct put p = put_start(d, STMT_LIST_MEMBERS);
	struct str owner, pattern;
	struct member *list;

	if (check_filter(f, err) < 0)
		return -1;
	buf_clear(&d->subject);
	write_pattern(f->query, &d->subject);
	pattern = buf_str(&d->subject);
	list = arena_zalloc(a, f->limit, sizeof(*list));
	owner = arena_dup(a, str_of(organization));
	if (!list || !owner.ptr)
		return arena_full(a, err);
	put_str(&p, owner);
	put_str(&p, f->cursor);
	put_int(&p, f->status);
	put_int(&p, f->role);
	put_str(&p, pattern);
	put_int(&p, (int64_t)f->limit + 1);
	if (read_page(&p, owner.ptr, f->limit, a, list, count, more, err) < 0)
		return -1;
	*out = list;
	return 0;
}

int directory_get(struct directory *d, const char *organization, struct str id,
		  struct arena *a, struct member *out, struct err *err)
{
	struct put p = put_start(d, STMT_GET_MEMBER);
	struct take t = { .s = p.s, .a = a };
	struct str owner = arena_dup(a, str_of(organization));
	struct member_row row;
	enum db_step step;

	if (!owner.ptr)
		return arena_full(a, err);
	put_str(&p, owner);
	put_str(&p, id);
	if (db_step(p.s, &step, err) < 0)
		return -1;
	if (step == DB_DONE)
		return err_set(err, ERR_NOT_FOUND, "there is no such member");
	take_member(&t, &row);
	db_reset(p.s);
	if (take_check(&t, err) < 0)
		return -1;
	to_member(&row, owner.ptr, out);
	return 0;
}
