// Least rights on Redis: with the users of scripts/redis-acl the main job
// works, and each of them is refused what it does not need.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Acme } from './acme.mjs';
import { System, employee, run, until } from './harness.mjs';
import { connect, json } from './vendors.mjs';

const USERS = ['receiver', 'fetcher', 'provisioner', 'console', 'operator'];

// A Redis where nobody gets in but those users, and the test itself.
async function start(t, settings = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'hrisd-acl-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const password = Object.fromEntries([...USERS, 'tester']
    .map((name) => [name, randomBytes(16).toString('hex')]));
  const env = Object.fromEntries(USERS.map((name) => [name.toUpperCase(), password[name]]));
  const lines = execFileSync('scripts/redis-acl', { env: { ...process.env, ...env },
    encoding: 'utf8' });
  const aclfile = join(dir, 'users.acl');
  writeFileSync(aclfile, `${lines}user tester on >${password.tester} ~* &* +@all\n`);
  const s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: '50ms', ...settings }, { serve: false,
    redis: { aclfile }, login: { username: 'tester', password: password.tester } });
  s.password = password;
  s.as = (user) => `unix:${s.redis.socket}?user=${user}&password=${password[user]}`;
  return s;
}

const ROLES = ['provisioner', 'fetcher', 'console', 'receiver'];

async function serve(s) {
  for (const role of ROLES) await s.serveRole(role, { HRISD_REDIS: s.as(role) });
}

function deadLetters(s, ...words) {
  const r = run(['dead-letters', ...words], { ...s.env, HRISD_REDIS: s.as('operator') });
  assert.equal(r.code, 0, r.stderr);
  return r.stdout.split('\n').filter((l) => l);
}

// The receiver tries to load the functions and goes on without: of everything
// else that Redis refused it keeps a list.
async function refusals(redis) {
  return (await redis.call('ACL', 'LOG', '100'))
    .map((pairs) => Object.fromEntries(pairs.flatMap((v, i) => (i % 2 ? [] : [[v, pairs[i + 1]]]))))
    .filter((entry) => entry.object !== 'function|load')
    .map((entry) => `${entry.username}: ${entry.reason} ${entry.object}`);
}

test('the main job needs no more than these rights', async (t) => {
  const s = await start(t);
  const redis = s.redis.client();
  await serve(s);

  const sender = await s.standard();
  const request = sender.request(employee(1));
  assert.equal((await sender.post(request)).status, 202);
  assert.equal((await sender.post(request)).status, 202);
  await s.member('p1@example.com');

  await s.sandbox('--people', '3', '--seed', '7');
  const made = await connect.rippling(s, `http://127.0.0.1:${s.ports.sandbox}`);
  const enabled = await s.api('POST', `connections/${made.id}/enable`);
  assert.equal(enabled.status, 202);
  const { people } = await json(await s.ask('GET', 'sandbox/state'));
  const company = people.active + people.on_leave + people.upcoming;
  await until('the company', async () => (await s.members()).length === company + 1);
  await until('its run is over', async () =>
    (await s.api('GET', `runs/${enabled.body.run_id}`)).body.finished_at);
  // The first read fails, is put off, and comes back when its time has come.
  await json(await s.ask('PATCH', 'sandbox/faults/rippling', { error_percent: 100, times: 1 }));
  await json(await s.ask('POST', 'sandbox/act', { action: 'change', person: 0,
    set: { job_title: 'Late' } }));
  const [late] = await until('the one put off', async () => {
    const waiting = await redis.zrange('{hrisd:0}:later', 0, -1);
    return waiting.length === 1 && waiting;
  });
  await redis.zadd('{hrisd:0}:later', 1, late);
  await until('the late one', async () =>
    (await s.members()).some((m) => m.job_title === 'Late'));

  // Dead letters of the receiver, the fetcher and the provisioner.
  const garbled = await fetch(made.webhook_url, { method: 'POST', body: '{"event_name":',
    headers: { authorization: 'Bearer a-long-static-bearer-token' } });
  assert.equal(garbled.status, 200);
  await redis.xadd('{hrisd:0}:lookups', '*', 'event', '{}');
  await redis.xadd('{hrisd:0}:changes', '*', 'event', '{}');
  const letters = await until('three dead letters', () => {
    const list = deadLetters(s, 'list');
    return list.length === 3 ? list : undefined;
  });
  const name = (stream) => letters.find((l) => l.includes(stream)).split(/\s/)[0];
  deadLetters(s, 'retry', name('changes'));
  deadLetters(s, 'discard', name('lookups'));
  await until('the retried one again', () => deadLetters(s, 'list').length === 2);

  assert.deepEqual(await refusals(redis), []);
});

