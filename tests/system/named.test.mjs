// The named HR systems, from connection test to members: the sandbox company
// is asked as each vendor's own is.
import { createHmac } from 'node:crypto';
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, until } from './harness.mjs';
import { connect, json, lookedInto } from './vendors.mjs';

const email = { bamboohr: /workEmail/, hibob: /email/, rippling: /email/i };

async function start(t, provider, window = '50ms') {
  const s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: window });
  await s.sandbox('--people', '30', '--seed', '7');
  const made = await connect[provider](s, `http://127.0.0.1:${s.ports.sandbox}`);
  s.connection = made.id;
  s.webhook = made.webhook_url;
  s.at = (method, path, body) => s.api(method, `connections/${s.connection}/${path}`, body);
  return s;
}

for (const provider of Object.keys(connect)) {
  test(`${provider}: tested, looked into, enabled, read`, async (t) => {
    const s = await start(t, provider);
    const mail = await lookedInto(s);
    assert.match(mail.path, email[provider]);

    const { body } = await s.at('POST', 'enable');
    const run = await s.over(body.run_id);
    assert.equal(run.status, 'done', JSON.stringify(run));
    const { people } = await json(await s.ask('GET', 'sandbox/state'));
    const current = people.active + people.on_leave + people.upcoming;
    await until('members', async () => (await s.members()).length === current);
    assert.equal(run.proof.last_page, true);

    // Read again: nobody has changed, so nobody is sent.
    const again = (await s.at('POST', 'sync', { kind: 'full' })).body;
    const second = await s.over(again.run_id);
    assert.equal(second.counts.queued, 0, JSON.stringify(second));
  });

  test(`${provider}: a wrong key is told, with what to do`, async (t) => {
    const s = await start(t, provider);
    const secret = { bamboohr: 'api_key', hibob: 'service_user_token', rippling: 'api_token' };
    const changed = await s.api('PATCH', `connections/${s.connection}`,
      { credentials: { [secret[provider]]: 'no-such-key' } });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    const { status, body } = await s.at('POST', 'test');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.ok, false, JSON.stringify(body));
    const bad = body.checks.filter((c) => !c.ok && !c.warning);
    assert.ok(bad.length && bad.every((c) => c.remedy), JSON.stringify(body));
  });
}

test('bamboohr: its webhook is made by API, and works', async (t) => {
  const s = await start(t, 'bamboohr');
  const made = await s.at('POST', 'webhook');
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.ok(made.body.webhooks.length > 0);
  const { body } = await s.at('POST', 'enable');
  await until('the run is over', async () =>
    (await s.api('GET', `runs/${body.run_id}`)).body.finished_at);
  await json(await s.ask('POST', 'sandbox/act', { action: 'change', person: 0,
    set: { job_title: 'By Webhook' } }));
  await until('the change', async () =>
    (await s.members()).some((m) => m.job_title === 'By Webhook'));
  const removed = await s.at('DELETE', 'webhook');
  assert.equal(removed.status, 200, JSON.stringify(removed.body));
  assert.deepEqual(removed.body.webhooks, []);
});

async function run(s, kind) {
  const started = kind ? await s.at('POST', 'sync', { kind }) : await s.at('POST', 'enable');
  assert.equal(started.status, 202, JSON.stringify(started.body));
  const over = await s.over(started.body.run_id);
  assert.equal(over.status, 'done', JSON.stringify(over));
  return over;
}

async function isEverybody(s) {
  const { people } = await json(await s.ask('GET', 'sandbox/state'));
  const current = people.active + people.on_leave + people.upcoming;
  await until('members', async () => (await s.members()).length === current);
}

// What an administrator does in the browser, at the sandbox in the vendor's place.
async function consent(s, path) {
  const asked = await s.at('POST', 'authorize');
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const at = new URL(asked.body.url);
  assert.equal(at.pathname, path);
  const allowed = await fetch(`http://127.0.0.1:${s.ports.sandbox}${path}${at.search}`,
    { redirect: 'manual' });
  assert.equal(allowed.status, 302);
  const back = await fetch(allowed.headers.get('location'));
  assert.equal(back.status, 200, await back.text());
}

const byApp = {
  bamboohr: { path: '/authorize.php', settings: { subdomain: 'sandbox', sign_in: 'oauth' } },
  rippling: { path: '/apps/PLATFORM/hrisd/authorize',
    settings: { host: 'api.rippling.com', app: 'hrisd', seniority_field: 'Seniority' } },
};

