// An HR system of the tests' own, with a manifest that uses what the console
// asks for: tests of a connection, fields, webhooks by API, OAuth2.
import { createServer } from 'node:http';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createHash, createHmac, randomBytes } from 'node:crypto';

const field = (name, more = {}) => ({ name, label: name, help: 'In Acme: Settings, API.',
  for: 'api', ...more });

const person = {
  id: '/id',
  status: { word: '/state', words: { in: 'active', out: 'departed' } },
  fields: { first_name: '/name/first', last_name: '/name/last', email: '/mail',
    job_title: '/title', department: '/team' },
};

const fetched = {
  base_url: 'https://acme.example.com',
  list: { path: '/people', query: { page: '{page}', size: '{page_size}' }, items: '/people',
    page_size: 2, paging: { scheme: 'page', pages: '/pages' }, total: '/total' },
  one: { path: '/people/{person_id}', person: '', gone: [404] },
};

const base_url = { name: 'base_url', label: 'Address', help: 'Of your Acme.', as: 'base-url' };

const acme = {
  manifest: 1, name: 'acme', title: 'Acme HR', settings: [base_url],
  credentials: [field('api_key'), field('webhook_secret', { for: 'webhook' })],
  webhook: { body: 'json', success: 202,
    signature: { scheme: 'hmac', secret: 'webhook_secret', algorithm: 'sha256', encoding: 'hex',
      header: 'X-Acme-Signature', signed: ['body'] },
    events: { type: '/type', person_id: '/id', map: { changed: 'lookup' } } },
  fetch: { ...fetched,
    auth: { scheme: 'bearer', token: 'api_key' },
    test: [
      { name: 'sign-in', title: 'Sign in', call: { path: '/me' },
        remedies: { 401: 'Enter the key that Acme shows.' } },
      { name: 'people', title: 'Read people', call: { path: '/people?page=1&size=2' },
        items: '/people',
        expect: { name: 'email', title: 'Emails are seen', that: { at: '/mail', there: true },
          remedy: 'Give the key the right to see emails.' } },
    ],
    register: {
      create: { method: 'POST', path: '/hooks', body: { url: '{webhook_url}' }, id: '/id' },
      delete: { method: 'DELETE', path: '/hooks/{subscription_id}', gone: [404] },
      list: { call: { path: '/hooks' }, items: '/hooks', url: '/url', id: '/id' },
      secret: { into: 'webhook_secret', from: '/secret' },
      lifetime_s: 86400,
      renew: { method: 'PUT', path: '/hooks/{subscription_id}', body: { until: '{expires}' } },
    } },
  person,
};

const oauth = {
  manifest: 1, name: 'acme-oauth', title: 'Acme by OAuth', settings: [base_url],
  credentials: [field('client_id', { secret: false }), field('client_secret')],
  fetch: { ...fetched,
    tokens: { main: { grant: 'authorization_code',
      call: { method: 'POST', path: '/token' },
      client: { id: 'client_id', secret: 'client_secret', auth: 'basic' },
      authorize: { url: 'https://acme.example.com/authorize', pkce: true } } },
    test: [{ name: 'sign-in', title: 'Sign in', call: { path: '/me' } }] },
  person,
};

const file = {
  manifest: 1, name: 'acme-file', title: 'Acme by file', upload: true,
  credentials: [field('webhook_secret', { for: 'webhook' })],
  webhook: { ...acme.webhook, events: { ...acme.webhook.events, map: { changed: 'ignore' } } },
};

