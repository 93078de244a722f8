// Files of people that an admin uploads: streamed to the spool, bounded, and
// readable by hrisd alone.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { System, until } from './harness.mjs';
import { Acme } from './acme.mjs';

async function start(t, settings = {}) {
  const acme = await Acme.start(t);
  const s = await System.start(t, { ...acme.settings, ...settings }, { serve: false });
  await s.serveRole('console');
  const made = await s.api('POST', 'connections', { provider: 'acme-file', name: 'F' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.folder = join(s.dir, 'spool', s.connection);
  s.files = () => (existsSync(s.folder) ? readdirSync(s.folder) : []);
  s.upload = (body, { id = s.connection, type = 'text/csv', token = s.admin.token } = {}) =>
    fetch(`http://127.0.0.1:${s.ports.console}/api/v1/connections/${id}/upload`, { method: 'POST',
      body, duplex: 'half', headers: { authorization: `Bearer ${token}`, 'content-type': type } });
  return s;
}

test('a file far larger than other bodies lands whole, for us alone', async (t) => {
  const s = await start(t);
  const text = `id,email\n${'1,p1@example.com\n'.repeat(200000)}`;
  const answer = await s.upload(text);
  assert.equal(answer.status, 202, await answer.clone().text());
  assert.deepEqual(await answer.json(), { bytes: text.length, run_id: null, joined: false });
  const [name, ...others] = s.files();
  assert.deepEqual(others, []);
  assert.match(name, /^\w{26}\.csv$/);
  assert.equal(readFileSync(join(s.folder, name), 'utf8'), text);
  assert.equal(statSync(join(s.folder, name)).mode & 0o777, 0o600);
  assert.equal(statSync(s.folder).mode & 0o777, 0o700);

  // The newest counts, and is the only one; also in chunks of unknown length.
  const again = await s.upload(new Blob(['id\n', '2\n']).stream());
  assert.equal(again.status, 202);
  assert.equal(s.files().length, 1);
  assert.equal(readFileSync(join(s.folder, s.files()[0]), 'utf8'), 'id\n2\n');
});

test('an enabled connection runs at once', async (t) => {
  const s = await start(t);
  await s.api('PATCH', `connections/${s.connection}`,
    { credentials: { webhook_secret: 'ab'.repeat(20) } });
  const enabled = await s.api('POST', `connections/${s.connection}/enable`);
  assert.equal(enabled.status, 202, JSON.stringify(enabled.body));
  const body = await (await s.upload('id\n1\n')).json();
  assert.ok(body.run_id);
  const run = (await s.api('GET', `runs/${body.run_id}`)).body;
  assert.equal(run.kind, 'full');
  assert.equal(run.status, 'queued');
  assert.equal((await (await s.upload('id\n2\n')).json()).joined, true);
});

test('what may not be uploaded is refused before it comes', async (t) => {
  const s = await start(t, { HRISD_MAX_UPLOAD: '100K' });
  const large = 'x'.repeat(200000);
  assert.equal((await s.upload('x', { type: 'application/json' })).status, 415);
  assert.equal((await s.upload('x', { id: 'nobody' })).status, 404);
  const stranger = await s.upload('x', { token: 'no' });
  assert.equal(stranger.status, 401);
  assert.match(stranger.headers.get('www-authenticate'), /^Bearer/);
  const pushed = await s.api('POST', 'connections', { provider: 'standard', name: 'S' });
  const wrong = await s.upload('x', { id: pushed.body.id });
  assert.equal(wrong.status, 409);
  assert.match((await wrong.json()).detail, /takes no files/);
  assert.equal((await s.upload(large).catch(() => ({ status: 413 }))).status, 413);
  const other = await s.api('PUT', `connections/${s.connection}/mapping`, 'x'.repeat(300 << 10))
    .catch(() => ({ status: 413 }));
  assert.equal(other.status, 413); // the rest keeps its small limit
  assert.deepEqual(s.files(), []);
});

test('who leaves in the middle leaves nothing', async (t) => {
  const s = await start(t);
  const req = request({ port: s.ports.console, host: '127.0.0.1', method: 'POST',
    path: `/api/v1/connections/${s.connection}/upload`,
    headers: { authorization: `Bearer ${s.admin.token}`, 'content-type': 'text/csv',
      'content-length': 1000000 } });
  req.on('error', () => {});
  req.write('id\n'.repeat(1000));
  await until('the part', () => s.files().some((f) => f.endsWith('.part')));
  req.destroy();
  await until('nothing', () => s.files().length === 0);
  assert.equal((await s.upload('id\n')).status, 202);
});
