/* The name of a delivery: equal for a repeat of it, and for nothing else. */
#include "base/assert.h"
#include "change/digest.h"
#include "events.h"
#include "parts.h"

#define ONCE_PARTS_MAX 4

enum { ONCE_BODY, ONCE_ID, ONCE_HEADER };

static const struct load_name rows[] = {
	[ONCE_BODY] = { "body" },
	[ONCE_ID] = { "id" },
	[ONCE_HEADER] = { "header:" },
};

static const struct load_words words = LOAD_WORDS(rows);

struct once_part {
	unsigned kind;
	const char *name;
};

static int load_part(struct loader *l, const struct json *v, void *out,
		     const void *arg)
{
	struct once_part *p = out;
	struct str prefix = str_of(rows[ONCE_HEADER].name);
	struct str word;

	if (load_z(l, v, &p->name, NULL) < 0)
		return -1;
	word = str_of(p->name);
	if (!str_starts(word, prefix)) {
		if (!words_find(arg, word, &p->kind))
			return load_unknown(l, "part", arg, word);
		return 0;
	}
	p->kind = ONCE_HEADER;
	p->name += prefix.len;
	return word.len > prefix.len ? 0
				     : load_fail(l, "needs a name after ':'");
}

const struct load_items load_once = {
	.load = load_part,
	.size = sizeof(struct once_part),
	.max = ONCE_PARTS_MAX,
	.arg = &words,
};

static struct str part_text(const struct once_part *p,
			    const struct signature *s, const struct webhook *w)
{
	switch (p->kind) {
	case ONCE_ID:
		return signature_id(s, w);
	case ONCE_HEADER:
		return w->header(w->headers, p->name);
	default:
		return w->body;
	}
}

/* "3:abc": wherever the texts end, no two lists of them read the same. */
static void frame(struct str out[static 3], struct str text,
		  char room[static STR_NUMBER_SIZE])
{
	out[0] = str_of_u64(text.len, room);
	out[1] = STR(":");
	out[2] = text;
}

int once_read(const struct manifest *m, const struct webhook *w,
	      struct arena *a, struct webhook_delivery *out, struct err *err)
{
	const struct once_part *p = m->webhook.once.items;
	struct str texts[3 * (ONCE_PARTS_MAX + 1)];
	char lengths[ONCE_PARTS_MAX + 1][STR_NUMBER_SIZE];
	size_t count = m->webhook.once.count;
	char *id;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		frame(texts + 3 * i, part_text(&p[i], &m->webhook.signature, w),
		      lengths[i]);
	frame(texts + 3 * count, w->connection, lengths[count]);
	id = arena_alloc(a, DIGEST_TEXT_SIZE);
	if (!id)
		return arena_full(a, err);
	digest_text(texts, 3 * (count + 1), id);
	out->once_id = (struct str){ id, DIGEST_TEXT_SIZE - 1 };
	return 0;
}
