/* One token of a connection: for tokens.c, which has the set of them. */
#ifndef FETCHER_TOKEN_SLOT_H
#define FETCHER_TOKEN_SLOT_H

#include "crypto/secret.h"
#include "http/client.h"
#include "loop/loop.h"
#include "provider/access.h"
#include "queue/run.h"
#include "registry/token.h"
#include "source.h"
#include "tokens.h"

#include <stdbool.h>

TAILQ_HEAD(want_list, token_want);

enum slot_state {
	SLOT_IDLE,
	SLOT_LOCKING, /* for the lease, perhaps after others */
	SLOT_ASKING,  /* the HRIS */
	SLOT_SAVING   /* the database is away: what came is kept until then */
};

struct token_slot {
	struct source *source;
	char *name;
	enum slot_state state;
	struct secret *grant; /* as access_encode writes it; NULL: none */
	int64_t renew_ms;     /* wall clock */
	int64_t generation;   /* of grant, in the database; 0: none */
	int64_t refused;      /* the generation that the HRIS refuses */
	struct want_list wants;

	/* While it is being got: */
	struct setup *setup;
	struct token kept;     /* in the database */
	struct access_ask ask; /* its texts are in asking */
	struct arena asking;   /* wiped */
	struct http_call *call;
	char lease[RUN_CONNECTION_MAX + 1];
	uint64_t fence; /* 0: no lease */
	bool locking;	/* Redis has still to answer */
	unsigned tries, plans;
	struct access_grant unsaved; /* of SLOT_SAVING */
	struct loop_timer again;
	struct err err;
	struct loop_task tell;
};

struct token_slot *token_slot_new(struct source *source, const char *name);
void token_slot_free(struct token_slot *s);

/* May be used as it is. */
bool token_slot_is_good(const struct token_slot *s);

/* SLOT_IDLE: get a good one; those in wants are told, later. */
void token_slot_begin(struct token_slot *s);

/* Out of wants. */
void token_slot_unlink(struct token_want *w);

#endif
