#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_email(struct people *p, int i, struct buf *out)
{
	if (p->without_email)
		return;
	if (i == 1 && p->email_of_p1)
		buf_addf(out, ",\"email\":\"%s\"", p->email_of_p1);
	else
		buf_addf(out, ",\"email\":\"p%d@example.com\"", i);
}

static void add_person(struct people *p, int i, struct buf *out)
{
	if (i < p->nobodys)
		buf_addf(out, "{\"status\":\"active\"");
	else
		buf_addf(out, "{\"id\":\"p%d\",\"status\":\"active\"", i);
	add_email(p, i, out);
	if (p->team)
		buf_addf(out, ",\"team\":\"%s\"", p->team);
	if (p->more)
		buf_add_z(out, p->more);
	buf_add_z(out, "}");
}

static int number_after(const char *target, const char *name)
{
	const char *at = strstr(target, name);

	return at ? atoi(at + strlen(name)) : 0;
}

static bool is_faulty(struct people *p, int page)
{
	if (p->fault.page != page || !p->fault.times)
		return false;
	p->fault.times--;
	return true;
}

static void add_padding(struct buf *out, size_t bytes)
{
	if (!bytes)
		return;
	buf_add_z(out, "{\"id\":\"padded\",\"status\":\"active\",\"x\":\"");
	while (bytes--)
		buf_add_char(out, 'x');
	buf_add_z(out, "\"},");
}

static void add_end(struct people *p, int from, bool again, struct buf *out)
{
	int next = from + p->page_size;

	buf_add_z(out, "]");
	if (again)
		buf_add_z(out, ",\"next\":\"0\"");
	else if (next < p->count)
		buf_addf(out, ",\"next\":\"%d\"", next);
	if (p->total != -2)
		buf_addf(out, ",\"total\":%d",
			 p->total >= 0 ? p->total
				       : p->count - (p->left_out >= 0));
	buf_add_z(out, "}");
}

static void serve_page(struct people *p, int from, struct hris_reply *r)
{
	int page = from / p->page_size;
	bool faulty = is_faulty(p, page), comma = false;
	const struct people_fault *f = &p->fault;

	assert_in_range(page, 0, PEOPLE_PAGES_MAX - 1);
	p->served[page]++;
	if (faulty && f->headers)
		(void)snprintf(r->headers, sizeof(r->headers), "%s",
			       f->headers);
	if (faulty && f->status) {
		r->status = f->status;
		return;
	}
	buf_add_z(&r->body, "{\"people\":[");
	add_padding(&r->body, faulty ? f->padding : 0);
	for (int i = from; i < p->count && i < from + p->page_size; i++) {
		if (i == p->left_out)
			continue;
		buf_add_z(&r->body, comma ? "," : "");
		add_person(p, i, &r->body);
		comma = true;
	}
	add_end(p, from, faulty && f->again, &r->body);
	r->cut = faulty && f->cut ? 40 : 0;
}

static void serve_more(struct people *p, const char *ids, struct hris_reply *r)
{
	const char *comma = "";

	p->details++;
	buf_add_z(&r->body, "{\"list\":[");
	for (const char *at = ids; (at = strchr(at, 'p')); at++) {
		buf_addf(&r->body, "%s{\"id\":\"p%d\",\"location\":\"L%d\"}",
			 comma, atoi(at + 1), atoi(at + 1));
		comma = ",";
	}
	buf_add_z(&r->body, "]}");
}

static void serve_one(struct people *p, const char *target,
		      struct hris_reply *r)
{
	int i = number_after(target, "/people/p");

	if (strstr(target, "/more")) {
		p->details++;
		buf_addf(&r->body, "{\"location\":\"L%d\"}", i);
		return;
	}
	p->lookups++;
	if (i >= p->count || i == p->left_out)
		r->status = "404 Not Found";
	else
		add_person(p, i, &r->body);
}

/* The number of the token that follows text in the newest request; 0: none. */
static int token_after(const struct people *p, const char *text)
{
	const char *at = strstr(p->hris->last, text);

	return at ? atoi(at + strlen(text)) : 0;
}

/* Each refresh token is good once, and only the newest. */
static void serve_token(struct people *p, struct hris_reply *r)
{
	int used = token_after(p, "refresh_token=refresh-");

	if (used && used != p->tokens) {
		r->status = "400 Bad Request";
		buf_add_z(&r->body, "{\"error\":\"invalid_grant\"}");
		return;
	}
	p->tokens++;
	buf_addf(&r->body,
		 "{\"access_token\":\"access-%d\","
		 "\"refresh_token\":\"refresh-%d\",\"expires_in\":%d}",
		 p->tokens, p->tokens, p->token_lasts_s);
}

static bool is_refused(struct people *p)
{
	if (!p->only_newest)
		return false;
	if (token_after(p, "Authorization: Bearer access-") != p->tokens)
		return true;
	return p->refused_tokens && p->refused_tokens-- > 0;
}

static void serve(struct hris *h, const char *target, struct hris_reply *r)
{
	struct people *p = h->arg;

	if (strncmp(target, "/token", 6) == 0) {
		serve_token(p, r);
	} else if (is_refused(p)) {
		r->status = "401 Unauthorized";
	} else if (strncmp(target, "/people/", 8) == 0) {
		serve_one(p, target, r);
	} else if (strncmp(target, "/people", 7) == 0) {
		serve_page(p, number_after(target, "cursor="), r);
	} else if (strncmp(target, "/more?ids=", 10) == 0) {
		serve_more(p, target + 10, r);
	} else if (strncmp(target, "/teams", 6) == 0) {
		p->tables++;
		buf_add_z(&r->body,
			  "{\"teams\":[{\"id\":\"t1\",\"name\":\"Toys\"}]}");
	} else if (strncmp(target, "/changed", 8) == 0) {
		buf_addf(&r->body, "{\"ids\":[%s]}", p->changed);
	} else {
		r->status = "404 Not Found";
	}
}

void people_start(struct people *p, struct hris *h)
{
	*p = (struct people){ .hris = h,
			      .count = 25,
			      .page_size = 10,
			      .left_out = -1,
			      .total = -1,
			      .changed = "",
			      .token_lasts_s = 3600 };
	h->serve = serve;
	h->arg = p;
}

int people_pages(const struct people *p)
{
	int n = 0;

	for (int i = 0; i < PEOPLE_PAGES_MAX; i++)
		n += p->served[i];
	return n;
}
