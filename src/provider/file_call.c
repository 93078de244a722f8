#include "file_call.h"

#include "base/assert.h"
#include "parts.h"
#include "source.h"
#include "template.h"

#define HASH_CHARS 43 /* of SHA-256 in base64, without its '=' */

/* ----------------------------------------------------------------- loading */

static int load_host_setting(struct loader *l, const struct json *v, void *out,
			     const void *arg)
{
	const char **name = out;

	if (load_setting_name(l, v, out, arg) < 0)
		return -1;
	if (setting_of(l->manifest, str_of(*name))->kind == SETTING_HOST)
		return 0;
	return load_fail(l, "'%s' is no setting of the kind host", *name);
}

#define AT(member) offsetof(struct sftp_part, member)

static const struct load_key sftp_keys[] = {
	{ "host", load_host_setting, AT(host), NULL, true },
	{ "path", load_setting_name, AT(path), NULL, true },
	{ "host_key", load_setting_name, AT(host_key), NULL, true },
	{ "user", load_api_credential, AT(user), NULL, true },
	{ "password", load_api_credential, AT(password), NULL, false },
	{ "key", load_api_credential, AT(key), NULL, false },
};

int load_sftp(struct loader *l, const struct json *v, void *out,
	      const void *arg)
{
	struct sftp_part *s = load_alloc(l, 1, sizeof(*s));

	(void)arg;
	if (!s || load_object(l, v, sftp_keys, ARRAY_LEN(sftp_keys), s) < 0)
		return -1;
	if (!s->password && !s->key)
		return load_fail(l, "needs 'password' or 'key'");
	*(const struct sftp_part **)out = s;
	return 0;
}

/* ---------------------------------------------------------------- building */

int build_upload(struct call_builder *b, struct err *err)
{
	(void)err;
	b->out->method = "GET";
	b->out->url = "upload:";
	b->out->upload = true;
	return 0;
}

static int need_setting(struct call_builder *b, const char *name,
			struct str *out, struct err *err)
{
	if (find_setting(b->f.m, b->f.ctx, str_of(name), out, err) < 0)
		return -1;
	if (out->len)
		return 0;
	return err_set(err, ERR_CONFIG, "the setting '%s' is missing", name);
}

/* Steps of the path are names: none leads elsewhere in the address. */
static void add_path(struct buf *url, struct str path)
{
	struct str step;
	bool more;

	if (str_starts(path, STR("/")))
		path = (struct str){ path.ptr + 1, path.len - 1 };
	do {
		more = str_cut(&path, '/', &step);
		buf_add_char(url, '/');
		if (str_is(step, "~"))
			buf_add_char(url, '~');
		else
			add_escaped(url, step);
	} while (more);
}

static int build_address(struct call_builder *b, const struct sftp_part *s,
			 struct err *err)
{
	struct str host, path, kept;
	struct buf url;

	if (need_setting(b, s->host, &host, err) < 0 ||
	    need_setting(b, s->path, &path, err) < 0)
		return -1;
	secret_buf(&url, URL_MAX);
	buf_add_z(&url, "sftp://");
	buf_add_str(&url, host);
	add_path(&url, path);
	if (keep_text(&url, "the address", b->a, &kept, err) < 0)
		return -1;
	b->out->url = kept.ptr;
	return 0;
}

/* As `ssh-keygen -lf` shows it, "SHA256:…", or without that. */
static int take_host_key(struct call_builder *b, const struct sftp_part *s,
			 struct str *out, struct err *err)
{
	struct str hash, prefix = STR("SHA256:");

	if (need_setting(b, s->host_key, &hash, err) < 0)
		return -1;
	if (str_starts(hash, prefix))
		hash = (struct str){ hash.ptr + prefix.len,
				     hash.len - prefix.len };
	if (hash.len == HASH_CHARS + 1 && hash.ptr[HASH_CHARS] == '=')
		hash.len = HASH_CHARS;
	if (hash.len != HASH_CHARS)
		return err_set(err, ERR_CONFIG,
			       "the setting '%s' is no SHA-256 of a host key: "
			       "ssh-keyscan HOST | ssh-keygen -lf - shows it",
			       s->host_key);
	*out = arena_dup(b->a, hash);
	return out->ptr ? 0 : arena_full(b->a, err);
}

/* Of several lines, where it is a key; ptr NULL when it is not needed. */
static int take_credential(struct call_builder *b, const char *name,
			   struct str *out, struct err *err)
{
	struct str text;

	if (!name)
		return 0;
	text = json_string(json_get(b->f.ctx->credentials, name));
	if (!text.len && !credential_needed(b->f.m, b->f.ctx, name))
		return 0;
	if (!text.len || text.len > CREDENTIAL_MAX ||
	    memchr(text.ptr, '\0', text.len))
		return err_set(err, ERR_CONFIG,
			       "the credential '%s' is missing, or longer than "
			       "%d bytes",
			       name, CREDENTIAL_MAX);
	*out = arena_dup(b->a, text);
	return out->ptr ? 0 : arena_full(b->a, err);
}

int build_sftp(struct call_builder *b, struct err *err)
{
	const struct sftp_part *s = b->call->sftp;
	struct fetch_sftp *out = &b->out->sftp;

	b->out->method = "GET";
	if (build_address(b, s, err) < 0 ||
	    take_host_key(b, s, &out->host_key, err) < 0 ||
	    take_credential(b, s->user, &out->user, err) < 0 ||
	    take_credential(b, s->password, &out->password, err) < 0 ||
	    take_credential(b, s->key, &out->key, err) < 0)
		return -1;
	if (out->password.len || out->key.len)
		return 0;
	return err_set(err, ERR_CONFIG,
		       "neither a password nor a key is entered for the SFTP "
		       "server");
}
