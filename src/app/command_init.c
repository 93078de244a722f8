/* hrisd init: the first organization and its admin, with a token shown once. */
#include "commands.h"

#include "base/buf.h"
#include "crypto/secret.h"
#include "db/db.h"
#include "db/migrate.h"
#include "registry/registry.h"
#include "json/write.h"

#include <stdio.h>

struct wishes {
	const char *org;
	const char *plan;
	const char *email;
	int json;
};

static int read_wishes(struct settings *s, int argc, char **argv,
		       struct wishes *w, enum plan *plan, struct err *err)
{
	w->json = take_switch(&argc, argv, "--json");
	if (take_option(&argc, argv, "--org", &w->org, err) < 0 ||
	    take_option(&argc, argv, "--plan", &w->plan, err) < 0 ||
	    take_option(&argc, argv, "--email", &w->email, err) < 0 ||
	    settings_take_flags(s, &argc, argv, err) < 0)
		return -1;
	if (argc)
		return err_set(err, ERR_INVALID, "init: what is '%s'?",
			       argv[0]);
	if (!w->org || !w->plan || !w->email)
		return err_set(err, ERR_INVALID,
			       "init needs --org, --plan and --email");
	if (!plan_find(str_of(w->plan), plan))
		return err_set(err, ERR_INVALID,
			       "--plan: choose from starter, growth, "
			       "enterprise");
	return 0;
}

static void print_json(const struct registry_admin *a)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 1024);
	json_writer_init(&w, &out);
	json_open_object(&w, NULL);
	json_add_z(&w, "organization_id", a->organization);
	json_add_z(&w, "admin_id", a->admin);
	json_add_z(&w, "token", a->token);
	json_close(&w);
	puts(buf_z(&out));
	secret_wipe(out.data, out.len);
	buf_release(&out);
}

static void print_words(const struct registry_admin *a)
{
	printf("organization %s\nadmin        %s\ntoken        %s\n\n"
	       "The token is shown this once. Keep it; send it as\n"
	       "\"Authorization: Bearer TOKEN\".\n",
	       a->organization, a->admin, a->token);
}

int command_init(struct settings *s, int argc, char **argv, struct err *err)
{
	struct registry_admin admin;
	struct wishes w = { 0 };
	struct db *db = NULL;
	enum plan plan;
	int result;

	if (read_wishes(s, argc, argv, &w, &plan, err) < 0 ||
	    db_open(&db, s->store, DB_READ_WRITE, err) < 0)
		return -1;
	result = db_migrate(db, err);
	if (result == 0)
		result = registry_init_org(db, str_of(w.org), plan,
					   str_of(w.email), &admin, err);
	db_close(&db);
	if (result < 0)
		return -1;
	if (w.json)
		print_json(&admin);
	else
		print_words(&admin);
	secret_wipe(&admin, sizeof(admin));
	return 0;
}