for (const [provider, app] of Object.entries(byApp))
  test(`${provider}: an app that an administrator allows reads everybody`, async (t) => {
    const s = await start(t, provider);
    const { client_id, client_secret } =
      (await json(await s.ask('GET', 'sandbox/credentials')))[provider];
    const made = await s.api('POST', 'connections', { provider, name: 'By app',
      credentials: { client_id, client_secret },
      settings: { ...app.settings, base_url: `http://127.0.0.1:${s.ports.sandbox}` } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    s.connection = made.body.id;
    const before = (await s.at('POST', 'test')).body;
    assert.equal(before.ok, false);
    assert.ok(before.checks.some((c) => /sign in to the HR system/.test(c.remedy ?? '')),
      JSON.stringify(before));
    await consent(s, app.path);
    await s.api('PATCH', `connections/${s.connection}`,
      { credentials: { webhook_secret: 'a-secret-of-the-webhook' } });
    const tested = await s.at('POST', 'test');
    assert.equal(tested.body.ok, true, JSON.stringify(tested.body));
    await run(s);
    await isEverybody(s);
    assert.ok((await s.members()).every((m) => m.email && m.department));

    await json(await s.ask('POST', 'sandbox/act', { action: 'change', person: 0,
      set: { job_title: 'By the app' } }));
    await run(s, 'incremental');
    await until('the change', async () =>
      (await s.members()).some((m) => m.job_title === 'By the app'));
  });

for (const source of ['employees', 'dataset', 'report'])
  test(`bamboohr: everybody by ${source}`, async (t) => {
    const s = await start(t, 'bamboohr');
    await s.api('PATCH', `connections/${s.connection}`, { settings: { source,
      subdomain: 'sandbox', base_url: `http://127.0.0.1:${s.ports.sandbox}` } });
    const over = await run(s);
    assert.equal(over.proof.last_page, true);
    await isEverybody(s);
  });

test('bamboohr: where the newest list is missing, the data set is read', async (t) => {
  const s = await start(t, 'bamboohr');
  await json(await s.ask('PATCH', 'sandbox/faults/bamboohr', { missing_path: '/api/v1/employees' }));
  const over = await run(s);
  assert.equal(over.proof.last_page, true);
  await isEverybody(s);
});

test('rippling: a field that is withheld is told by the test', async (t) => {
  const s = await start(t, 'rippling');
  await json(await s.ask('PATCH', 'sandbox/faults/rippling', { redacted_field: 'department' }));
  const { body } = await s.at('POST', 'test');
  const told = body.checks.find((c) => c.name === 'withheld');
  assert.equal(told.ok, false, JSON.stringify(body));
  assert.equal(told.warning, true);
  assert.equal(body.ok, true);
});

test('hibob: names of departments and titles come from its lists', async (t) => {
  const s = await start(t, 'hibob');
  await s.api('PATCH', `connections/${s.connection}`, { settings:
    { base_url: `http://127.0.0.1:${s.ports.sandbox}`, names: 'lists' } });
  await run(s);
  await isEverybody(s);
  const members = await s.members();
  assert.ok(members.every((m) => /[a-z]/.test(m.department)), JSON.stringify(members[0]));
  assert.ok(members.every((m) => /[a-z]/.test(m.job_title)));
});

// As Bob does: signed, and told of one person.
function fromBob(s, type, { ids }) {
  const body = JSON.stringify({ companyId: 636192, type, triggeredBy: 'system',
    triggeredAt: new Date().toISOString().slice(0, -1), version: 'v2',
    data: { employeeId: ids.hibob } });
  const signature = createHmac('sha512', 'bob-webhook-secret').update(body).digest('base64');
  return fetch(s.webhook, { method: 'POST', body,
    headers: { 'content-type': 'application/json', 'bob-signature': signature } });
}

// Ordinary notices of a person wait for more of them. This one does not, nor
// does it for those before and after it: who left first is still there when it
// has acted.
test('hibob: access that is revoked at once does not wait for more notices', async (t) => {
  const s = await start(t, 'hibob', '55s');
  await run(s);
  await isEverybody(s);
  const { items } = await json(await s.ask('GET', 'sandbox/people?status=active&limit=2'));
  const [other, revoked] = items;
  for (const { person } of items)
    await json(await s.ask('POST', 'sandbox/act', { action: 'depart', person }));
  for (const type of ['employee.updated', 'employee.access.revoked.immediately',
    'employee.updated'])
    assert.equal((await fromBob(s, type, revoked)).status, 200);
  await s.member(revoked.data.email, (m) => m.status === 'deactivated');
  assert.notEqual((await s.member(other.data.email)).status, 'deactivated');
});
