// Personio, Gusto, Deel and Merge, from the first test of a connection to
// members who have left: real processes, and the sandbox as the vendor.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, until } from './harness.mjs';
import { json } from './vendors.mjs';

const PEOPLE = 12;

// Made in the vendor's dashboard, with a secret that it shows.
const subscribed = (provider) => async (c) => {
  const secret = `a-long-secret-of-${provider}`;
  await json(await c.s.ask('POST', 'sandbox/subscriptions',
    { provider, url: c.connection.webhook_url, secret }));
  await c.enter({ webhook_secret: secret });
};

const refreshToken = async (c) =>
  (await json(await c.s.ask('GET', 'sandbox/credentials'))).gusto.refresh_token;

// Tokens end so soon that the refresh tokens rotate while the test runs.
const inTheBrowser = async (c) => {
  await json(await c.s.ask('PATCH', 'sandbox/faults/gusto', { token_ttl_s: 1 }));
  const { status, body } = await c.at('POST', '/authorize');
  assert.equal(status, 200, JSON.stringify(body));
  const page = body.url.replace(/^https:\/\/[^/]+/, c.given.base_url);
  const back = await fetch(page); // it asks nobody, and leads back to hrisd
  assert.equal(back.status, 200, await back.text());
};

// Each refresh token opens once, and is followed by the next.
const rotated = (c) => until('two more refresh tokens', async () => {
  await passes(c);
  c.seen = new Set(c.seen).add(await refreshToken(c));
  return c.seen.size > 2;
});

// What an admin enters, which of it a wrong key is, and how the webhook comes
// to be: made by the vendor's API, unless hook says otherwise.
const vendors = {
  personio: {
    credentials: (c) => ({ client_id: c.client_id, client_secret: c.client_secret }),
    settings: () => ({ seniority_field: 'Seniority' }),
    wrong: 'client_secret',
    kind: 'incremental',
  },
  gusto: {
    credentials: (c) => ({ client_id: c.client_id, client_secret: c.client_secret }),
    settings: (c) => ({ company_id: c.company_id, seniority_field: 'Seniority' }),
    wrong: 'client_secret',
    kind: 'incremental',
    signIn: inTheBrowser,
    after: rotated,
  },
  deel: {
    credentials: (c) => ({ api_token: c.token }),
    wrong: 'api_token',
  },
  merge: {
    credentials: (c) => ({ api_key: c.api_key, account_token: c.account_token }),
    settings: () => ({ linked_account: 'ac3e7600-0000-4000-8000-000000000001',
      seniority_field: 'custom_fields.seniority' }),
    wrong: 'account_token',
    kind: 'incremental',
    hook: subscribed('merge'),
  },
};

class Company {
  static async start(t, provider) {
    const c = new Company();
    c.vendor = vendors[provider];
    c.s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: '50ms' });
    await c.s.sandbox('--people', String(PEOPLE), '--seed', '7');
    c.given = (await json(await c.s.ask('GET', 'sandbox/credentials')))[provider];
    const made = await c.s.api('POST', 'connections', { provider, name: provider,
      credentials: c.vendor.credentials(c.given),
      settings: { base_url: c.given.base_url, ...c.vendor.settings?.(c.given) } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    c.connection = made.body;
    return c;
  }

  at(method, path, body) {
    return this.s.api(method, `connections/${this.connection.id}${path}`, body);
  }

  async enter(credentials) {
    const { status, body } = await this.at('PATCH', '', { credentials });
    assert.equal(status, 200, JSON.stringify(body));
  }

  act(action) {
    return this.s.ask('POST', 'sandbox/act', action).then(json);
  }

  over(run) {
    return this.s.over(run);
  }

  async sync() {
    const { status, body } = await this.at('POST', '/sync');
    assert.equal(status, 202, JSON.stringify(body));
    const run = await this.over(body.run_id);
    assert.equal(run.status, 'done', JSON.stringify(run));
    return run;
  }

  async makeHook() {
    if (this.vendor.hook) return this.vendor.hook(this);
    const made = await this.at('POST', '/webhook');
    assert.equal(made.status, 200, JSON.stringify(made.body));
    return until('the webhook is there, and its secret', async () => {
      const { webhooks, credentials } = (await this.at('GET', '')).body;
      return webhooks.length === 1 && credentials.every((f) => f.set || !f.needed);
    });
  }

  // The member of person n of the company, once it is as wanted.
  async member(n, what, wanted) {
    const { data } = await json(await this.s.ask('GET', `sandbox/people/${n}`));
    return until(`${what}: person ${n}`, async () => {
      const m = (await this.s.members(`&q=${encodeURIComponent(data.email)}`))
        .find(({ email }) => email === data.email);
      return m && wanted(m, data) ? m : undefined;
    });
  }
}

