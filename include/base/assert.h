/* Small tools that every file may use: our own mistakes, sizes, containers. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include <stddef.h>

/*
 * For our own mistakes, never for input. Always on: it writes one line and
 * aborts. The supervisor starts the role again and the queue delivers again.
 */
#define ASSERT(cond) \
	((cond) ? (void)0 : assert_failed(#cond, __FILE__, __LINE__))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

_Noreturn void assert_failed(const char *cond, const char *file, int line);

#endif
