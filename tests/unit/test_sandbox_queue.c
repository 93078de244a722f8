/* The sender's queue by due time, and the log of what was sent. */
#include "check.h"

#include "delivery.h"
#include "sendlog.h"

#include <stdlib.h>

static struct delivery *made(int64_t due, uint64_t order)
{
	struct delivery *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->due_ms = due;
	d->order = order;
	return d;
}

static void test_deliveries_come_when_due_and_then_in_order(void **state)
{
	struct schedule s = { 0 };
	int64_t due = 0;
	uint64_t order = 0;
	unsigned x = 12345;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		x = x * 1103515245u + 12345u;
		schedule_add(&s, made(x >> 16 & 31, i));
	}
	for (int i = 0; i < 1000; i++) {
		struct delivery *d = schedule_take(&s);

		assert_true(d->due_ms > due ||
			    (d->due_ms == due && (i == 0 || d->order > order)));
		due = d->due_ms;
		order = d->order;
		free(d);
	}
	assert_null(schedule_take(&s));
	schedule_add(&s, made(1, 1));
	schedule_release(&s); /* frees it too: the sanitizer looks */
}

static void test_the_log_keeps_the_latest(void **state)
{
	struct sendlog log = { 0 };
	const struct log_entry *e;
	uint64_t total = LOG_MAX + 100, at = 0, count = 0;

	(void)state;
	assert_null(sendlog_after(&log, 0));
	for (uint64_t i = 1; i <= total; i++) {
		struct log_entry entry = { .delivery = i };

		sendlog_add(&log, &entry);
	}
	while ((e = sendlog_after(&log, at))) {
		if (count++ == 0)
			assert_int_equal(e->seq, 101);
		assert_int_equal(e->seq, e->delivery);
		assert_true(e->seq > at);
		at = e->seq;
	}
	assert_int_equal(count, LOG_MAX);
	assert_int_equal(at, total);
	sendlog_release(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_deliveries_come_when_due_and_then_in_order),
		cmocka_unit_test(test_the_log_keeps_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
