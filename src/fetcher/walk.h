/*
 * The life of one sync run in this fetcher, from taking the lease to giving it
 * back. It knows no HTTP, Redis, database or loop: those are behind the ops.
 *
 * A run outlives a fetcher: what it needs to go on from stands in Redis after
 * each page, so that leaving it, at the end of a page or by kill -9, costs at
 * most that page.
 */
#ifndef FETCHER_WALK_H
#define FETCHER_WALK_H

#include <stdbool.h>

enum walk_state {
	WALK_LEASING,	 /* the lease: nobody else runs this connection */
	WALK_BEGINNING,	 /* its number, and what was stored of it */
	WALK_CLEARING,	 /* another run's remains are taken away */
	WALK_OPENING,	 /* the database: is it wanted, and what was before? */
	WALK_PREPARING,	 /* tables of names are read */
	WALK_READING,	 /* a page, until all that came of it is stored */
	WALK_JUDGING,	 /* R7: is it complete? */
	WALK_ASKING,	 /* a portion of those whom the run did not see */
	WALK_TELLING,	 /* … is told to the provisioner */
	WALK_CONFIRMING, /* is the lease still ours? */
	WALK_RECORDING,	 /* the database: what became of it */
	WALK_ENDING,	 /* Redis forgets what the run went on from */
	WALK_PARKING,	 /* the lease is kept while the HRIS wants peace */
	WALK_DROPPING,	 /* the lease is given back */
	WALK_DONE,
	WALK_STATE_COUNT
};

enum walk_input {
	WALK_IN_OK,	 /* the step ended well */
	WALK_IN_OTHER,	 /* BEGINNING: it is another run's, remains */
	WALK_IN_HELD,	 /* LEASING: another fetcher has the lease */
	WALK_IN_OVER,	 /* OPENING: the database knows no such open run */
	WALK_IN_STOPPED, /* OPENING: it was stopped before it was taken up */
	WALK_IN_LAST,	 /* READING: that was the last page; ASKING: none is
			    left */
	WALK_IN_WAIT,	 /* PREPARING, READING: again, in a moment */
	WALK_IN_PARK,	 /* … again, but not before long; also OPENING */
	WALK_IN_FAILED,	 /* … cannot go on */
	WALK_IN_ANEW,	 /* JUDGING: all is to be read once more */
	WALK_IN_CUT,	 /* … ended because ops->interrupt was called */
	WALK_IN_NOT_YET, /* Redis or the database did not take it */
	WALK_IN_LOST,	 /* refused: the lease is another's */
	WALK_IN_AGAIN,	 /* the rest is over; too late it means nothing */
	/* At any time, beside the step that is under way: */
	WALK_IN_STOP,  /* an admin wants it to end, or nobody wants it */
	WALK_IN_LEAVE, /* the fetcher ends */
	WALK_IN_TAKEN, /* the lease ran out, or is another's */
	WALK_INPUT_COUNT
};

/* Where a run goes on, as ops->begin finds it. */
enum walk_phase {
	WALK_PAGES,   /* pages are still to be read */
	WALK_VERDICT, /* all are stored */
	WALK_ABSENT,  /* it was accepted; who was not in it is being told */
	WALK_PHASE_COUNT
};

/* How the walk ended for this fetcher. */
enum walk_end {
	WALK_LEFT,     /* somebody goes on with it, at once */
	WALK_RECORDED, /* the run is over, and stands in the database */
	WALK_PARKED,   /* … when its time has come */
	WALK_REFUSED,  /* another fetcher has it */
	WALK_LOST,     /* another fetcher took it: nothing more was written */
	WALK_END_COUNT
};

struct walk;

struct walk_ops {
	/*
	 * Start the state's step (DONE has none); its ending is an input, from
	 * within the call or later.
	 */
	void (*start[WALK_STATE_COUNT])(struct walk *w);
	/* End PREPARING or READING soon, by whichever of its inputs. */
	void (*interrupt)(struct walk *w);
	/* At the end of a page: is it others' turn? */
	bool (*yields)(struct walk *w);
	/* An admin's stop takes effect: what became of it is that. */
	void (*stopped)(struct walk *w);
	void (*rest)(struct walk *w); /* WALK_IN_AGAIN follows, later */
	void (*wait)(struct walk *w); /* the same, as the trouble asks for */
	void (*done)(struct walk *w); /* may not free w: it is on the stack */
};

struct walk { /* embedded in what implements the ops */
	const struct walk_ops *ops;
	enum walk_state state;
	enum walk_phase phase; /* set by BEGINNING before its OK */
	enum walk_end end;     /* of WALK_DONE */
	bool resting;	       /* the state's step is to be started again */
	bool stop, leave, taken;
};

void walk_start(struct walk *w, const struct walk_ops *ops);

/* The only way in. WALK_DONE takes only what may come at any time. */
void walk_feed(struct walk *w, enum walk_input in);

#endif
