/* Files on SFTP servers, by curl and libssh2: what differs from HTTP. */
#ifndef HTTP_CLIENT_SFTP_H
#define HTTP_CLIENT_SFTP_H

#include "client_call.h"

/* ERR_CONFIG when this libcurl cannot, or spec lacks something. */
int client_sftp_set(struct http_call *call, const struct http_call_spec *spec,
		    struct err *err) MUST_CHECK;
void client_sftp_release(struct http_call *call);

/*
 * There are no statuses: those of HTTP stand for what curl says. 0: none does,
 * see client_sftp_explain.
 */
int client_sftp_status(CURLcode rc);

/* False: it is nothing of SFTP's own. */
bool client_sftp_explain(CURLcode rc, struct err *err);

#endif
