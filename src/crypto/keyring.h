/* What the text of a keyring and its file share. */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include "crypto/seal.h"

#define KEYRING_TEXT_MAX 4096 /* bytes; four keys take 250 */

/* Fresh random keys for every box. */
void keyring_make(struct keyring *k);

#endif
