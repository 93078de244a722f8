/* A lane on real ground: the stream of one shard, by a connection of its own */
#ifndef PROVISIONER_SHARD_H
#define PROVISIONER_SHARD_H

#include "acks.h"
#include "applier.h"
#include "base/settings.h"
#include "lane.h"
#include "loop/loop.h"
#include "queue/queue.h"

/* Shared by all shards of the process. */
struct crew {
	struct loop *loop;
	struct queue *control; /* all but blocking reads */
	struct applier applier;
	struct verdict *verdicts;  /* QUEUE_BATCH_MAX of them */
	struct str *ids;	   /* as many */
	struct queue_entry *fresh; /* as many */
	int64_t claim_ms;
	size_t waiting; /* dead letters under way, and shards with acks */
	size_t at_work; /* shards that are not done */
	bool store_ok;	/* the last batch could be written, or none was */
	void (*rested)(struct crew *c); /* waiting or at_work became less */
};

struct shard {
	struct lane lane;
	struct acks acks;
	struct crew *crew;
	struct queue *reading;
	struct queue_reader reader;
	struct loop_timer timer; /* of the lane */
	struct loop_timer again; /* of the acks */
	/* Of the last claim or read; borrowed, or in held. */
	const struct queue_entry *entries;
	size_t count;
	struct queue_entry *held; /* a copy, while they cannot be written */
	char *held_bytes;
};

int shard_open(struct shard *s, struct crew *crew, unsigned number,
	       const char *consumer, const struct settings *set,
	       enum queue_durability least, struct err *err) MUST_CHECK;

/* After crew->control is freed, and not from within a callback of a queue. */
void shard_close(struct shard *s);

#endif
