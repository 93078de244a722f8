/* What all formats share: counting, and an end after which nothing comes. */
#include "format.h"

#include "base/assert.h"

static const struct record_ops *const formats[RECORD_FORMAT_COUNT] = {
	[RECORD_JSON] = &record_json,
	[RECORD_XML] = &record_xml,
	[RECORD_CSV] = &record_csv,
};

int record_emit(struct record_reader *r, struct str json, struct err *err)
{
	if (json.len > RECORD_MAX_BYTES)
		return err_set(err, ERR_LIMIT,
			       "record %zu is larger than %zu bytes",
			       r->count + 1, RECORD_MAX_BYTES);
	r->count++;
	return r->fn(json, r->arg, err);
}

int record_no_place(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "there is no list of records where it should be");
}

int record_reader_new(struct record_reader **out,
		      const struct record_shape *shape, record_fn *fn,
		      void *arg, struct err *err)
{
	ASSERT(shape->format < RECORD_FORMAT_COUNT);
	if (formats[shape->format]->open(out, shape, err) < 0)
		return -1;
	(*out)->ops = formats[shape->format];
	(*out)->fn = fn;
	(*out)->arg = arg;
	return 0;
}

void record_reader_free(struct record_reader **r)
{
	if (*r)
		(*r)->ops->free(*r);
	*r = NULL;
}

static int refuse_more(struct err *err)
{
	return err_set(err, ERR_INVALID, "this reading is over");
}

int record_reader_feed(struct record_reader *r, struct str bytes,
		       struct err *err)
{
	if (r->over)
		return refuse_more(err);
	if (bytes.len && r->ops->feed(r, bytes, err) < 0) {
		r->over = true;
		return -1;
	}
	r->offset += bytes.len;
	return 0;
}

int record_reader_end(struct record_reader *r, struct str *rest,
		      struct err *err)
{
	struct str none;

	if (r->over)
		return refuse_more(err);
	r->over = true;
	return r->ops->end(r, rest ? rest : &none, err);
}

size_t record_reader_count(const struct record_reader *r)
{
	return r->count;
}