async function refuses(c) {
  const right = c.vendor.credentials(c.given)[c.vendor.wrong];
  await c.enter({ [c.vendor.wrong]: 'no-such-key' });
  const { body } = await c.at('POST', '/test');
  assert.equal(body.ok, false, JSON.stringify(body));
  const bad = body.checks.filter((check) => !check.ok && !check.warning);
  assert.ok(bad.length && bad.every((check) => check.remedy), JSON.stringify(body));
  await c.enter({ [c.vendor.wrong]: right });
  await c.vendor.signIn?.(c); // what another client was allowed is forgotten
}

async function passes(c) {
  const { body } = await c.at('POST', '/test');
  assert.equal(body.ok, true, JSON.stringify(body));
  assert.ok(body.checks.length > 2, JSON.stringify(body));
}

async function readsEverybody(c) {
  const { status, body } = await c.at('POST', '/enable');
  assert.equal(status, 202, JSON.stringify(body));
  const run = await c.over(body.run_id);
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.equal(run.proof.last_page, true);
  const { people } = await json(await c.s.ask('GET', 'sandbox/state'));
  const current = people.active + people.on_leave + people.upcoming;
  await until('members', async () => (await c.s.members()).length === current);
  await c.member(1, 'read', (m, data) => {
    for (const field of ['first_name', 'last_name', 'department', 'job_title',
      'seniority_level', 'start_date'])
      assert.equal(m[field], data[field], field);
    return true;
  });
}

async function hearsOfAChange(c) {
  await c.act({ action: 'change', person: 2, set: { job_title: 'By Webhook' } });
  await c.member(2, 'by webhook', (m) => m.job_title === 'By Webhook');
}

// Its webhook is lost.
async function readsAChange(c) {
  const lose = (percent) => c.s.ask('PATCH', 'sandbox/faults/webhooks',
    { lost_percent: percent }).then(json);
  await lose(100);
  await c.act({ action: 'change', person: 3, set: { department: 'Data' } });
  const run = await c.sync();
  assert.equal(run.kind, c.vendor.kind ?? 'full');
  await c.member(3, 'by poll', (m) => m.department === 'Data');
  await lose(0);
}

// Gusto says "terminated" and Deel "offboarding" from today on.
async function knowsWhoLeavesLater(c) {
  const day = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
  await c.act({ action: 'depart', person: 5, on: day });
  const m = await c.member(5, 'leaves later', ({ end_date }) => end_date === day);
  assert.notEqual(m.status, 'deactivated');
}

async function hearsOfADeparture(c) {
  await c.act({ action: 'depart', person: 4 });
  await c.member(4, 'left', (m) => m.status === 'deactivated');
}

for (const provider of Object.keys(vendors)) {
  test(`${provider}: from the first test to a departure`, async (t) => {
    const c = await Company.start(t, provider);
    await refuses(c);
    await passes(c);
    await c.makeHook();
    await readsEverybody(c);
    await hearsOfAChange(c);
    await readsAChange(c);
    await knowsWhoLeavesLater(c);
    await hearsOfADeparture(c);
    await c.vendor.after?.(c);
  });
}
