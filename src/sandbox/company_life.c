/* Life: what happens by itself, as chance and the seed will have it. */
#include "company.h"

#include "base/assert.h"
#include "override.h"

#define SALT_LIFE 1000
#define TRIES	  64 /* before looking at everybody in order */

uint32_t company_draw(struct company *c, uint32_t limit)
{
	uint64_t drawn = company_hash(c->seed, c->draws++, SALT_LIFE);

	ASSERT(limit > 0);
	return (uint32_t)((drawn >> 32) * limit >> 32);
}

static bool fits(const struct company *c, uint32_t n, unsigned statuses)
{
	struct employee e;

	return company_peek(c, n, &e) && (statuses & FIELD_BIT(e.status));
}

uint32_t company_pick(struct company *c, unsigned statuses)
{
	uint32_t n = 0;

	for (int i = 0; i < TRIES; i++) {
		n = company_draw(c, c->size);
		if (fits(c, n, statuses))
			return n;
	}
	for (uint32_t i = 0; i < c->size; i++) {
		n = n + 1 < c->size ? n + 1 : 0;
		if (fits(c, n, statuses))
			return n;
	}
	return EMPLOYEE_NONE;
}

enum deed { CHANGE, HIRE, DEPART, LEAVE, COME_BACK, REHIRE };

#define ACTIVE	 FIELD_BIT(EMPLOYEE_ACTIVE)
#define AWAY	 FIELD_BIT(EMPLOYEE_ON_LEAVE)
#define DEPARTED FIELD_BIT(EMPLOYEE_DEPARTED)

/* In percent: as many are hired as depart, so the size stays about equal. */
static const struct {
	enum deed deed;
	uint32_t percent;
	unsigned statuses; /* of whom it can happen to */
} deeds[] = {
	{ CHANGE, 56, ACTIVE | AWAY }, { HIRE, 12, 0 },
	{ DEPART, 14, ACTIVE },	       { LEAVE, 8, ACTIVE },
	{ COME_BACK, 8, AWAY },	       { REHIRE, 2, DEPARTED },
};

static int happen(struct company *c, enum deed deed, uint32_t n)
{
	switch (deed) {
	case CHANGE:
		return company_change(c, n, NULL, NULL);
	case HIRE:
		return company_hire(c, NULL, &n, NULL);
	case DEPART:
		return company_depart(c, n, NO_DAY, NULL);
	case LEAVE:
		return company_leave(c, n, NULL);
	case COME_BACK:
		return company_return(c, n, NULL);
	default:
		return company_rehire(c, n, REHIRE_SAME, &n, NULL);
	}
}

void company_live(struct company *c)
{
	uint32_t chance = company_draw(c, 100);
	size_t i = 0;
	uint32_t n = 0;

	while (i + 1 < ARRAY_LEN(deeds) && chance >= deeds[i].percent)
		chance -= deeds[i++].percent;
	if (deeds[i].statuses)
		n = company_pick(c, deeds[i].statuses);
	if (n != EMPLOYEE_NONE) /* else nobody is left for it: so be it */
		(void)happen(c, deeds[i].deed, n);
}