// The providers that are there, and these.
function install(t) {
  const dir = mkdtempSync(join(tmpdir(), 'hrisd-providers-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(resolve('providers'), dir, { recursive: true });
  for (const m of [acme, oauth, file]) {
    mkdirSync(join(dir, m.name));
    writeFileSync(join(dir, m.name, 'manifest.json'), JSON.stringify(m));
  }
  return dir;
}

const employee = (n) => ({ id: `p${n}`, name: { first: `First${n}`, last: `Last${n}` },
  mail: `p${n}@example.com`, title: 'Engineer', team: 'Research', state: 'in',
  custom: { guild: `Guild ${n % 2}` } });

export class Acme {
  static async start(t, people = 5) {
    const a = new Acme();
    a.key = randomBytes(16).toString('hex');
    a.people = Array.from({ length: people }, (_, i) => employee(i));
    a.hooks = [];
    a.tokens = new Set();
    a.calls = [];
    a.providers = install(t);
    a.server = createServer((req, res) => a.take(req, res));
    await new Promise((ok) => a.server.listen(0, '127.0.0.1', ok));
    t.after(() => { a.server.closeAllConnections(); a.server.close(); });
    a.host = `127.0.0.1:${a.server.address().port}`;
    a.base = `http://${a.host}`;
    return a;
  }

  get settings() {
    return { HRISD_PROVIDERS: this.providers, HRISD_ALLOW_HOSTS: this.host,
      HRISD_LOOKUP_WINDOW_MS: '50ms' };
  }

  async take(req, res) {
    let text = '';
    for await (const chunk of req) text += chunk;
    const url = new URL(req.url, this.base);
    this.calls.push(`${req.method} ${url.pathname}`);
    await this.held?.(url, req);
    if (this.rude?.(url, res)) return;
    const [status, body] = this.answer(req, url, text);
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(body === undefined ? '' : JSON.stringify(body));
  }

  answer(req, url, text) {
    if (url.pathname === '/token') return this.token(req, new URLSearchParams(text));
    const bearer = req.headers.authorization?.replace(/^Bearer /, '');
    if (bearer !== this.key && !this.tokens.has(bearer)) return [401, { error: 'who are you' }];
    const [, what, id] = url.pathname.split('/');
    const route = this[`${req.method.toLowerCase()}_${what}`];
    return route ? route.call(this, id, url.searchParams, text && JSON.parse(text)) : [404, {}];
  }

  get_me() {
    return [200, { user: 'hrisd' }];
  }

  get_people(id, query) {
    if (id) {
      const found = this.people.find((p) => p.id === id);
      return found ? [200, found] : [404, {}];
    }
    const page = Number(query.get('page')), size = Number(query.get('size'));
    return [200, { total: this.total ?? this.people.length,
      pages: Math.ceil(this.people.length / size),
      people: this.people.slice((page - 1) * size, page * size) }];
  }

  get_hooks() {
    return [200, { hooks: this.hooks.map(({ id, url }) => ({ id, url })) }];
  }

  post_hooks(_, __, { url }) {
    const hook = { id: `h${this.hooks.length + 1}`, url, secret: randomBytes(20).toString('hex') };
    this.hooks.push(hook);
    return [201, hook];
  }

  put_hooks(id, _, { until }) {
    const hook = this.hooks.find((h) => h.id === id);
    if (!hook) return [404, {}];
    hook.until = until;
    return [200, {}];
  }

  delete_hooks(id) {
    const before = this.hooks.length;
    this.hooks = this.hooks.filter((h) => h.id !== id);
    return this.hooks.length < before ? [204, undefined] : [404, {}];
  }

  // An admin says yes in the browser; what comes back is the code.
  consent(url) {
    const q = new URL(url).searchParams;
    this.grant = { code: randomBytes(8).toString('hex'), challenge: q.get('code_challenge'),
      method: q.get('code_challenge_method'), redirect: q.get('redirect_uri'),
      client: q.get('client_id'), type: q.get('response_type') };
    return `${q.get('redirect_uri')}?code=${this.grant.code}&state=${q.get('state')}`;
  }

  token(req, form) {
    const g = this.grant;
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const basic = `Basic ${btoa('the-client:the-secret')}`;
    if (form.get('code') !== g?.code || verifier !== g.challenge ||
        form.get('redirect_uri') !== g.redirect || req.headers.authorization !== basic)
      return [400, { error: 'invalid_grant' }];
    const token = randomBytes(16).toString('hex');
    this.tokens.add(token);
    return [200, { access_token: token, token_type: 'Bearer', expires_in: 3600,
      refresh_token: randomBytes(16).toString('hex') }];
  }

  // A webhook as Acme sends it.
  send(hook, event) {
    const body = JSON.stringify(event);
    const signature = createHmac('sha256', hook.secret).update(body).digest('hex');
    return fetch(hook.url, { method: 'POST', body,
      headers: { 'content-type': 'application/json', 'x-acme-signature': signature } });
  }
}
