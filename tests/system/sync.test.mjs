// Sync runs as an admin sees and asks for them: real processes, an HR system
// of the tests' own.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, run as hrisd, until } from './harness.mjs';
import { Acme } from './acme.mjs';

async function start(t, people = 5, settings = {}) {
  const acme = await Acme.start(t, people);
  const s = await System.start(t, { ...acme.settings, ...settings });
  s.acme = acme;
  const made = await s.api('POST', 'connections', { provider: 'acme', name: 'A',
    credentials: { api_key: acme.key, webhook_secret: 'ab'.repeat(20) },
    settings: { base_url: acme.base } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.at = (method, path, body) => s.api(method, `connections/${s.connection}/${path}`, body);
  s.get = async () => (await s.api('GET', `connections/${s.connection}`)).body;
  s.of = async (id) => (await s.api('GET', `runs/${id}`)).body;
  return s;
}

async function enable(s) {
  const { status, body } = await s.at('POST', 'enable');
  assert.equal(status, 202, JSON.stringify(body));
  return body.run_id;
}

test('to enable reads everybody at once, and shows the proof (R7, R17)', async (t) => {
  const s = await start(t);
  assert.equal((await s.at('POST', 'sync')).status, 409); // not enabled
  const id = await enable(s);
  assert.ok(id);
  const run = await s.over(id);
  assert.equal(run.connection_id, s.connection);
  assert.equal(run.kind, 'initial');
  assert.equal(run.reason, 'enabled');
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.equal(run.counts.people, 5);
  assert.equal(run.proof.people, 5);
  assert.equal(run.proof.total, 5);
  assert.equal(run.proof.last_page, true);
  assert.match(run.summary, /The list is complete: 5 people, as many as Acme HR says/);
  await until('members', async () => (await s.members()).length === 5);

  const c = await s.get();
  assert.equal(c.schedule, 'daily');
  assert.ok(Date.parse(c.next_run_at) > Date.now());
  assert.ok(Date.parse(c.since) <= Date.parse(run.finished_at));
  assert.equal(c.last_run.id, id);
  assert.equal(await enable(s), null); // nothing is open any more
});

test('sync now reads who changed, joins what is under way, and is listed', async (t) => {
  const s = await start(t);
  await s.over(await enable(s));
  s.acme.people[2].title = 'Chief Tester';
  const asked = await s.at('POST', 'sync');
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(asked.body.joined, false);
  const run = await s.over(asked.body.run_id);
  assert.equal(run.kind, 'full');
  assert.equal(run.reason, 'by_hand');
  assert.equal(run.counts.queued, 1);
  await s.member('p2@example.com', (m) => m.job_title === 'Chief Tester');

  // The next is held up at its first page: who asks meanwhile joins it.
  let release;
  const gate = new Promise((ok) => { release = ok; });
  s.acme.held = (url) => (url.pathname === '/people' ? gate : undefined);
  const first = (await s.at('POST', 'sync', { kind: 'reconcile' })).body;
  await until('it runs', async () => (await s.of(first.run_id)).status === 'running');
  const second = (await s.at('POST', 'sync')).body;
  assert.deepEqual(second, { run_id: first.run_id, joined: true });
  assert.equal(await enable(s), first.run_id);
  release();
  assert.equal((await s.over(first.run_id)).counts.queued, 5);

  const list = (await s.at('GET', 'runs')).body;
  assert.deepEqual(list.items.map((r) => r.kind), ['reconcile', 'full', 'initial']);
  const page = (await s.at('GET', 'runs?limit=2')).body;
  assert.equal(page.items.length, 2);
  const rest = (await s.at('GET', `runs?limit=2&cursor=${page.next_cursor}`)).body;
  assert.deepEqual(rest.items.map((r) => r.kind), ['initial']);
  assert.equal(rest.next_cursor, null);
  assert.equal((await s.at('GET', 'runs?limit=0')).status, 422);
});

test('the progress of a run is seen, and it can be stopped', async (t) => {
  const s = await start(t, 9);
  let pages = 0, release;
  const gate = new Promise((ok) => { release = ok; });
  s.acme.held = (url) => (url.pathname === '/people' && ++pages > 2 ? gate : undefined);
  const id = await enable(s);
  const run = await until('two pages', async () => {
    const r = await s.of(id);
    return r.counts?.pages === 2 && r;
  });
  assert.equal(run.status, 'running');
  assert.equal(run.counts.people, 4);
  assert.match(run.summary, /^Reading Acme HR: page 3, 4 people so far/);
  assert.ok(!('resume' in run) && !('progress' in run));

  const stopped = await s.api('POST', `runs/${id}/stop`);
  assert.equal(stopped.status, 202, JSON.stringify(stopped.body));
  release();
  const over = await s.over(id);
  assert.equal(over.status, 'stopped');
  assert.match(over.summary, /stopped/);
  await until('who came before', async () => (await s.members()).length >= 4);
});

test('a list that looks incomplete is refused in words (R7)', async (t) => {
  const s = await start(t);
  s.acme.total = 412;
  const run = await s.over(await enable(s));
  assert.equal(run.status, 'refused');
  assert.match(run.error, /412/);
  assert.match(run.summary, /looked incomplete.*nobody counts as missing/);
  await until('members all the same', async () => (await s.members()).length === 5);
});

test('who left for good is confirmed, and the next list is believed (R7)', async (t) => {
  const s = await start(t, 10);
  await s.over(await enable(s));
  s.acme.people.splice(6);
  const shrunk = await s.over((await s.at('POST', 'sync', { kind: 'full' })).body.run_id);
  assert.equal(shrunk.status, 'refused');
  assert.equal(shrunk.proof.fault, 'shrunk');
  assert.equal(shrunk.proof.confirmable, true);
  assert.match(shrunk.summary, /6 people came, fewer than 80 %.*If that is how it is, confirm it/);
  assert.equal(shrunk.confirmed_at, null);

  const { status, body } = await s.api('POST', `runs/${shrunk.id}/confirm`);
  assert.equal(status, 202, JSON.stringify(body));
  const next = await s.over(body.run_id);
  assert.equal(next.status, 'done', JSON.stringify(next));
  assert.equal(next.proof.before, 6);
  assert.equal(next.counts.absent, 4);
  const told = await s.of(shrunk.id);
  assert.equal(told.status, 'refused');
  assert.ok(told.confirmed_at && told.confirmed_by);
  assert.match(told.summary, /An admin has confirmed it/);

  s.acme.total = 412; // a list that is not whole is no matter of opinion
  const broken = await s.over((await s.at('POST', 'sync', { kind: 'full' })).body.run_id);
  assert.equal(broken.proof.confirmable, false);
  const refused = await s.api('POST', `runs/${broken.id}/confirm`);
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /not whole/);
});

test('how far a list may shrink is the organization\'s own (R7)', async (t) => {
  const s = await start(t, 10);
  assert.deepEqual((await s.api('GET', 'settings/hris')).body, { snapshot_least_percent: 80 });
  assert.equal((await s.api('PUT', 'settings/hris', { snapshot_least_percent: 101 })).status, 422);
  assert.equal((await s.api('PUT', 'settings/hris', { snapshot_least_percent: 0.5 })).status, 422);
  assert.equal((await s.api('PUT', 'settings/hris', { brake: 1 })).status, 422);
  const { status, body } = await s.api('PUT', 'settings/hris', { snapshot_least_percent: 50 });
  assert.equal(status, 200, JSON.stringify(body));
  await s.over(await enable(s));
  s.acme.people.splice(6);
  const run = await s.over((await s.at('POST', 'sync', { kind: 'full' })).body.run_id);
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.deepEqual((await s.api('PUT', 'settings/hris', {})).body, { snapshot_least_percent: 80 });
});

test('a run whose credentials are refused says who must do what', async (t) => {
  const s = await start(t);
  s.acme.key = 'another';
  const run = await s.over(await enable(s));
  assert.equal(run.status, 'failed');
  assert.match(run.error, /credentials/);
});

const rude = {
  fault: (res) => res.writeHead(503).end(),
  limit: (res) => res.writeHead(429, { 'retry-after': '3600' }).end(),
  silence: (res) => res.socket.destroy(),
  half: (res) => res.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
    .write('{"people":[', () => res.socket.destroy()),
  nonsense: (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sorry'),
  lost: (res) => res.writeHead(404).end(),
  forbidden: (res) => res.writeHead(403).end(),
  elsewhere: (res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
};

// How it is: words that say why, and, of those that wait, what sync now does.
const told = [
  ['fault', /a fault of its own.*503/, 'tries'],
  ['limit', /called less often \(429\)/, 'waits'],
  ['silence', /did not answer/, 'tries'],
  ['half', /did not answer/, 'tries'],
  ['nonsense', /not what the manifest says/, 'tries'],
  ['lost', /404.*check the connection's settings/, 'ends'],
  ['forbidden', /403.*give them the right/, 'ends'],
  ['elsewhere', /302/, 'tries'],
];

async function tellsItsTrouble(t, how, words, then) {
  const s = await start(t);
  s.acme.rude = (url, res) => url.pathname === '/people' && (rude[how](res), true);
  const id = await enable(s);
  const run = await until('it says so', async () => {
    const r = await s.of(id);
    return (r.finished_at || r.waiting_until) && r;
  });
  assert.match(run.error, words);
  assert.match(run.summary, words);
  assert.equal(run.status, then === 'ends' ? 'failed' : 'running');
  if (then === 'ends') return;
  assert.match(run.summary, /It waits until 20/);
  const calls = s.acme.calls.length;
  s.acme.rude = undefined;
  assert.deepEqual((await s.at('POST', 'sync')).body, { run_id: id, joined: true });
  if (then === 'tries') {
    assert.match(run.summary, /Sync now tries at once/);
    assert.equal((await s.over(id)).status, 'done');
    return;
  }
  assert.ok(Date.parse(run.waiting_until) - Date.now() > 3500000, run.waiting_until);
  await s.api('POST', `runs/${id}/stop`); // the fetcher's next job: it has seen the one before
  assert.equal((await s.over(id)).status, 'stopped');
  assert.equal(s.acme.calls.length, calls);
}

test('a run says what its trouble is (R16)', { concurrency: 4 }, (t) =>
  Promise.all(told.map(([how, ...more]) => t.test(how, (t) => tellsItsTrouble(t, how, ...more)))));

test('one person is read by hand', async (t) => {
  const s = await start(t);
  assert.equal((await s.at('POST', 'sync', { person: 'p1' })).status, 409); // not enabled
  await s.over(await enable(s));
  await s.member('p1@example.com');
  s.acme.people[1].title = 'By Hand';
  const asked = await s.at('POST', 'sync', { person: 'p1' });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(asked.body.run_id, null);
  await s.member('p1@example.com', (m) => m.job_title === 'By Hand');
  assert.equal((await s.at('POST', 'sync', { person: '' })).status, 422);
  assert.equal((await s.at('POST', 'sync', { person: 'p1', kind: 'full' })).status, 422);
  assert.equal((await s.at('POST', 'sync', { kind: 'initial' })).status, 422);
  assert.equal((await s.at('POST', 'sync', { kind: 'incremental' })).status, 409);
});

test('schedules are chosen, and only where there is something to read', async (t) => {
  const s = await start(t);
  const patch = (body, id = s.connection) => s.api('PATCH', `connections/${id}`, body);
  assert.equal((await patch({ schedule: 'now and then' })).status, 422);
  let { status, body } = await patch({ schedule: 'manual' });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.schedule, 'manual');
  assert.equal(body.next_run_at, null);
  await s.over(await enable(s));
  ({ body } = await patch({ schedule: 'hourly' }));
  assert.ok(Date.parse(body.next_run_at) - Date.now() < 2 * 3600000);

  const { body: providers } = await s.api('GET', 'providers');
  const provider = (name) => providers.items.find((p) => p.name === name);
  assert.equal(provider('acme').poll, true);
  assert.equal(provider('acme').register_webhook, true);
  assert.deepEqual(provider('acme').auth, ['bearer']);
  assert.ok(provider('acme').schedules.includes('daily'));
  assert.equal(provider('acme-oauth').authorize, true);
  assert.equal(provider('standard').poll, false);
  assert.deepEqual(provider('standard').schedules, []);
  const sender = await s.standard();
  assert.equal((await patch({ schedule: 'daily' }, sender.connection)).status, 409);
  assert.equal((await s.api('POST', `connections/${sender.connection}/sync`)).status, 409);
  const pushed = (await s.api('GET', `connections/${sender.connection}`)).body;
  assert.equal(pushed.schedule, null);
});

test('a deleted connection is gone, with what was kept of its runs', async (t) => {
  const s = await start(t);
  const id = await enable(s);
  await s.over(id);
  await until('members', async () => (await s.members()).length === 5);
  const redis = s.redis.client();
  assert.ok(await redis.exists(`{hrisd:0}:seen:${s.connection}`));
  const gone = await s.api('DELETE', `connections/${s.connection}`);
  assert.equal(gone.status, 204);
  assert.equal((await s.api('GET', `connections/${s.connection}`)).status, 404);
  assert.equal((await s.api('GET', `runs/${id}`)).status, 404);
  await until('nothing in redis', async () =>
    !(await redis.exists(`{hrisd:0}:seen:${s.connection}`, `{hrisd:0}:run:${s.connection}`)));
  assert.equal((await s.members()).length, 5);
  assert.equal((await s.api('DELETE', `connections/${s.connection}`)).status, 404);
});

test('runs belong to their organization', async (t) => {
  const s = await start(t);
  const id = await enable(s);
  const other = JSON.parse(hrisd(['init', '--org', 'Other', '--plan', 'growth', '--email',
    'b@example.com', '--json'], s.env).stdout);
  assert.equal((await s.api('GET', `runs/${id}`, undefined, other.token)).status, 404);
  assert.equal((await s.api('POST', `runs/${id}/stop`, undefined, other.token)).status, 404);
  for (const path of ['test', 'sync', 'webhook', 'authorize'])
    assert.equal((await s.api('POST', `connections/${s.connection}/${path}`, undefined,
      other.token)).status, 404, path);
  assert.equal((await s.api('GET', `connections/${s.connection}/fields`, undefined,
    other.token)).status, 404);
  assert.equal((await s.api('PUT', `connections/${s.connection}/mapping`, {},
    other.token)).status, 404);
});
