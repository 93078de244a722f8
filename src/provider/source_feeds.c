/* Which pointers of a record become a value: places the other way round. */
#include "base/assert.h"
#include "source_kind.h"

bool sources_fed(const struct list *sources, struct str pointer,
		 const struct surroundings *around)
{
	const struct source *s = sources->items;

	for (size_t i = 0; i < sources->count; i++, s++)
		if (s->kind->feeds(s, pointer, around))
			return true;
	return false;
}

/* What is left of pointer after a part at its front; false when it is none. */
static bool cut_front(struct str *pointer, struct str front)
{
	struct str rest = *pointer;

	if (!str_starts(rest, front))
		return false;
	rest = (struct str){ rest.ptr + front.len, rest.len - front.len };
	if (rest.len && rest.ptr[0] != '/')
		return false;
	*pointer = rest;
	return true;
}

bool feeds_pointer(const struct source *s, struct str pointer,
		   const struct surroundings *around)
{
	(void)around;
	return cut_front(&pointer, s->pointer);
}

bool feeds_nothing(const struct source *s, struct str pointer,
		   const struct surroundings *around)
{
	(void)s;
	(void)pointer;
	(void)around;
	return false;
}

/* "/0/type" to "/type": the index of an element. */
static struct str without_index(struct str pointer)
{
	size_t i = 1;

	while (i < pointer.len && pointer.ptr[i] >= '0' &&
	       pointer.ptr[i] <= '9')
		i++;
	if (i < 2 || (i < pointer.len && pointer.ptr[i] != '/'))
		return pointer;
	return (struct str){ pointer.ptr + i, pointer.len - i };
}

bool feeds_each(const struct source *s, struct str pointer,
		const struct surroundings *around)
{
	if (!cut_front(&pointer, s->pointer))
		return false;
	return !s->take.count ||
	       sources_fed(&s->take, without_index(pointer), around);
}

bool feeds_by_key(const struct source *s, struct str pointer,
		  const struct surroundings *around)
{
	return sources_fed(&s->key, pointer, around);
}

/* "/work/level" of "work.level", and "/work.level" too. */
static bool is_dotted(struct str pointer, struct str names)
{
	if (pointer.len != names.len + 1 || pointer.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < names.len; i++) {
		char c = pointer.ptr[i + 1];

		if (c != names.ptr[i] && (c != '/' || names.ptr[i] != '.'))
			return false;
	}
	return true;
}

bool feeds_setting_place(const struct source *s, struct str pointer,
			 const struct surroundings *around)
{
	struct str place = setting_text(around, s->name);

	if (!place.len || !cut_front(&pointer, s->pointer))
		return false;
	if (place.ptr[0] == '/')
		return cut_front(&pointer, place);
	return is_dotted(pointer, place);
}
