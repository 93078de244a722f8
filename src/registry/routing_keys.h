/* Where routes are in Redis. One hash tag: both change together. */
#ifndef REGISTRY_ROUTING_KEYS_H
#define REGISTRY_ROUTING_KEYS_H

#include "base/str.h"

#define ROUTES_KEY  STR("{hrisd}:routes")
#define CHANGED_KEY STR("{hrisd}:routes:changed")

#endif
