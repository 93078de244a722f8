#include "base/metrics.h"

#include "base/assert.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum type { COUNTER, GAUGE };

struct slot {
	char role[24];
	atomic_int live;
	_Atomic int64_t values[METRIC_COUNT];
};

struct page {
	struct slot slots[METRICS_SLOTS];
};

struct row {
	enum type type;
	const char *family;
	const char *labels; /* without braces; "" when none */
	const char *help;
};

#define WEBHOOKS "hrisd_webhooks"
#define LOOKUPS	 "hrisd_lookups"
#define CHANGES	 "hrisd_changes"
#define RUNS	 "hrisd_runs"
#define PEOPLE	 "hrisd_run_people"

/* Rows of one family stand together: OpenMetrics asks for it. */
static const struct row rows[METRIC_COUNT] = {
	[METRIC_WEBHOOKS_ACCEPTED] = { COUNTER, WEBHOOKS, "result=\"accepted\"",
				       "Webhooks by what became of them." },
	[METRIC_WEBHOOKS_DUPLICATE] = { COUNTER, WEBHOOKS,
					"result=\"duplicate\"", "" },
	[METRIC_WEBHOOKS_IGNORED] = { COUNTER, WEBHOOKS, "result=\"ignored\"",
				      "" },
	[METRIC_WEBHOOKS_DEAD] = { COUNTER, WEBHOOKS, "result=\"dead\"", "" },
	[METRIC_WEBHOOKS_REFUSED_AUTH] = { COUNTER, WEBHOOKS,
					   "result=\"unauthorized\"", "" },
	[METRIC_WEBHOOKS_REFUSED_UNKNOWN] = { COUNTER, WEBHOOKS,
					      "result=\"unknown\"", "" },
	[METRIC_WEBHOOKS_REFUSED_STATE] = { COUNTER, WEBHOOKS,
					    "result=\"paused\"", "" },
	[METRIC_WEBHOOKS_REFUSED_MALFORMED] = { COUNTER, WEBHOOKS,
						"result=\"malformed\"", "" },
	[METRIC_WEBHOOKS_LIMITED] = { COUNTER, WEBHOOKS, "result=\"limited\"",
				      "" },
	[METRIC_WEBHOOKS_UNCHECKED] = { COUNTER, WEBHOOKS,
					"result=\"unchecked\"", "" },
	[METRIC_WEBHOOKS_UNAVAILABLE] = { COUNTER, WEBHOOKS,
					  "result=\"unavailable\"", "" },
	[METRIC_EVENTS_QUEUED] = { COUNTER, "hrisd_events_queued",
				   "stream=\"changes\"",
				   "Entries appended to the streams." },
	[METRIC_LOOKUPS_QUEUED] = { COUNTER, "hrisd_events_queued",
				    "stream=\"lookups\"", "" },
	[METRIC_HTTP_CONNECTIONS] = { GAUGE, "hrisd_http_connections", "",
				      "Open connections of listeners." },
	[METRIC_LOOKUPS_DONE] = { COUNTER, LOOKUPS, "result=\"done\"",
				  "Persons read back after thin webhooks." },
	[METRIC_LOOKUPS_COALESCED] = { COUNTER, LOOKUPS, "result=\"coalesced\"",
				       "" },
	[METRIC_LOOKUPS_GONE] = { COUNTER, LOOKUPS, "result=\"gone\"", "" },
	[METRIC_LOOKUPS_RETRIED] = { COUNTER, LOOKUPS, "result=\"retried\"",
				     "" },
	[METRIC_LOOKUPS_FAILED] = { COUNTER, LOOKUPS, "result=\"failed\"", "" },
	[METRIC_LOOKUPS_LATER] = { GAUGE, "hrisd_lookups_later", "",
				   "Persons whose read is put off." },
	[METRIC_CALLS] = { COUNTER, "hrisd_calls", "", "Calls to HR systems." },
	[METRIC_RUNS_DONE] = { COUNTER, RUNS, "status=\"done\"",
			       "Sync runs by how they ended." },
	[METRIC_RUNS_REFUSED] = { COUNTER, RUNS, "status=\"refused\"", "" },
	[METRIC_RUNS_FAILED] = { COUNTER, RUNS, "status=\"failed\"", "" },
	[METRIC_RUNS_STOPPED] = { COUNTER, RUNS, "status=\"stopped\"", "" },
	[METRIC_RUNS_LOST] = { COUNTER, RUNS, "status=\"lost\"", "" },
	[METRIC_RUN_PAGES] = { COUNTER, "hrisd_run_pages", "",
			       "Pages that sync runs have read and stored." },
	[METRIC_RUN_QUEUED] = { COUNTER, PEOPLE, "result=\"queued\"",
				"People whom sync runs have read." },
	[METRIC_RUN_UNCHANGED] = { COUNTER, PEOPLE, "result=\"unchanged\"",
				   "" },
	[METRIC_RUN_LOOKUPS] = { COUNTER, PEOPLE, "result=\"lookup\"", "" },
	[METRIC_RUN_UNUSABLE] = { COUNTER, PEOPLE, "result=\"unusable\"", "" },
	[METRIC_RUN_ABSENT] = { COUNTER, PEOPLE, "result=\"absent\"", "" },
	[METRIC_RUNS_ACTIVE] = { GAUGE, "hrisd_runs_active", "",
				 "Sync runs under way." },
	[METRIC_RUN_LAG_MS] = { GAUGE, "hrisd_run_lag_milliseconds", "",
				"Age of the oldest sync run that has not "
				"begun." },
	[METRIC_CHANGES_CREATED] = { COUNTER, CHANGES, "outcome=\"created\"",
				     "Changes applied, by outcome." },
	[METRIC_CHANGES_UPDATED] = { COUNTER, CHANGES, "outcome=\"updated\"",
				     "" },
	[METRIC_CHANGES_UNCHANGED] = { COUNTER, CHANGES,
				       "outcome=\"unchanged\"", "" },
	[METRIC_CHANGES_DEACTIVATED] = { COUNTER, CHANGES,
					 "outcome=\"deactivated\"", "" },
	[METRIC_CHANGES_REACTIVATED] = { COUNTER, CHANGES,
					 "outcome=\"reactivated\"", "" },
	[METRIC_CHANGES_SUPERSEDED] = { COUNTER, CHANGES,
					"outcome=\"superseded\"", "" },
	[METRIC_CHANGES_DUPLICATE] = { COUNTER, CHANGES,
				       "outcome=\"duplicate\"", "" },
	[METRIC_CHANGES_WAITING] = { COUNTER, CHANGES, "outcome=\"waiting\"",
				     "" },
	[METRIC_CHANGES_REVIEW] = { COUNTER, CHANGES, "outcome=\"review\"",
				    "" },
	[METRIC_CHANGES_IGNORED] = { COUNTER, CHANGES, "outcome=\"ignored\"",
				     "" },
	[METRIC_CHANGES_ABSENT] = { COUNTER, CHANGES, "outcome=\"absent\"",
				    "" },
	[METRIC_CHANGES_DEAD] = { COUNTER, CHANGES, "outcome=\"dead\"", "" },
	[METRIC_CHANGES_CLAIMED] = { COUNTER, "hrisd_changes_claimed", "",
				     "Changes taken over from a silent "
				     "consumer." },
	[METRIC_CHANGES_UNACKNOWLEDGED] = { GAUGE,
					    "hrisd_changes_unacknowledged", "",
					    "Changes applied that Redis has "
					    "not confirmed." },
	[METRIC_BATCHES] = { COUNTER, "hrisd_batches", "",
			     "Transactions committed by provisioners." },
	[METRIC_QUEUE_PENDING] = { GAUGE, "hrisd_queue_pending", "",
				   "Entries delivered, not acknowledged." },
	[METRIC_QUEUE_BEHIND] = { GAUGE, "hrisd_queue_behind", "",
				  "Entries not delivered yet." },
	[METRIC_QUEUE_OLDEST_MS] = { GAUGE, "hrisd_queue_oldest_milliseconds",
				     "",
				     "Age of the oldest unapplied "
				     "change." },
	[METRIC_REDIS_READY] = { GAUGE, "hrisd_redis_ready", "",
				 "Processes with a usable queue." },
	[METRIC_REDIS_DURABILITY] = { GAUGE, "hrisd_redis_durability", "",
				      "Least over processes: 0 memory, 1 "
				      "everysec, 2 always." },
	[METRIC_STORE_READY] = { GAUGE, "hrisd_store_ready", "",
				 "Processes with a usable database." },
	[METRIC_RESTARTS] = { COUNTER, "hrisd_role_restarts", "",
			      "Roles started again after they ended." },
};