test('what an admin asks for needs no more than these rights', async (t) => {
  const acme = await Acme.start(t);
  const s = await start(t, acme.settings);
  const redis = s.redis.client();
  await serve(s);
  const made = await s.api('POST', 'connections', { provider: 'acme', name: 'A',
    credentials: { api_key: acme.key }, settings: { base_url: acme.base } });
  const at = (method, path) => s.api(method, `connections/${made.body.id}/${path}`);
  assert.equal((await at('POST', 'test')).body.ok, true);
  assert.equal((await at('GET', 'fields')).status, 200);
  assert.equal((await at('POST', 'webhook')).status, 200);
  let release;
  const gate = new Promise((ok) => { release = ok; });
  acme.held = (url) => (url.searchParams.get('page') === '2' ? gate : undefined);
  const { body } = await at('POST', 'enable');
  const look = async () => (await s.api('GET', `runs/${body.run_id}`)).body;
  await until('its progress', async () => (await look()).counts.pages === 1);
  release();
  await until('it is over', async () => (await look()).finished_at);
  assert.equal((await s.api('POST', `connections/${made.body.id}/sync`, { person: 'p1' })).status,
    202);
  await until('members', async () => (await s.members()).length === acme.people.length);
  assert.equal((await s.api('DELETE', `connections/${made.body.id}`)).status, 204);
  await until('nothing is kept', async () =>
    !await redis.exists(`{hrisd:0}:seen:${made.body.id}`, `{hrisd:0}:run:${made.body.id}`));
  assert.deepEqual(await refusals(redis), []);
});

// Each function of a run and of webhooks that runs may have overtaken, as
// src/queue/run.c and seen.c call them.
test('runs need no more than these rights', async (t) => {
  const s = await start(t);
  const check = run(['check'], { ...s.env, HRISD_REDIS: s.as('operator') });
  assert.match(check.stdout, /redis\s+ok/i, check.stdout + check.stderr);
  const tester = s.redis.client();
  const [library] = await tester.call('FUNCTION', 'LIST');
  const key = (name) => `{hrisd:0}:${name}`;
  const as = (user) => {
    const redis = s.redis.client({ username: user, password: s.password[user] });
    return (name, keys, ...args) => redis.call('FCALL', `${library[1]}_${name}`,
      String(keys.length), ...keys.map(key), ...args);
  };
  const fetcher = as('fetcher');
  const receiver = as('receiver');

  const [fence] = await fetcher('lease_take', ['lease:c', 'fence'], 'me', '60000');
  assert.ok(fence > 0);
  assert.equal((await fetcher('lease_take', ['lease:c', 'fence'], 'other', '60000'))[0], 0);
  assert.equal(await fetcher('lease_keep', ['lease:c'], fence, '60000'), 1);
  assert.deepEqual(await fetcher('run_begin', ['lease:c', 'run:c'], fence, 'r1'), ['r1', 1, '']);
  const streams = ['changes', 'lookups'];
  await fetcher('run_page', ['lease:c', 'run:c', 'seen:c', ...streams],
    fence, '1', '1000', '{}', '1', '1', 'ada', 'a'.repeat(16), '{}', '{}');
  assert.deepEqual(await fetcher('run_digests', ['seen:c'], 'ada', 'bob'),
    ['a'.repeat(16), null]);
  assert.equal(await receiver('accept_read', ['once:d1', 'seen:c', 'run:c', 'changes'],
    '1000000', '{}', '2000', 'ada'), 1);
  assert.deepEqual(await fetcher('run_digests', ['seen:c'], 'ada'), [null]);
  await fetcher('store_read', ['seen:c', 'run:c', ...streams],
    'fetchers', '{}', 'bob', 'b'.repeat(16), '3000', '1-1');
  const absent = (run) => fetcher('run_absent', ['lease:c', 'seen:c'], fence, run, '0', '10', '3');
  for (const run of ['2', '3', '4'])
    assert.deepEqual((await absent(run))[1].sort(), ['ada', 'bob']);
  assert.deepEqual((await absent('5'))[1], []);
  assert.equal(await fetcher('run_end', ['lease:c', 'run:c'], fence, 'r1'), 3);
  const admin = s.redis.client({ username: 'console', password: s.password.console });
  assert.equal(await admin.call('UNLINK', ...['lease:c', 'run:c', 'seen:c'].map(key)), 2);
  await assert.rejects(fetcher('lease_drop', ['lease:c'], fence), /FENCED/);

  assert.deepEqual(await refusals(s.redis.client()), []);
});

