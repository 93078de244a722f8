/* A Redis, a loop and a queue; and the ends of commands, to wait for. */
#ifndef TESTS_QUEUE_FIXTURE_H
#define TESTS_QUEUE_FIXTURE_H

#include "base/clock.h"
#include "queue/queue.h"
#include "redis.h"

enum { WAIT_MS = 15000 };

struct fixture {
	struct redis_server redis;
	struct loop *loop;
	struct queue *q;
	int changes; /* calls of queue_config.changed */
};

/* Turn the loop until cond holds; fails the test when it does not in time. */
#define WAIT(loop_, cond)                                          \
	do {                                                       \
		int64_t end_ = clock_mono_ms() + WAIT_MS;          \
		while (!(cond)) {                                  \
			if (clock_mono_ms() > end_)                \
				fail_msg("waited for: %s", #cond); \
			loop_turn(loop_, 20);                      \
		}                                                  \
	} while (0)

/* redis-server is not installed, which was said. */
#define SKIP_WITHOUT(f)         \
	do {                    \
		if (!(f))       \
			skip(); \
	} while (0)

/* For cmocka: a plain Redis and a queue that is ready. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* cmocka setup without Redis; the test starts it as it wants it. */
int fixture_setup_bare(void **state);

/* Open f->q with these settings; url NULL: that of f->redis. */
void fixture_open(struct fixture *f, const struct queue_config *cfg);
void fixture_wait_ready(struct fixture *f);

/* Until the trouble contains text. */
void fixture_wait_trouble(struct fixture *f, const char *text);

/* What callbacks were given. */
struct result {
	int calls;
	enum queue_accepted how;
	struct err err;
	struct queue_lag lag;
	int64_t number;
	size_t count;
	struct {
		char id[48];
		char event[64];
		uint64_t deliveries;
	} entries[128];
};

void got_accepted(enum queue_accepted how, const struct err *err, void *arg);
void got_done(const struct err *err, void *arg);
void got_entries(const struct queue_entry *entries, size_t count,
		 const struct err *err, void *arg);
void got_lag(const struct queue_lag *lag, const struct err *err, void *arg);
void got_value(const struct queue_value *v, const struct err *err, void *arg);

/* Give the command and wait for its end. The result must be ERR_NONE. */
enum queue_accepted accept_one(struct fixture *f, const char *once_id,
			       const char *event);
void read_some(struct fixture *f, const struct queue_reader *r, size_t count,
	       struct result *out);
void claim_some(struct fixture *f, const struct queue_reader *r, size_t count,
		int64_t idle_ms, struct result *out);
void ack_one(struct fixture *f, const struct queue_reader *r, const char *id);
void trim_changes(struct fixture *f);

/* The changes of shard 0, as consumer "c1" and "c2". */
extern const struct queue_reader reader_1, reader_2;

#endif