static struct slot own_slot; /* until attached: counts for this process */
static struct slot *mine = &own_slot;
static struct page *page;

int metrics_create(int *fd_out, struct err *err)
{
	int fd = memfd_create("hrisd-metrics", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(struct page)) < 0) {
		if (fd >= 0)
			close(fd);
		return err_set(err, ERR_TEMP, "no shared memory: %s",
			       strerror(errno));
	}
	*fd_out = fd;
	return 0;
}

int metrics_attach(int fd, size_t slot, const char *role, struct err *err)
{
	void *p;

	ASSERT(slot < METRICS_SLOTS);
	p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED,
		 fd, 0);
	if (p == MAP_FAILED)
		return err_set(err, ERR_TEMP, "no shared memory: %s",
			       strerror(errno));
	page = p;
	mine = &page->slots[slot];
	snprintf(mine->role, sizeof(mine->role), "%s", role);
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (rows[i].type == GAUGE)
			atomic_store(&mine->values[i], 0);
	atomic_store(&mine->live, 1);
	return 0;
}

void metrics_add(enum metric m, int64_t n)
{
	/* One writer per slot: a load and a store, no locked instruction. */
	int64_t now =
		atomic_load_explicit(&mine->values[m], memory_order_relaxed);

	atomic_store_explicit(&mine->values[m], now + n, memory_order_relaxed);
}

