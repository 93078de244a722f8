#include "throttle.h"

#include <limits.h>
#include <string.h>

/* Without the port: a client may use as many of these as it likes. */
static struct str address_of(struct str peer)
{
	size_t len = peer.len;

	while (len && peer.ptr[len - 1] != ':')
		len--;
	if (len)
		peer.len = len - 1;
	if (peer.len >= THROTTLE_NAME_SIZE)
		peer.len = THROTTLE_NAME_SIZE - 1;
	return peer;
}

/* The peer's slot, or else the one to be given up for it. */
static struct throttle_peer *slot_of(struct throttle *t, struct str address,
				     bool *found)
{
	struct throttle_peer *oldest = &t->peers[0];

	*found = false;
	for (size_t i = 0; i < THROTTLE_PEERS; i++) {
		struct throttle_peer *p = &t->peers[i];

		if (p->failures && str_is(address, p->address)) {
			*found = true;
			return p;
		}
		if (oldest->failures &&
		    (!p->failures || p->since_ms < oldest->since_ms))
			oldest = p;
	}
	return oldest;
}

unsigned throttle_failed(struct throttle *t, struct str peer, int64_t now_ms)
{
	struct str address = address_of(peer);
	struct throttle_peer *p;
	bool found;

	p = slot_of(t, address, &found);
	if (!found || now_ms - p->since_ms >= THROTTLE_WINDOW_MS) {
		*p = (struct throttle_peer){ .since_ms = now_ms };
		memcpy(p->address, address.ptr, address.len);
	}
	if (p->failures < UINT_MAX)
		p->failures++;
	return p->failures;
}