// What an intruder in that role would like to do.
const refused = {
  receiver: [
    ['FLUSHALL'], ['EVAL', 'return 1', '0'], ['KEYS', '*'],
    ['CONFIG', 'SET', 'appendonly', 'no'], ['FUNCTION', 'LOAD', 'REPLACE', 'x'],
    ['XREADGROUP', 'GROUP', 'provisioners', 'x', 'STREAMS', '{hrisd:0}:changes', '>'],
    ['XRANGE', '{hrisd:0}:changes', '-', '+'], ['XRANGE', '{hrisd:0}:jobs', '-', '+'],
    ['XTRIM', '{hrisd:0}:changes', 'MAXLEN', '0'],
    ['DEL', '{hrisd:0}:changes'], ['SET', '{hrisd:0}:changes', 'x'],
    ['SET', '{hrisd}:routes', 'x'], ['HSET', '{hrisd}:routes', 'a', 'b'],
    ['HGETALL', '{hrisd}:routes'], ['SET', 'other', 'x'], ['GET', 'other'],
    ['HGETALL', '{hrisd:0}:seen:x'], ['DEL', '{hrisd:0}:seen:x'],
    ['XADD', '{hrisd:0}:seen:x', '*', 'a', 'b'], ['HSET', '{hrisd:0}:run:x', 'id', 'r'],
    ['GET', '{hrisd:0}:lease:x'], ['SET', '{hrisd:0}:lease:x', '1 me'],
  ],
  fetcher: [
    ['FLUSHALL'], ['EVAL', 'return 1', '0'], ['KEYS', '*'],
    ['CONFIG', 'SET', 'appendonly', 'no'], ['FUNCTION', 'LOAD', 'REPLACE', 'x'],
    ['XREADGROUP', 'GROUP', 'provisioners', 'x', 'STREAMS', '{hrisd:0}:changes', '>'],
    ['XTRIM', '{hrisd:0}:changes', 'MAXLEN', '0'], ['SET', '{hrisd:0}:once:x', '1'],
    ['HGET', '{hrisd}:routes', 'a'], ['DEL', '{hrisd:0}:later'], ['HSETNX', 'other', 'a', 'b'],
    ['GETDEL', '{hrisd:0}:reply:x'], ['GET', '{hrisd:0}:reply:x'],
    ['DEL', '{hrisd:0}:seen:x'], ['HSET', '{hrisd}:routes', 'a', 'b'],
  ],
  provisioner: [
    ['FLUSHALL'], ['EVAL', 'return 1', '0'], ['KEYS', '*'],
    ['CONFIG', 'SET', 'appendonly', 'no'], ['DEL', '{hrisd:0}:changes'],
    ['XTRIM', '{hrisd:0}:dead', 'MAXLEN', '0'], ['XTRIM', '{hrisd:0}:lookups', 'MAXLEN', '0'],
    ['HGET', '{hrisd}:routes', 'a'], ['SET', '{hrisd:0}:once:x', '1'],
    ['XADD', 'other', '*', 'a', 'b'], ['HSET', '{hrisd:0}:seen:x', 'a', 'b'],
    ['SET', '{hrisd:0}:lease:x', '1 me'],
  ],
  console: [
    ['FLUSHALL'], ['EVAL', 'return 1', '0'], ['KEYS', '*'],
    ['CONFIG', 'SET', 'appendonly', 'no'], ['FUNCTION', 'LOAD', 'REPLACE', 'x'],
    ['XADD', '{hrisd:0}:changes', '*', 'event', '{}'], ['DEL', '{hrisd:0}:changes'],
    ['XREADGROUP', 'GROUP', 'provisioners', 'x', 'STREAMS', '{hrisd:0}:changes', '>'],
    ['SET', '{hrisd:0}:once:x', '1'], ['HSET', 'other', 'a', 'b'],
    ['XRANGE', '{hrisd:0}:jobs', '-', '+'], ['DEL', '{hrisd:0}:lookups'],
    ['XTRIM', '{hrisd:0}:jobs', 'MAXLEN', '0'], ['SET', '{hrisd:0}:reply:x', '{}'],
    ['HSET', '{hrisd:0}:run:x', 'a', 'b'], ['GETDEL', '{hrisd:0}:once:x'],
    ['HSET', '{hrisd:0}:run:x', 'id', 'r'], ['HGET', '{hrisd:0}:seen:x', 'ada'],
    ['SET', '{hrisd:0}:lease:x', '1 me'],
  ],
  operator: [
    ['FLUSHALL'], ['EVAL', 'return 1', '0'], ['KEYS', '*'], ['ACL', 'LIST'],
    ['CONFIG', 'SET', 'appendonly', 'no'], ['DEL', '{hrisd:0}:changes'],
    ['XDEL', '{hrisd:0}:changes', '1-1'], ['XRANGE', '{hrisd:0}:changes', '-', '+'],
  ],
};

