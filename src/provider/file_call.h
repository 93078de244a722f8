/*
 * Calls that get a file otherwise than by HTTP: one that an admin uploaded,
 * or one on an SFTP server.
 */
#ifndef PROVIDER_FILE_CALL_H
#define PROVIDER_FILE_CALL_H

#include "build.h"
#include "loader.h"

/* Names of settings and credentials. */
struct sftp_part {
	const char *host;     /* a setting of the kind host */
	const char *path;     /* a setting */
	const char *host_key; /* a setting */
	const char *user;     /* these three are credentials */
	const char *password; /* may be NULL, and so may */
	const char *key;
};

load_fn load_sftp; /* out: const struct sftp_part * */

/* Fill in b->out. */
int build_upload(struct call_builder *b, struct err *err) MUST_CHECK;
int build_sftp(struct call_builder *b, struct err *err) MUST_CHECK;

#endif