void metrics_set(enum metric m, int64_t n)
{
	atomic_store_explicit(&mine->values[m], n, memory_order_relaxed);
}

int64_t metrics_get(enum metric m)
{
	return atomic_load_explicit(&mine->values[m], memory_order_relaxed);
}

static bool counts(const struct slot *s, enum metric m, const char *role)
{
	if (role && strcmp(s->role, role) != 0)
		return false;
	return rows[m].type == COUNTER || atomic_load(&s->live);
}

int64_t metrics_sum(enum metric m, const char *role)
{
	int64_t sum = 0;

	if (!page)
		return metrics_get(m);
	for (size_t i = 0; i < METRICS_SLOTS; i++)
		if (counts(&page->slots[i], m, role))
			sum += page->slots[i].values[m];
	return sum;
}

int64_t metrics_least(enum metric m, const char *role)
{
	int64_t least = -1;

	for (size_t i = 0; page && i < METRICS_SLOTS; i++) {
		struct slot *s = &page->slots[i];

		if (!atomic_load(&s->live) || !counts(s, m, role))
			continue;
		if (least < 0 || s->values[m] < least)
			least = s->values[m];
	}
	return least;
}

int64_t metrics_most(enum metric m, const char *role)
{
	int64_t most = 0;

	for (size_t i = 0; page && i < METRICS_SLOTS; i++) {
		struct slot *s = &page->slots[i];

		if (atomic_load(&s->live) && counts(s, m, role) &&
		    s->values[m] > most)
			most = s->values[m];
	}
	return most;
}

int64_t metrics_live(const char *role)
{
	int64_t n = 0;

	for (size_t i = 0; page && i < METRICS_SLOTS; i++)
		n += atomic_load(&page->slots[i].live) &&
		     !strcmp(page->slots[i].role, role);
	return n;
}

void metrics_retire(size_t slot)
{
	ASSERT(slot < METRICS_SLOTS);
	if (page)
		atomic_store(&page->slots[slot].live, 0);
}

static int64_t value_of(enum metric m)
{
	int64_t least;

	switch (m) {
	case METRIC_REDIS_DURABILITY:
		least = metrics_least(m, "receiver");
		return least < 0 ? 0 : least;
	case METRIC_QUEUE_OLDEST_MS: /* each provisioner sees the same */
	case METRIC_QUEUE_PENDING:
	case METRIC_QUEUE_BEHIND:
		return metrics_most(m, "provisioner");
	case METRIC_LOOKUPS_LATER: /* and each fetcher */
	case METRIC_RUN_LAG_MS:
		return metrics_most(m, "fetcher");
	default:
		return metrics_sum(m, NULL);
	}
}

void metrics_write(struct buf *out)
{
	const char *family = "";

	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const struct row *r = &rows[m];
		bool counter = r->type == COUNTER;

		if (strcmp(family, r->family) != 0) {
			family = r->family;
			buf_addf(out, "# TYPE %s %s\n# HELP %s %s\n", family,
				 counter ? "counter" : "gauge", family,
				 r->help);
		}
		buf_addf(out, "%s%s", family, counter ? "_total" : "");
		if (r->labels[0])
			buf_addf(out, "{%s}", r->labels);
		buf_addf(out, " %lld\n", (long long)value_of(m));
	}
	buf_add_z(out, "# EOF\n");
}
