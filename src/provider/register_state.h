/* A registration as it goes through its stages. */
#ifndef PROVIDER_REGISTER_STATE_H
#define PROVIDER_REGISTER_STATE_H

#include "parts.h"
#include "provider/register.h"
#include "register_part.h"

#define REGISTER_MAX_STALE (2 * REGISTER_MAX_MADE)

/*
 * The stages of a task, in order; those that it has nothing to do in are
 * passed over.
 */
enum stage {
	STAGE_OWN_SECRET, /* one that we choose is stored first */
	STAGE_LIST,
	STAGE_DELETE,
	STAGE_DROP,
	STAGE_CREATE,
	STAGE_TOLD_SECRET, /* one that the HRIS told */
	STAGE_KEEP,
	STAGE_CONFIRM,
	STAGE_TOKEN, /* becomes the secret */
	STAGE_RENEW,
	STAGE_RENEWED,
	STAGE_DONE
};

struct registration {
	const struct manifest *m;
	const struct register_part *part;
	struct arena arena;
	struct register_task task;
	struct register_made made[REGISTER_MAX_MADE];
	enum stage stage;
	size_t at;			      /* of the stage's list */
	struct str stale[REGISTER_MAX_STALE]; /* ids to remove */
	size_t stale_count;
	struct str secret;
	struct str id; /* of the webhook that was made last */
};

/* A copy that lives as long as the registration. */
int register_copy(struct registration *r, struct str s, struct str *out,
		  struct err *err) MUST_CHECK;

/* One more to remove, once. */
void register_add_stale(struct registration *r, struct str id);

/* The webhook at hand, by the manifest's word for it. */
struct str register_hook_name(const struct registration *r);

/* To the next thing to do. */
void register_advance(struct registration *r);

#endif
