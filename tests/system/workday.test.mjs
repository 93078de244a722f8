// Workday, from connection test to members: by report and by web service.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, until } from './harness.mjs';
import { json } from './vendors.mjs';

async function start(t, settings = {}, by = 'password') {
  const s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: '50ms' });
  await s.sandbox('--people', '40', '--seed', '7');
  const { workday } = await json(await s.ask('GET', 'sandbox/credentials'));
  const secrets = {
    password: { user: workday.user, password: workday.password },
    oauth: { client_id: workday.client_id, client_secret: workday.client_secret,
      refresh_token: workday.refresh_token },
  };
  s.settings = { host: 'wd.example.com', tenant: workday.tenant, sign_in: by,
    report_owner: workday.report_owner, report_name: workday.report_name,
    department_column: 'Cost_Center', department_type: 'COST_CENTER',
    base_url: `http://127.0.0.1:${s.ports.sandbox}/as/workday`, ...settings };
  const made = await s.api('POST', 'connections', { provider: 'workday', name: 'W',
    credentials: { ...secrets[by],
      ...(settings.webhook && { webhook_secret: 'a-long-static-bearer-token' }) },
    settings: s.settings });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.webhook = made.body.webhook_url;
  s.patch = async (body) => {
    const answer = await s.api('PATCH', `connections/${s.connection}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  s.at = (method, path, body) => s.api(method, `connections/${s.connection}/${path}`, body);
  s.sync = async (body = {}) => {
    const asked = await s.at('POST', 'sync', body);
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    return s.over(asked.body.run_id);
  };
  s.act = async (body) => json(await s.ask('POST', 'sandbox/act', body));
  return s;
}

// Somebody who works there, as they truly are.
async function someone(s) {
  const { items } = await json(await s.ask('GET', 'sandbox/people?status=active&limit=5'));
  return { person: items[3].person, wid: items[3].ids.workday, ...items[3].data };
}

// No failure; nobody has left yet, which is told as a warning of the report.
async function tested(s) {
  const { status, body } = await s.at('POST', 'test');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.ok, true, JSON.stringify(body));
  const bad = body.checks.filter((c) => !c.ok).map((c) => c.name);
  assert.ok(bad.every((name) => name === 'leavers'), JSON.stringify(body));
  assert.ok(body.checks.length > 5);
}

async function refused(s, wanted) {
  const { body } = await s.at('POST', 'test');
  assert.equal(body.ok, false, JSON.stringify(body));
  const bad = body.checks.filter((c) => !c.ok && !c.warning);
  assert.ok(bad.length, JSON.stringify(body));
  for (const c of bad) assert.match(c.remedy, wanted, JSON.stringify(body));
}

async function enabled(s) {
  const run = await s.over((await s.at('POST', 'enable')).body.run_id);
  assert.equal(run.status, 'done', JSON.stringify(run));
  const { people } = await json(await s.ask('GET', 'sandbox/state'));
  const current = people.active + people.on_leave + people.upcoming;
  await until('members', async () => (await s.members()).length === current);
  const truth = await someone(s);
  const m = await s.member(truth.email);
  for (const field of ['first_name', 'last_name', 'department', 'job_title', 'seniority_level'])
    assert.equal(m[field], truth[field], field);
  return run;
}

// A change that Sync now finds, and a departure.
async function lives(s, kind) {
  const p = await someone(s);
  await s.act({ action: 'change', person: p.person, set: { job_title: 'Chief Tester' } });
  const run = await s.sync();
  assert.equal(run.kind, kind, JSON.stringify(run));
  assert.equal(run.status, 'done', JSON.stringify(run));
  await s.member(p.email, (m) => m.job_title === 'Chief Tester');
  await s.act({ action: 'depart', person: p.person });
  await s.sync();
  await s.member(p.email, (m) => m.status === 'deactivated');
}

for (const format of ['json', 'xml', 'csv']) {
  test(`the report in ${format}: tested, enabled, changed, left`, async (t) => {
    const s = await start(t, { report_format: format });
    await tested(s);
    await enabled(s);
    await lives(s, 'full');
  });
}

test('the web service: tested, enabled, changed, left', async (t) => {
  const s = await start(t, { read_by: 'soap', page_size: '7' });
  await tested(s);
  const run = await enabled(s);
  assert.equal(run.counts.pages, 6);
  assert.equal(run.proof.total, 40);
  await lives(s, 'incremental');
});

test('a report with prompts tells who changed, and shows one person', async (t) => {
  const s = await start(t, { prompts: 'worker-and-since', webhook: 'yes' });
  await enabled(s);
  await lives(s, 'incremental');

  const p = await someone(s);
  await s.act({ action: 'change', person: p.person, set: { job_title: 'By Hand' } });
  assert.equal((await s.at('POST', 'sync', { person: p.wid })).status, 202);
  await s.member(p.email, (m) => m.job_title === 'By Hand');
  await s.act({ action: 'change', person: p.person, set: { job_title: 'By Hint' } });
  const hint = await fetch(s.webhook, { method: 'POST', body: JSON.stringify({ wid: p.wid }),
    headers: { authorization: 'Bearer a-long-static-bearer-token',
      'content-type': 'application/json' } });
  assert.equal(hint.status, 202);
  await s.member(p.email, (m) => m.job_title === 'By Hint');
});

test('the web service: a hire to come is read as of its first day', async (t) => {
  const s = await start(t, { read_by: 'soap' });
  await enabled(s);
  const first = new Date(Date.now() + 5 * 86400000).toISOString().slice(0, 10);
  await s.act({ action: 'hire', set: { email: 'soon@example.com', job_title: 'Soon Here',
    start_date: first } });
  await s.sync();
  const m = await s.member('soon@example.com');
  assert.equal(m.status, 'upcoming');
  assert.equal(m.job_title, 'Soon Here');
});

for (const read_by of ['report', 'soap']) {
  test(`${read_by}: by OAuth, and what is wrong is told`, async (t) => {
    const s = await start(t, { read_by }, 'oauth');
    await tested(s);
    const { body } = await s.at('GET', 'fields');
    const mails = body.fields.filter((f) => f.feeds.includes('email'));
    assert.ok(mails.some((f) => /\d@example\.com$/.test(f.samples[0])), JSON.stringify(mails));
    await enabled(s);
    await s.patch({ credentials: { refresh_token: 'another' } });
    await refused(s, /./);
    await s.patch({ settings: { ...s.settings, sign_in: 'password' },
      credentials: { user: 'ISU_x@sandbox', password: 'wrong' } });
    await refused(s, /does not know this user and password/);
  });
}

test('a report of another name is told', async (t) => {
  const s = await start(t, { report_name: 'Nothing' });
  await refused(s, /owner and name/);
});
