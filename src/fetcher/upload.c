#include "upload.h"

#include "base/buf.h"
#include "base/mem.h"
#include "registry/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 16384 /* bytes at a turn, as of an answer */

struct upload {
	struct upload_spec spec;
	struct loop *loop;
	struct loop_task turn;
	int fd; /* -1: read to the end */
	bool paused;
	bool inside;   /* the chunk's callback is on the stack */
	bool dropped;  /* … and cancelled it */
	uint64_t size; /* read so far */
	struct buf body;
	char path[SPOOL_PATH_MAX];
};

static void end(struct upload *u, const struct err *why)
{
	struct http_answer a = { .received = u->size,
				 .body = buf_str(&u->body) };

	if (why)
		a.err = *why;
	else
		a.status = 200;
	if (!why) {
		close(u->fd);
		u->fd = -1;
	}
	u->spec.ended(&a, u->spec.arg);
}

static void keep(struct upload *u, struct str piece)
{
	struct err err = { .kind = ERR_NONE };

	buf_add_str(&u->body, piece);
	if (buf_check(&u->body, "the file", &err) < 0)
		end(u, &err);
	else
		loop_post(u->loop, &u->turn);
}

static void release(struct upload *u)
{
	loop_task_cancel(u->loop, &u->turn);
	if (u->fd >= 0)
		close(u->fd);
	buf_release(&u->body);
	free(u);
}

static void hand_on(struct upload *u, struct str piece)
{
	const struct err unwanted = { ERR_INVALID, "the file was not wanted" };
	enum http_flow flow;

	u->inside = true;
	flow = u->spec.chunk(piece, u->spec.arg);
	u->inside = false;
	u->paused = flow == HTTP_PAUSE;
	if (u->dropped)
		release(u);
	else if (flow == HTTP_ABORT)
		end(u, &unwanted);
	else if (!u->paused)
		loop_post(u->loop, &u->turn);
}

static void turn_cb(void *arg)
{
	struct upload *u = arg;
	char bytes[PIECE];
	struct err err = { .kind = ERR_NONE };
	ssize_t n;

	do
		n = read(u->fd, bytes, sizeof(bytes));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		err_fill(&err, ERR_TEMP, "the uploaded file cannot be read: %s",
			 strerror(errno));
		end(u, &err);
	} else if (n == 0) {
		end(u, NULL);
	} else {
		u->size += (uint64_t)n;
		if (u->spec.chunk)
			hand_on(u, (struct str){ bytes, (size_t)n });
		else
			keep(u, (struct str){ bytes, (size_t)n });
	}
}

static int open_file(struct upload *u, const char *spool, struct str connection,
		     struct err *err)
{
	if (spool_newest(spool, connection, u->path, err) < 0)
		return -1;
	u->fd = open(u->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (u->fd >= 0)
		return 0;
	return err_set(err, ERR_CONFIG, "the uploaded file cannot be read: %s",
		       strerror(errno));
}

int upload_start(struct upload **out, struct loop *loop, const char *spool,
		 struct str connection, const struct upload_spec *spec,
		 struct err *err)
{
	struct upload *u = mem_new(sizeof(*u));

	u->spec = *spec;
	u->loop = loop;
	u->fd = -1;
	buf_init(&u->body,
		 spec->max_body_bytes ? spec->max_body_bytes : UPLOAD_BODY_MAX);
	loop_task_init(&u->turn, turn_cb, u);
	if (open_file(u, spool, connection, err) < 0) {
		upload_cancel(&u);
		return -1;
	}
	loop_post(loop, &u->turn);
	*out = u;
	return 0;
}

void upload_cancel(struct upload **at)
{
	struct upload *u = *at;

	if (!u)
		return;
	*at = NULL;
	if (u->inside)
		u->dropped = true;
	else
		release(u);
}

void upload_resume(struct upload *u)
{
	if (!u || !u->paused)
		return;
	u->paused = false;
	loop_post(u->loop, &u->turn);
}

const char *upload_read(const struct upload *u)
{
	return u && u->fd < 0 ? u->path : NULL;
}
