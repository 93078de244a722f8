#include "roles.h"

#include "base/assert.h"
#include "console/console.h"
#include "fetcher/fetcher.h"
#include "provisioner/provisioner.h"
#include "receiver/receiver.h"

#include <unistd.h>

static size_t one(const struct settings *s)
{
	(void)s;
	return 1;
}

static size_t count_receivers(const struct settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->receivers)
		return s->receivers;
	return cores > 0 ? (size_t)cores : 1;
}

static size_t count_provisioners(const struct settings *s)
{
	return s->provisioners;
}

const struct role roles[] = {
	{ "receiver", receiver_run, 1u << SEAL_WEBHOOK, count_receivers,
	  false },
	{ "fetcher", fetcher_run, 1u << SEAL_API, one, true },
	{ "provisioner", provisioner_run, 0, count_provisioners, true },
	{ "console", console_run, 0, one, true },
};

const size_t role_count = ARRAY_LEN(roles);

const struct role *role_find(struct str name)
{
	for (size_t i = 0; i < role_count; i++)
		if (str_is(name, roles[i].name))
			return &roles[i];
	return NULL;
}

int roles_parse(const char *list, unsigned *out, struct err *err)
{
	struct str rest = str_of(list), name;
	bool more = rest.len > 0;
	unsigned set = 0;

	if (!more)
		set = (1u << role_count) - 1;
	while (more) {
		const struct role *r;

		more = str_cut(&rest, ',', &name);
		r = role_find(name);
		if (!r)
			return err_set(err, ERR_CONFIG,
				       "--roles: no role '%.*s': choose from "
				       "receiver, fetcher, provisioner, "
				       "console",
				       STR_ARG(name));
		set |= 1u << (r - roles);
	}
	*out = set;
	return 0;
}