test('what a role does not need it may not do', async (t) => {
  const s = await start(t);
  const tester = s.redis.client();
  await tester.xadd('{hrisd:0}:changes', '*', 'event', '{}');

  for (const user of USERS) {
    const redis = s.redis.client({ username: user, password: s.password[user] });
    for (const words of refused[user])
      await assert.rejects(redis.call(...words), /NOPERM/, `${user}: ${words.join(' ')}`);
  }
  assert.equal(await tester.xlen('{hrisd:0}:changes'), 1);
  const stranger = s.redis.client({});
  await assert.rejects(stranger.call('GET', '{hrisd:0}:once:x'), /NOAUTH/);
});

test('a function has the rights of its caller', async (t) => {
  const s = await start(t);
  const tester = s.redis.client();
  const check = run(['check'], { ...s.env, HRISD_REDIS: s.as('operator') });
  assert.match(check.stdout, /redis\s+ok/i, check.stdout + check.stderr);
  await tester.xadd('{hrisd:0}:changes', '*', 'event', '{}');

  const [library] = await tester.call('FUNCTION', 'LIST');
  const call = (user, name, key, ...args) =>
    s.redis.client({ username: user, password: s.password[user] })
      .call('FCALL', `${library[1]}_${name}`, '1', key, ...args);
  await tester.call('XGROUP', 'CREATE', '{hrisd:0}:changes', 'provisioners', '$');
  for (const user of ['receiver', 'fetcher', 'console'])
    await assert.rejects(call(user, 'trim', '{hrisd:0}:changes', 'provisioners'),
      /NOPERM|user executing the script|ACL failure/, user);
  assert.equal(await tester.xlen('{hrisd:0}:changes'), 1);
  assert.equal(await call('provisioner', 'trim', '{hrisd:0}:changes', 'provisioners'), 1);
});

test('the file is not made without a password for each', () => {
  const env = { PATH: process.env.PATH, RECEIVER: '0123456789abcdef' };
  assert.throws(() => execFileSync('scripts/redis-acl', { env, stdio: 'pipe' }),
    (e) => e.status === 64 && /FETCHER/.test(e.stderr) && String(e.stdout) === '');
});
