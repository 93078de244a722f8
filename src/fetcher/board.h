/*
 * Which runs this fetcher does, and when: slots that have come become runs
 * (R17), and open runs get their turn, a few at once, round robin over the
 * connections. What costs is what is due, not how many connections there are.
 */
#ifndef FETCHER_BOARD_H
#define FETCHER_BOARD_H

#include "base/str.h"

#include <stdbool.h>

struct board;
struct desk;

struct board *board_new(struct desk *d);

/* Something was asked for: do not wait for the next second. */
void board_look(struct board *b);

/* A run of this connection was: nor for what it was to wait for. */
void board_hurry(struct board *b, struct str connection);

/* No more are begun, those under way are left where they are. */
void board_drain(struct board *b);
bool board_is_idle(const struct board *b);
void board_sweep(struct board *b); /* free those that are done */
void board_free(struct board **b); /* after the queue */

#endif
