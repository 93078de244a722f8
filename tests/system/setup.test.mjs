// Setting a connection up, as an admin does it: tested, its fields seen and
// mapped, its webhook made, access allowed. Real console, fetcher and Redis.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { System, until } from './harness.mjs';
import { Acme } from './acme.mjs';

async function start(t, provider = 'acme', credentials = undefined) {
  const acme = await Acme.start(t);
  const s = await System.start(t, acme.settings);
  s.acme = acme;
  const made = await s.api('POST', 'connections', { provider, name: 'A',
    credentials: credentials ?? { api_key: acme.key }, settings: { base_url: acme.base } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.at = (method, path, body) => s.api(method, `connections/${s.connection}/${path}`, body);
  s.get = async () => (await s.api('GET', `connections/${s.connection}`)).body;
  return s;
}

const check = (result, name) => result.checks.find((c) => c.name === name);

test('a draft is tested: what is missing, what is wrong, what to do', async (t) => {
  const s = await start(t, 'acme', {});
  let { status, body } = await s.at('POST', 'test');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.ok, false);
  assert.match(check(body, 'setup').detail, /api_key/);
  assert.ok(check(body, 'setup').remedy);
  assert.deepEqual(s.acme.calls, []); // nothing to call with

  await s.api('PATCH', `connections/${s.connection}`, { credentials: { api_key: 'wrong' } });
  ({ body } = await s.at('POST', 'test'));
  assert.equal(body.ok, false);
  assert.equal(check(body, 'sign-in').ok, false);
  assert.equal(check(body, 'sign-in').remedy, 'Enter the key that Acme shows.');

  await s.api('PATCH', `connections/${s.connection}`, { credentials: { api_key: s.acme.key } });
  for (const p of s.acme.people) delete p.mail;
  ({ body } = await s.at('POST', 'test'));
  assert.equal(body.ok, false);
  assert.equal(check(body, 'people').ok, true);
  assert.equal(check(body, 'email').remedy, 'Give the key the right to see emails.');

  for (const p of s.acme.people) p.mail = `${p.id}@example.com`;
  ({ body } = await s.at('POST', 'test'));
  assert.equal(body.ok, true, JSON.stringify(body));
  assert.equal(check(body, 'setup').warning, true); // the webhook's secret
  assert.ok(body.checks.every((c) => c.ok || c.warning));
  assert.ok(!JSON.stringify(body).includes('@example.com'));
});

test('an HR system that is not there is told as such', async (t) => {
  const s = await start(t);
  s.acme.server.closeAllConnections();
  await new Promise((ok) => s.acme.server.close(ok));
  const { status, body } = await s.at('POST', 'test');
  assert.equal(status, 200);
  assert.equal(body.ok, false);
  assert.equal(check(body, 'sign-in').ok, false);
  assert.ok(check(body, 'sign-in').remedy);
  const fields = await s.at('GET', 'fields');
  assert.equal(fields.status, 502, JSON.stringify(fields.body));
});

test('fields are seen with samples, and mapped', async (t) => {
  const s = await start(t);
  let { status, body } = await s.at('GET', 'fields');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.records, 2); // one page
  const at = (path) => body.fields.find((f) => f.path === path);
  assert.deepEqual(at('/mail').samples, ['p0@example.com', 'p1@example.com']);
  assert.deepEqual(at('/mail').feeds, ['email']);
  assert.deepEqual(at('/state').feeds, ['status']);
  assert.deepEqual(at('/custom/guild').feeds, []);
  assert.deepEqual((await s.at('GET', 'mapping')).body, {});

  const wrong = await s.at('PUT', 'mapping', { departmen: '/custom/guild' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body.detail, /departmen/);
  assert.equal((await s.at('PUT', 'mapping', ['x'])).status, 422);
  const mapping = { department: '/custom/guild' };
  const put = await s.at('PUT', 'mapping', mapping);
  assert.equal(put.status, 200, JSON.stringify(put.body));
  assert.deepEqual(put.body, mapping);
  assert.deepEqual((await s.at('GET', 'mapping')).body, mapping);
  ({ body } = await s.at('GET', 'fields'));
  assert.deepEqual(at('/custom/guild').feeds, ['department']);
  assert.deepEqual(at('/team').feeds, []);
  assert.equal((await s.at('PUT', 'mapping', {})).status, 200);
  assert.deepEqual((await s.at('GET', 'mapping')).body, {});

  // Samples were in the answers and are nowhere else.
  assert.ok(!s.hrisd.text().includes('p0@example.com'));
  assert.deepEqual(await s.redis.client().keys('*reply*'), []);
});

test('a webhook is made by API, its secret captured, and it is removed', async (t) => {
  const s = await start(t);
  const made = await s.at('POST', 'webhook');
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal(made.body.webhooks.length, 1);
  assert.ok(made.body.credentials.find((c) => c.name === 'webhook_secret').set);
  assert.equal(s.acme.hooks.length, 1);
  const [hook] = s.acme.hooks;
  assert.equal(hook.url, made.body.webhook_url);
  assert.ok(!JSON.stringify(made.body).includes(hook.secret));

  assert.equal((await s.at('POST', 'enable')).status, 202);
  const answer = await s.acme.send(hook, { type: 'changed', id: 'p1' });
  assert.equal(answer.status, 202, await answer.text());

  // Made again: there is one, and the old one is gone.
  assert.equal((await s.at('POST', 'webhook')).status, 200);
  assert.equal(s.acme.hooks.length, 1);
  assert.notEqual(s.acme.hooks[0].secret, hook.secret);

  const removed = await s.at('DELETE', 'webhook');
  assert.equal(removed.status, 200, JSON.stringify(removed.body));
  assert.deepEqual(removed.body.webhooks, []);
  assert.equal(s.acme.hooks.length, 0);
});

test('a webhook is renewed when three quarters of its life are over', async (t) => {
  const s = await start(t);
  assert.equal((await s.at('POST', 'webhook')).status, 200);
  assert.equal((await s.at('POST', 'enable')).status, 202);
  const [hook] = s.acme.hooks;
  await s.hrisd.stop();
  execFileSync('sqlite3', [join(s.dir, 'hrisd.db'),
    'UPDATE subscriptions SET made_ms = made_ms - 64900000']); // of 86400000
  await s.serve();
  await until('it is renewed', () => hook.until);
  assert.ok(Date.parse(hook.until) > Date.now() + 23 * 3600000);
  assert.equal(s.acme.hooks.length, 1);
  await until('so it is shown', async () =>
    Date.now() - Date.parse((await s.get()).webhooks[0].made_at) < 3600000);
});

test('what cannot be made by API is said so', async (t) => {
  const s = await start(t, 'acme-oauth', { client_id: 'the-client', client_secret: 'the-secret' });
  const { status, body } = await s.at('POST', 'webhook');
  assert.equal(status, 409);
  assert.match(body.detail, /cannot be made by its API/);
  const t2 = await s.api('POST', 'connections', { provider: 'acme', name: 'B',
    credentials: { api_key: s.acme.key }, settings: { base_url: s.acme.base } });
  const authorize = await s.api('POST', `connections/${t2.body.id}/authorize`);
  assert.equal(authorize.status, 409);
  assert.match(authorize.body.detail, /without a browser/);
});

test('an admin allows access in the browser, and the connection works', async (t) => {
  const s = await start(t, 'acme-oauth', { client_id: 'the-client', client_secret: 'the-secret' });
  assert.equal((await s.get()).redirect_uri,
    `http://127.0.0.1:${s.ports.console}/oauth/callback`);
  const begun = await s.at('POST', 'authorize');
  assert.equal(begun.status, 200, JSON.stringify(begun.body));
  const back = s.acme.consent(begun.body.url);
  assert.equal(s.acme.grant.client, 'the-client');
  assert.equal(s.acme.grant.type, 'code');
  assert.equal(s.acme.grant.method, 'S256');

  const wrong = await fetch(back.replace(/code=\w+/, 'code=another'));
  assert.equal(wrong.status, 409, await wrong.text());
  const again = await s.at('POST', 'authorize');
  const answer = await fetch(s.acme.consent(again.body.url));
  assert.equal(answer.status, 200, await answer.clone().text());
  const { body } = await s.at('POST', 'test');
  assert.equal(body.ok, true, JSON.stringify(body));

  const enabled = await s.at('POST', 'enable');
  assert.equal(enabled.status, 202, JSON.stringify(enabled.body));
  await until('members', async () => (await s.members()).length === s.acme.people.length);
});
