// WorkOS, Factorial, Humaans and Namely, from connection test to members: the
// sandbox company is asked as each vendor's own is.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, until } from './harness.mjs';
import { json, lookedInto } from './vendors.mjs';

const vendors = {
  workos: {
    connect: (c) => ({ credentials: { api_key: c.api_key },
      settings: { directory: c.directory_id, managers: 'yes' } }),
    key: 'api_key',
    webhook: 'webhook_secret',
  },
  humaans: {
    connect: (c) => ({ credentials: { api_token: c.token }, settings: {} }),
    key: 'api_token',
    webhook: 'webhook_secret',
  },
  factorial: {
    connect: (c) => ({ credentials: { api_key: c.api_key }, settings: {} }),
    key: 'api_key',
    register: true,
  },
  namely: {
    connect: (c) => ({ credentials: { access_token: c.token }, settings: { company: 'sandbox' } }),
    key: 'access_token',
  },
};

const subscribe = (s, provider, url, secret) =>
  s.ask('POST', 'sandbox/subscriptions', { provider, url, secret }).then(json);

async function start(t, provider) {
  const s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: '50ms' });
  await s.sandbox('--people', '30', '--seed', '7');
  const v = vendors[provider];
  const known = (await json(await s.ask('GET', 'sandbox/credentials')))[provider];
  const { credentials, settings } = v.connect(known);
  if (v.webhook) credentials[v.webhook] = 'a-secret-of-the-webhook-alone';
  const made = await s.api('POST', 'connections', { provider, name: provider, credentials,
    settings: { ...settings, base_url: known.base_url } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body;
  s.at = (method, path, body) => s.api(method, `connections/${made.body.id}/${path}`, body);
  s.act = async (act) => json(await s.ask('POST', 'sandbox/act', act));
  s.synced = async (body) => s.over((await s.at('POST', 'sync', body)).body.run_id);
  s.enabled = async () => s.over((await s.at('POST', 'enable')).body.run_id);
  s.person = async (n) => (await json(await s.ask('GET', `sandbox/people/${n}`))).data;
  return s;
}

for (const [provider, v] of Object.entries(vendors)) {
  test(`${provider}: tested, looked into, enabled, read as it truly is`, async (t) => {
    const s = await start(t, provider);
    await lookedInto(s);

    const run = await s.enabled();
    assert.equal(run.status, 'done', JSON.stringify(run));
    assert.equal(run.proof.last_page, true);
    const { people } = await json(await s.ask('GET', 'sandbox/state'));
    const current = people.active + people.on_leave + people.upcoming;
    await until('members', async () => (await s.members()).length === current);

    // Person 0 leads everybody; 1 is one with a manager.
    for (const n of [0, 1]) {
      const truth = await s.person(n);
      const m = await s.member(truth.email);
      for (const f of ['first_name', 'last_name', 'department', 'job_title', 'seniority_level'])
        assert.equal(m[f], truth[f], `${f} of ${n}: ${JSON.stringify(m)}`);
    }

    // Read again: nobody has changed, so nobody is sent.
    const second = await s.synced({ kind: 'full' });
    assert.equal(second.counts.queued, 0, JSON.stringify(second));
  });

  test(`${provider}: who changed or left is told by a poll`, async (t) => {
    const s = await start(t, provider);
    const truth = await s.person(1);
    await s.enabled();
    await s.member(truth.email);
    await s.act({ action: 'change', person: 1, set: { job_title: 'By Poll' } });
    const run = await s.synced();
    assert.equal(run.status, 'done', JSON.stringify(run));
    await s.member(truth.email, (m) => m.job_title === 'By Poll');
    await s.act({ action: 'depart', person: 1 });
    assert.equal((await s.synced()).status, 'done');
    await s.member(truth.email, (m) => m.status === 'deactivated');
  });

  test(`${provider}: a wrong key is told, with what to do`, async (t) => {
    const s = await start(t, provider);
    await s.api('PATCH', `connections/${s.connection.id}`,
      { credentials: { [v.key]: 'no-such-key' } });
    const { body } = await s.at('POST', 'test');
    assert.equal(body.ok, false, JSON.stringify(body));
    const bad = body.checks.filter((c) => !c.ok && !c.warning);
    assert.ok(bad.length && bad.every((c) => c.remedy), JSON.stringify(body));
  });

  if (!v.webhook && !v.register) continue;
  test(`${provider}: webhooks tell of a hire, a change and a departure`, async (t) => {
    const s = await start(t, provider);
    if (v.register)
      assert.equal((await s.at('POST', 'webhook')).status, 200);
    else
      await subscribe(s, provider, s.connection.webhook_url, 'a-secret-of-the-webhook-alone');
    await s.enabled();
    const truth = await s.person(1);
    await s.member(truth.email);
    await s.act({ action: 'change', person: 1, set: { job_title: 'By Webhook' } });
    await s.member(truth.email, (m) => m.job_title === 'By Webhook');
    await s.act({ action: 'hire', set: { email: 'new@example.com' } });
    const hired = await s.member('new@example.com');
    assert.ok(hired.department && hired.job_title, JSON.stringify(hired));
    await s.act({ action: 'depart', person: 1 });
    await s.member(truth.email, (m) => m.status === 'deactivated');
  });
}
