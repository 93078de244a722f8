/*
 * Files of people that admins upload, on their way from the console to the
 * fetcher: both see the same folder, the setting `spool`.
 *
 *	<spool>/<connection>/<upload>.csv
 *
 * The folders have mode 0700, files 0600. An upload's name sorts after those
 * of earlier ones, and the newest counts; it appears whole (written as .part,
 * synced, renamed). A reader keeps it open for as long as it reads, and a run
 * that goes on after a crash names the file in its state: is that gone, there
 * is a newer one, to be read from its start. Who has read it to the end
 * removes it (R19). What nobody reads goes after SPOOL_KEEP_MS.
 */
#ifndef REGISTRY_SPOOL_H
#define REGISTRY_SPOOL_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define SPOOL_PATH_MAX 4096
#define SPOOL_KEEP_MS  (7 * 86400000LL)

struct spool_file; /* being written */

/* Makes the folders. ERR_CONFIG when the spool cannot be written to. */
int spool_open(struct spool_file **out, const char *spool,
	       struct str connection, struct err *err) MUST_CHECK;

/* ERR_LIMIT when the disk is full; ERR_CONFIG for what else goes wrong. */
int spool_write(struct spool_file *f, struct str bytes,
		struct err *err) MUST_CHECK;

/* It is whole: the newest from now on; older ones go. Frees f in any case. */
int spool_commit(struct spool_file **f, struct err *err) MUST_CHECK;

/* It is not to be; NULL is fine. */
void spool_abandon(struct spool_file **f);

/* Path of the newest upload. ERR_NOT_FOUND: there is none. */
int spool_newest(const char *spool, struct str connection,
		 char out[static SPOOL_PATH_MAX], struct err *err) MUST_CHECK;

/* It was read. */
void spool_remove(const char *path);

/* What was left half-written, and what is too old, of all connections. */
void spool_sweep(const char *spool, int64_t now_ms);

#endif
