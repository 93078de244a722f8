/* Calls of queue/run.h, waited for, on shard 3 and connection "acme". */
#ifndef TESTS_QUEUE_RUNS_H
#define TESTS_QUEUE_RUNS_H

#include "queue/run.h"
#include "queue_fixture.h"

#define LEASE	"{hrisd:3}:lease:acme"
#define FENCE	"{hrisd:3}:fence"
#define RUN	"{hrisd:3}:run:acme"
#define SEEN	"{hrisd:3}:seen:acme"
#define CHANGES "{hrisd:3}:changes"
#define LOOKUPS "{hrisd:3}:lookups"

#define NOON 1767268800000LL /* when most pages are read */
#define HOUR 3600000LL

/* As STR, where only a constant may stand. */
#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

enum { HEARD_MAX = 6000 };

/* What a call's callback was given. */
struct heard {
	int calls;
	struct err err;
	uint64_t fence;
	int64_t retry_ms;
	char run[64];
	uint64_t number;
	uint64_t people;
	char progress[128];
	char cursor[32];
	size_t count;
	char texts[HEARD_MAX][24]; /* persons, or digests ("" for none) */
};

/* Each waits for its end; the static result is good until the next call. */
const struct heard *take_lease(struct fixture *f, const char *owner);
const struct heard *keep_lease(struct fixture *f, const struct run_place *p);
const struct heard *drop_lease(struct fixture *f, const struct run_place *p);
const struct heard *begin_run(struct fixture *f, const struct run_place *p,
			      const char *run);
const struct heard *end_run(struct fixture *f, const struct run_place *p,
			    const char *run);
const struct heard *progress_of(struct fixture *f);
const struct heard *store_page(struct fixture *f, const struct run_place *p,
			       const struct run_page *page);
const struct heard *absent_in(struct fixture *f, const struct run_place *p,
			      uint64_t number, const char *cursor);
const struct heard *digests_of(struct fixture *f, const char *const *pids,
			       size_t count);
const struct heard *store_read(struct fixture *f, const struct run_read *r);

/* A place whose lease was just taken. */
struct run_place place_of(struct fixture *f, const char *owner);

/* The call must have gone well. */
void went_well(const struct heard *h);

/* A page with this one person: digest is 16 bytes. */
void see(struct fixture *f, const struct run_place *p, uint64_t number,
	 int64_t read_ms, const char *pid, const char *digest);

/* What is remembered as sent of pid: "" when nothing is. */
const char *sent_of(struct fixture *f, const char *pid);

#endif
