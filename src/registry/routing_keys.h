/* Where routes are in Redis. One hash tag: both change together. */
#ifndef REGISTRY_ROUTING_KEYS_H
#define REGISTRY_ROUTING_KEYS_H

#define ROUTES_KEY  "{hrisd}:routes"
#define CHANGED_KEY "{hrisd}:routes:changed"

#endif
