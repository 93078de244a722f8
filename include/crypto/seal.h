/*
 * Sealing: anybody who has the public key can lock, only the owner of the
 * secret key can open (libsodium's crypto_box_seal). So the console, which
 * takes credentials from an admin, cannot read them back.
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/secret.h"

#define SEAL_KEY_SIZE 32

/* Who may open what was sealed. */
enum seal_box {
	SEAL_WEBHOOK, /* webhook secrets: the receiver */
	SEAL_API,     /* credentials for an HRIS: the fetcher */
	SEAL_BOX_COUNT
};

/*
 * The key file: a line per key, "webhook.public BASE64", "webhook.secret
 * BASE64", "api.public …", "api.secret …"; empty lines and those that start
 * with '#' are skipped. A role is given only what it needs; a key that is not
 * there is simply not loaded, but a public key follows from its secret one.
 */
struct keyring {
	unsigned char public_key[SEAL_BOX_COUNT][SEAL_KEY_SIZE];
	int has_public[SEAL_BOX_COUNT];
	struct secret *secret_key[SEAL_BOX_COUNT]; /* NULL: not ours */
};

/* Make a new file, mode 0600, with fresh keys. ERR_CONFLICT when it exists. */
int keyring_create(const char *path, struct err *err) MUST_CHECK;

/*
 * ERR_CONFIG when it is not there, is damaged, belongs to somebody else than
 * us or root, or others may read it. Mode 0600 or less; 0640 only with owner
 * and group root, which is how systemd's LoadCredential looks.
 */
int keyring_load(struct keyring *k, const char *path,
		 struct err *err) MUST_CHECK;

/* From text in the file's format; text is the caller's to wipe. ERR_CONFIG. */
int keyring_parse(struct keyring *k, struct str text,
		  struct err *err) MUST_CHECK;

/*
 * As text in the file's format; secrets only of the boxes in the bit mask
 * (1 << SEAL_API). The caller wipes out. It leaves no other copy when out is
 * empty or has room for 1 KiB.
 */
void keyring_write(const struct keyring *k, unsigned secret_boxes,
		   struct buf *out);
void keyring_release(struct keyring *k);

/* Appends the sealed bytes. ERR_CONFIG without the public key. */
int seal(const struct keyring *k, enum seal_box box, struct str plain,
	 struct buf *out, struct err *err) MUST_CHECK;

/* ERR_CONFIG without the secret key; ERR_INVALID when it does not open. */
int unseal(const struct keyring *k, enum seal_box box, struct str sealed,
	   struct secret **out, struct err *err) MUST_CHECK;

#endif
