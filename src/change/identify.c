/*
 * The id of a change and the digest of a person: hashes over one unambiguous
 * spelling of the content.
 */
#include "change/change.h"

#include "base/assert.h"
#include "change/digest.h"
#include "crypto/hmac.h"
#include "names.h"

#include <stdint.h>

/*
 * The longest spelling: every value at its limit, with room for its length,
 * colon and comma, plus the names of fields, two numbers and the format.
 */
#define FRAME_MAX 24
#define PIECES	  (10 + 2 * PERSON_FIELD_COUNT)
#define SPELLING_MAX                                                          \
	(PIECES * FRAME_MAX + 2 * CHANGE_NAME_MAX + PERSON_ID_MAX_BYTES +     \
	 (PERSON_FIELD_COUNT + 1) * PERSON_FIELD_MAX_BYTES + CHANGE_RUN_MAX + \
	 128)

struct spelling {
	size_t len;
	char text[SPELLING_MAX];
};

static void add(struct spelling *s, struct str piece)
{
	char digits[STR_NUMBER_SIZE];
	struct str len = str_of_u64(piece.len, digits);

	ASSERT(piece.len <= sizeof(s->text) - s->len &&
	       len.len + 2 <= sizeof(s->text) - s->len - piece.len);
	memcpy(s->text + s->len, len.ptr, len.len);
	s->len += len.len;
	s->text[s->len++] = ':';
	if (piece.len)
		memcpy(s->text + s->len, piece.ptr, piece.len);
	s->len += piece.len;
	s->text[s->len++] = ',';
}

static void add_number(struct spelling *s, int64_t n)
{
	char digits[STR_NUMBER_SIZE];

	add(s, str_of_i64(n, digits));
}

static void add_fields(struct spelling *s, const struct person *p)
{
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++) {
		const struct field *f = &p->fields[i];

		if (f->state == FIELD_ABSENT)
			continue;
		add(s, str_of(person_field_name((enum person_field)i)));
		add(s, f->state == FIELD_NULL ? str_none() : f->value);
	}
}

void change_identify(struct change *c)
{
	struct spelling s;

	_Static_assert(DIGEST_TEXT_SIZE == CHANGE_ID_SIZE, "one size of id");
	s.len = 0;
	add(&s, STR("hrisd-change-1"));
	add(&s, c->organization);
	add(&s, c->connection);
	add(&s, c->person.pid);
	add(&s, str_of(change_kind_name(c->kind)));
	add(&s, str_of(person_status_name(c->person.status)));
	add(&s, c->person.status_word);
	add_number(&s, c->version);
	add_number(&s, c->effective_ms);
	add_fields(&s, &c->person);
	if (c->kind == CHANGE_ABSENT)
		add(&s, c->run);
	digest_text(&(struct str){ s.text, s.len }, 1, c->id);
}

void person_digest(const struct person *p, char out[static PERSON_DIGEST_SIZE])
{
	unsigned char digest[SHA256_SIZE];
	struct spelling s;

	s.len = 0;
	add(&s, STR("hrisd-person-1"));
	add(&s, p->pid);
	add(&s, str_of(person_status_name(p->status)));
	add(&s, p->status_word);
	add_fields(&s, p);
	sha256(&(struct str){ s.text, s.len }, 1, digest);
	memcpy(out, digest, PERSON_DIGEST_SIZE);
}
