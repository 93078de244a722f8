/* Who has subscribed, and where webhooks may go. */
#include "base/mem.h"
#include "sender_own.h"

#include <stdio.h>
#include <stdlib.h>

bool subscription_is_gone(const struct subscription *sub)
{
	return sub->removed || sub->stopped;
}

struct subscription *sender_find(struct sender *s, unsigned id)
{
	struct subscription *sub;

	TAILQ_FOREACH (sub, &s->subscriptions, link)
		if (sub->id == id && !sub->removed)
			return sub;
	return NULL;
}

static struct subscription *skip_removed(struct subscription *sub)
{
	while (sub && sub->removed)
		sub = TAILQ_NEXT(sub, link);
	return sub;
}

struct subscription *sender_first(struct sender *s)
{
	return skip_removed(TAILQ_FIRST(&s->subscriptions));
}

struct subscription *sender_next(struct subscription *sub)
{
	return skip_removed(TAILQ_NEXT(sub, link));
}

/* "host:port" of a URL must be one that --target names. */
static int check_url(const struct sender *s, const char *url, struct err *err)
{
	struct str rest = str_of(url), host, list = str_of(s->cfg.targets);
	struct str http = STR("http://"), https = STR("https://");
	bool plain = str_starts(rest, http);
	char with_port[WEBHOOK_URL_MAX];

	if (!plain && !str_starts(rest, https))
		return err_set(err, ERR_INVALID,
			       "url: begins with https:// or http://");
	rest.ptr += plain ? http.len : https.len;
	rest.len -= plain ? http.len : https.len;
	(void)str_cut(&rest, '/', &host);
	(void)snprintf(with_port, sizeof(with_port), "%.*s%s", STR_ARG(host),
		       memchr(host.ptr, ':', host.len) ? ""
		       : plain			       ? ":80"
						       : ":443");
	while (list.len > 0) {
		struct str one;

		(void)str_cut(&list, ',', &one);
		if (str_eq_nocase(str_trim(one), str_of(with_port)))
			return 0;
	}
	return err_set(err, ERR_FORBIDDEN,
		       "url: the sandbox sends only where --target allows: "
		       "start it with --target=HOST:PORT");
}

/* sub as spec says, owned by s from here on; its secret is set. */
static int add(struct sender *s, const struct subscription *spec,
	       struct subscription **out, struct err *err)
{
	struct subscription *sub = mem_new(sizeof(*sub));

	*sub = *spec;
	if (webhook_target_open(&sub->target, err) < 0) {
		free(sub);
		return -1;
	}
	sub->shown = spec->shown ? mem_dup_z(spec->shown) : NULL;
	s->subscription_count++;
	s->revision++;
	TAILQ_INSERT_TAIL(&s->subscriptions, sub, link);
	*out = sub;
	return 0;
}

static int check(const struct sender *s, const struct subscription *spec,
		 struct err *err)
{
	if (s->subscription_count >= SUBSCRIPTIONS_MAX)
		return err_set(err, ERR_LIMIT, "no more than %d webhooks",
			       SUBSCRIPTIONS_MAX);
	return check_url(s, spec->target.url, err);
}

int sender_subscribe(struct sender *s, const struct subscription *spec,
		     struct subscription **out, struct err *err)
{
	struct subscription made = *spec;

	if (check(s, spec, err) < 0)
		return -1;
	made.id = s->marks.last_subscription + 1;
	made.created_ms = company_now_ms(s->cfg.company);
	if (!made.target.secret[0] && !made.target.no_secret)
		credentials_webhook(made.target.vendor, s->cfg.company->seed,
				    made.id, made.target.secret);
	if (add(s, &made, out, err) < 0)
		return -1;
	(*out)->pending = webhook_is_confirmed(made.target.vendor);
	s->marks.last_subscription = made.id;
	sender_hello(s, *out);
	return 0;
}

void sender_changed(struct sender *s)
{
	s->revision++;
}

int sender_change(struct sender *s, struct subscription *sub,
		  const struct subscription *spec, struct err *err)
{
	struct webhook_target t = spec->target;

	if (check_url(s, t.url, err) < 0)
		return -1;
	memcpy(t.secret, sub->target.secret, sizeof(t.secret));
	t.key = sub->target.key;
	sub->target = t;
	memcpy(sub->name, spec->name, sizeof(sub->name));
	free(sub->shown);
	sub->shown = spec->shown ? mem_dup_z(spec->shown) : NULL;
	s->revision++;
	return 0;
}

int sender_put_back(struct sender *s, const struct subscription *spec,
		    struct err *err)
{
	struct subscription *sub;

	if (spec->id > s->marks.last_subscription || sender_find(s, spec->id))
		return err_set(err, ERR_INVALID, "a wrong id");
	if (check(s, spec, err) < 0)
		return -1;
	return add(s, spec, &sub, err);
}

void subscription_free(struct subscription *sub)
{
	webhook_target_close(&sub->target);
	free(sub->shown);
	free(sub);
}

void subscription_forget_if_idle(struct sender *s, struct subscription *sub)
{
	if (!sub->removed || sub->under_way > 0)
		return;
	TAILQ_REMOVE(&s->subscriptions, sub, link);
	subscription_free(sub);
}

/* Deliveries that exist hold it: they end as they come up. */
void sender_unsubscribe(struct sender *s, struct subscription *sub)
{
	sub->removed = true;
	s->subscription_count--;
	s->revision++;
	loop_post(s->cfg.loop, &s->pump);
	subscription_forget_if_idle(s, sub);
}
