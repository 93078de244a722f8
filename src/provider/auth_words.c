/* How a manifest's calls prove themselves, in words for people. */
#include "auth.h"
#include "base/assert.h"
#include "parts.h"
#include "token.h"

size_t manifest_auth_count(const struct manifest *m)
{
	return m->fetch.auth.count + m->fetch.tokens.count;
}

struct str manifest_auth_word(const struct manifest *m, size_t i)
{
	const struct auth *auths = m->fetch.auth.items;
	const struct token_part *tokens = m->fetch.tokens.items;

	ASSERT(i < manifest_auth_count(m));
	if (i < m->fetch.auth.count)
		return auths[i].word;
	return token_grant_word(&tokens[i - m->fetch.auth.count]);
}

bool manifest_needs_consent(const struct manifest *m)
{
	const struct token_part *tokens = m->fetch.tokens.items;

	for (size_t i = 0; i < m->fetch.tokens.count; i++)
		if (token_is_authorized(&tokens[i]))
			return true;
	return false;
}
