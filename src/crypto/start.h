/* libsodium must be initialised before its first use, whichever that is. */
#ifndef CRYPTO_START_H
#define CRYPTO_START_H

/* Cheap after the first call. Aborts when the system has no randomness. */
void crypto_start(void);

#endif
