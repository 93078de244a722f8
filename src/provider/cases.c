/* Finding and running the cases of a provider. */
#include "provider/cases.h"

#include "base/assert.h"
#include "base/buf.h"
#include "canonical.h"
#include "case.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE_MAX_BYTES	 (2 << 20)
#define CASE_MAX_MEMORY	 (64 << 20)
#define CASES_MAX	 512
#define PATH_MAX_BYTES	 1024
#define REASON_MAX_BYTES 16384

struct case_kind {
	const char *suffix;
	case_fn *run;
};

static const struct case_kind kinds[] = {
	{ ".request.json", case_webhook },   { ".fetch.json", case_fetch },
	{ ".answer.json", case_answer },     { ".page.json", case_page },
	{ ".token.json", case_token },	     { ".test.json", case_test },
	{ ".register.json", case_register },
};

void case_fail(struct case_run *c, const char *fmt, ...)
{
	char why[REASON_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(why, sizeof(why), fmt, ap) < 0)
		why[0] = '\0';
	va_end(ap);
	c->report->failures++;
	if (c->report->failed)
		c->report->failed(c->name, why, c->report->arg);
}

void case_compare(struct case_run *c, const struct buf *got)
{
	const struct json *root;
	struct str is, wanted;
	struct err err = { .kind = ERR_NONE };

	if (buf_check(got, "the result", &err) < 0 ||
	    json_parse(&root, c->arena, buf_str(got), NULL, &err) < 0 ||
	    json_canonical(root, c->arena, &is, &err) < 0 ||
	    json_canonical(c->expect, c->arena, &wanted, &err) < 0)
		case_fail(c, "%s", err.text);
	else if (!str_eq(is, wanted))
		case_fail(c, "is\n  %s\nnot\n  %s", is.ptr, wanted.ptr);
}

void case_write_wrong(struct json_writer *w, uint32_t wrong)
{
	if (!wrong)
		return;
	json_open_array(w, "wrong");
	for (unsigned i = 0; i < PERSON_FIELD_COUNT; i++)
		if (wrong & PERSON_BIT(i))
			json_add_z(w, NULL,
				   person_field_name((enum person_field)i));
	if (wrong & PERSON_STATUS_BIT)
		json_add_z(w, NULL, "status");
	json_close(w);
}

static int read_file(const char *path, struct buf *out, struct err *err)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	if (!f)
		return err_set(err, ERR_CONFIG, "%s: %s", path,
			       strerror(errno));
	while (n > 0) {
		char *room = buf_reserve(out, 4096);

		if (!room)
			break;
		n = fread(room, 1, 4096, f);
		buf_grown(out, n);
	}
	n = (size_t)ferror(f);
	(void)fclose(f);
	if (n)
		return err_set(err, ERR_CONFIG, "%s: cannot be read", path);
	return buf_check(out, path, err);
}

static int read_json(const char *path, struct arena *a, const struct json **out,
		     struct err *err)
{
	static const struct json_limits limits = { CASE_MAX_BYTES, 32, 500000 };
	struct buf text;
	int res;

	buf_init(&text, CASE_MAX_BYTES + 4096);
	res = read_file(path, &text, err);
	if (res == 0 && json_parse(out, a, buf_str(&text), &limits, err) < 0)
		res = err_prefix(err, "%s", path);
	buf_release(&text);
	return res;
}

static int load_manifest(struct manifest **out, const char *dir,
			 struct err *err)
{
	char path[PATH_MAX_BYTES];
	struct buf text;
	int res;

	(void)!snprintf(path, sizeof(path), "%s/manifest.json", dir);
	buf_init(&text, CASE_MAX_BYTES);
	res = read_file(path, &text, err);
	if (res == 0)
		res = manifest_parse(out, path, buf_str(&text), err);
	buf_release(&text);
	return res;
}

/* base is "<dir>/cases/<case>"; the name of the case follows its last '/'. */
static int run_case(struct case_run *c, const struct case_kind *k,
		    const char *base, struct err *err)
{
	char path[PATH_MAX_BYTES + 32];
	struct arena arena;
	int res;

	arena_init(&arena, CASE_MAX_MEMORY);
	c->arena = &arena; /* cppcheck-suppress autoVariables; taken back */
	c->name = strrchr(base, '/') + 1;
	c->report->cases++;
	(void)!snprintf(path, sizeof(path), "%s%s", base, k->suffix);
	res = read_json(path, &arena, &c->input, err);
	(void)!snprintf(path, sizeof(path), "%s.expect.json", base);
	if (res == 0)
		res = read_json(path, &arena, &c->expect, err);
	if (res == 0 && k->run(c, err) < 0)
		res = err_prefix(err, "%s", base);
	c->arena = NULL;
	arena_release(&arena);
	return res;
}

static int run_file(struct case_run *c, const char *folder, const char *file,
		    struct err *err)
{
	char base[PATH_MAX_BYTES];
	size_t len = strlen(file);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t tail = strlen(kinds[i].suffix);
		int n;

		if (len <= tail ||
		    strcmp(file + len - tail, kinds[i].suffix) != 0)
			continue;
		n = snprintf(base, sizeof(base), "%s/%.*s", folder,
			     (int)(len - tail), file);
		if (n < 0 || (size_t)n >= sizeof(base))
			return err_set(err, ERR_CONFIG, "%s: too long a path",
				       file);
		return run_case(c, &kinds[i], base, err);
	}
	return 0;
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int run_folder(struct case_run *c, const char *folder, struct err *err)
{
	struct dirent **files;
	int count = scandir(folder, &files, is_visible, alphasort);
	int res = 0;

	if (count < 0)
		return err_set(err, ERR_CONFIG, "%s: %s", folder,
			       strerror(errno));
	if (count > CASES_MAX)
		res = err_set(err, ERR_CONFIG, "%s: more than %d files", folder,
			      CASES_MAX);
	for (int i = 0; i < count; i++) {
		if (res == 0)
			res = run_file(c, folder, files[i]->d_name, err);
		free(files[i]);
	}
	free(files);
	return res;
}

/* What no case shows is not known to work. */
static void check_shown(struct case_run *c)
{
	struct str type;

	c->name = "cases";
	for (size_t i = 0; events_type(&c->m->webhook.events, i, &type); i++)
		if (i >= CASE_TYPES_MAX || !c->shown[i])
			case_fail(c, "no case shows '%.*s'", STR_ARG(type));
}

int cases_run(const char *dir, struct cases_report *report, struct err *err)
{
	struct case_run c = { .report = report };
	char folder[PATH_MAX_BYTES];
	struct manifest *m = NULL;
	int n = snprintf(folder, sizeof(folder), "%s/cases", dir);
	int res;

	report->cases = report->refusals = report->failures = 0;
	memset(report->refused, 0, sizeof(report->refused));
	if (n < 0 || (size_t)n >= sizeof(folder))
		return err_set(err, ERR_CONFIG, "too long a path");
	if (load_manifest(&m, dir, err) < 0)
		return -1;
	c.m = m;
	res = run_folder(&c, folder, err);
	if (res == 0)
		check_shown(&c);
	manifest_free(&m);
	return res;
}
