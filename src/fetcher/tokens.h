/*
 * Tokens that calls need: got from the HRIS, kept in secret memory until they
 * are over, and in the database, sealed, before they are used: a refresh token
 * that changes with each use would be lost with a crash in between. Fetchers
 * share them: one at a time asks, by a lease of the token's own.
 */
#ifndef FETCHER_TOKENS_H
#define FETCHER_TOKENS_H

#include "base/arena.h"
#include "base/err.h"
#include "provider/fetch.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define TOKENS_MAX 8 /* of a connection */

struct source;
struct token_slot;
struct tokens; /* of a source */

/* Somebody who needs a token. Zeroed: needs none. */
struct token_want {
	struct token_slot *slot;
	/* ERR_AUTH: an admin has to act; ERR_TEMP: later. */
	void (*ready)(struct token_want *w, const struct err *err);
	TAILQ_ENTRY(token_want) link;
};

/* ready is called once, later, unless cancelled. */
void tokens_get(struct token_want *w, struct source *s, const char *name);
void tokens_cancel(struct token_want *w); /* twice is harmless */

/*
 * Those that are good now, into the arena, which is to be wiped; the number of
 * them, at most TOKENS_MAX.
 */
size_t tokens_fill(struct source *s, struct arena *a,
		   struct fetch_token out[TOKENS_MAX]);

/* Which one of this name is in use: it changes with every new one. */
int64_t tokens_generation(struct source *s, const char *name);

/* The HRIS refuses it, though it should be good. Another one is left alone. */
void tokens_refuse(struct source *s, const char *name, int64_t generation);

/* Somebody changed the connection: what is kept here may be void. */
void tokens_expire(struct source *s);
void tokens_free(struct tokens **t);

#endif
