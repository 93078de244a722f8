/*
 * Webhooks that are made by an HRIS's API instead of by hand: made, confirmed,
 * renewed, removed. Pure: a registration says, step by step, what to do next.
 *
 *	for (;;) {
 *		step = registration_step(r);
 *		call: registration_request, send it, registration_answer
 *		secret, keep, drop: store it, registration_stored
 *		done
 *	}
 *
 * One that is broken off leaves nothing that the next does not clear away: what
 * was made before, known to us or found by its address, is removed first.
 */
#ifndef PROVIDER_REGISTER_H
#define PROVIDER_REGISTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "provider/fetch.h"
#include "provider/manifest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTER_MAX_MADE 32  /* webhooks of a connection */
#define REGISTER_ID_MAX	  512 /* bytes of a webhook's id at the HRIS */

/* Whether this connection's webhooks can be made by the API. */
bool manifest_can_register(const struct manifest *m,
			   const struct fetch_context *ctx);

enum register_goal {
	REGISTER_MAKE,
	REGISTER_REMOVE,
	REGISTER_CONFIRM, /* the HRIS sent a token to prove that we hear it */
	REGISTER_RENEW,	  /* before they run out */
	REGISTER_GOAL_COUNT
};

/* Whether the manifest has a way to it. */
bool manifest_can_reach(const struct manifest *m, enum register_goal goal);

/* A webhook as it was kept. */
struct register_made {
	struct str name; /* the manifest's word for it; one each */
	struct str id;	 /* the HRIS's */
};

struct register_task {
	enum register_goal goal;
	struct str webhook_url; /* of MAKE, REMOVE and RENEW: ours */
	const struct register_made *made;
	size_t made_count;
	/* Of CONFIRM, as the handshake captured it: */
	const char *field; /* the credential that the token becomes */
	struct str token;
	struct str id; /* of the webhook, when the handshake told; or empty */
};

struct registration;

/* ERR_CONFIG when the manifest has no way to the goal. Copies task. */
int registration_new(struct registration **out, const struct manifest *m,
		     const struct register_task *task,
		     struct err *err) MUST_CHECK;
void registration_free(struct registration **r); /* wipes its secrets */

enum register_step {
	REGISTER_CALL,
	REGISTER_SECRET, /* field and secret: before anything is signed so */
	REGISTER_KEEP,	 /* name and id: a webhook was made or renewed */
	REGISTER_DROP,	 /* name: it is no more */
	REGISTER_DONE
};

/* Borrowed from the registration until it goes on. */
struct register_todo {
	enum register_step step;
	const char *field;
	struct str secret;
	struct str name;
	struct str id;
};

struct register_todo registration_step(const struct registration *r);

/* Of REGISTER_CALL; as fetch_one_request. */
int registration_request(const struct registration *r,
			 const struct fetch_context *ctx, struct arena *a,
			 struct fetch_request *out, struct err *err) MUST_CHECK;

/*
 * Go on after a call. -1: it ends here; ERR_TEMP: try the whole again later,
 * ERR_AUTH, ERR_FORBIDDEN, ERR_INVALID: an admin has to do something.
 */
int registration_answer(struct registration *r, const struct fetch_context *ctx,
			int status, struct str body, struct arena *a,
			struct err *err) MUST_CHECK;

/* Go on after what was to be stored is. */
void registration_stored(struct registration *r);

/*
 * When a webhook that was made then has to be renewed; 0: never. now_ms +
 * its life, less a quarter.
 */
int64_t register_renew_ms(const struct manifest *m, int64_t made_ms);

#endif
