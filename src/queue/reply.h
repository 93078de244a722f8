/* What Redis' error replies mean for us. */
#ifndef QUEUE_REPLY_H
#define QUEUE_REPLY_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

/* What an error says about the connection, beyond its own command. */
enum reply_effect {
	REPLY_ONLY_THIS, /* nothing */
	REPLY_RECHECK	 /* it is not fit for use: bring it up again */
};

/*
 * Fill err from the text of an error reply. Of Redis' own words only what
 * cannot hold a part of a command is kept: an argument may be personal.
 */
enum reply_effect reply_error(struct str text, struct err *err);

/* The group, or its stream, is not there: XGROUP CREATE helps. */
bool reply_is_no_group(struct str text);

#endif
