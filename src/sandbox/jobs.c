#include "jobs.h"

#include "base/assert.h"
#include "base/clock.h"
#include "sender.h"
#include "state.h"

#define STEPS_MAX 256 /* per turn, so that requests are answered meanwhile */

#define ACTIVE	 FIELD_BIT(EMPLOYEE_ACTIVE)
#define AWAY	 FIELD_BIT(EMPLOYEE_ON_LEAVE)
#define DEPARTED FIELD_BIT(EMPLOYEE_DEPARTED)

/* Who it can be done to; 0: nobody is picked. */
static const struct {
	const char *name;
	unsigned statuses;
} kinds[JOB_KIND_COUNT] = {
	[JOB_ANNOUNCE] = { "announce", 0 },
	[JOB_HIRE] = { "hire", 0 },
	[JOB_CHANGE] = { "change", ACTIVE | AWAY },
	[JOB_DEPART] = { "depart", ACTIVE | AWAY },
	[JOB_LEAVE] = { "leave", ACTIVE },
	[JOB_RETURN] = { "return", AWAY },
	[JOB_REHIRE] = { "rehire", DEPARTED },
	[JOB_DELETE] = { "delete", STATUSES_ALL },
};

const char *sandbox_job_name(enum job_kind k)
{
	return kinds[k].name;
}

int jobs_add(struct sandbox *sb, const struct job *job, unsigned *id,
	     struct err *err)
{
	struct jobs *j = &sb->jobs;

	if (j->count == JOBS_MAX)
		return err_set(err, ERR_LIMIT,
			       "%d jobs are under way: wait for one", JOBS_MAX);
	j->items[j->count] = *job;
	j->items[j->count].id = ++j->last;
	j->items[j->count].started_ms = clock_mono_ms();
	j->count++;
	*id = j->last;
	jobs_run(sb);
	return 0;
}

/* The next record that is somebody; those who have left are not announced. */
static bool announce_one(struct sandbox *sb, struct job *job)
{
	struct subscription *sub = NULL;
	struct employee e;
	struct happening h = { .kind = HAPPENED_CREATED, .who = &e };

	if (job->subscription) {
		sub = sender_find(sb->sender, job->subscription);
		if (!sub)
			return false; /* it is no longer there */
	}
	while (job->at < sb->company.size) {
		if (!company_get(&sb->company, job->at++, &e) ||
		    e.status == EMPLOYEE_DEPARTED)
			continue;
		sender_announce(sb->sender, sub, &h);
		return true;
	}
	return false;
}

static int act(struct company *c, const struct job *job, uint32_t n)
{
	switch (job->kind) {
	case JOB_HIRE:
		return company_hire(c, NULL, &n, NULL);
	case JOB_CHANGE:
		return company_change(c, n, NULL, NULL);
	case JOB_DEPART:
		return company_depart(c, n, NO_DAY, NULL);
	case JOB_LEAVE:
		return company_leave(c, n, NULL);
	case JOB_RETURN:
		return company_return(c, n, NULL);
	case JOB_REHIRE:
		return company_rehire(c, n, job->rehire, &n, NULL);
	default:
		return company_delete(c, n, NULL);
	}
}

/* False when there is nothing left to do. */
static bool step(struct sandbox *sb, struct job *job)
{
	struct company *c = &sb->company;
	uint32_t n = 0;

	if (job->left == 0)
		return false;
	if (job->kind == JOB_ANNOUNCE) {
		if (!announce_one(sb, job))
			return false;
	} else {
		if (kinds[job->kind].statuses)
			n = company_pick(c, kinds[job->kind].statuses);
		if (n == EMPLOYEE_NONE || act(c, job, n) < 0)
			return false;
	}
	job->left--;
	job->done++;
	return true;
}

static bool may_step(struct sandbox *sb, const struct job *job)
{
	size_t room = (size_t)sender_settings(sb->sender)->in_flight * 2;
	int64_t passed = clock_mono_ms() - job->started_ms;

	if (sender_first(sb->sender) && sender_backlog(sb->sender) >= room)
		return false;
	return !job->per_second ||
	       job->done <= passed * (int64_t)job->per_second / 1000;
}

void jobs_run(struct sandbox *sb)
{
	struct jobs *j = &sb->jobs;
	size_t i = 0;

	while (i < j->count) {
		struct job *job = &j->items[i];
		bool more = true;

		for (int k = 0; k < STEPS_MAX && more && may_step(sb, job); k++)
			more = step(sb, job);
		if (more && job->left > 0) {
			if (may_step(sb, job))
				loop_post(sb->loop, &j->again);
			i++;
		} else {
			j->items[i] = j->items[--j->count];
		}
	}
}

void jobs_write(const struct jobs *j, struct json_writer *w)
{
	for (size_t i = 0; i < j->count; i++) {
		const struct job *job = &j->items[i];

		json_open_object(w, NULL);
		json_add_int(w, "id", job->id);
		json_add_z(w, "kind", sandbox_job_name(job->kind));
		json_add_int(w, "done", job->done);
		json_add_int(w, "left", job->left);
		json_close(w);
	}
}
