// Thin webhooks: the sandbox company signs and sends them as each vendor does,
// hrisd reads the people back, and members come out.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, until } from './harness.mjs';
import { connect, json } from './vendors.mjs';

async function start(t, provider, people = 12, settings = {}) {
  const s = await System.start(t, { HRISD_LOOKUP_WINDOW_MS: '50ms', ...settings });
  await s.sandbox('--people', String(people), '--seed', '7');
  const made = await connect[provider](s, `http://127.0.0.1:${s.ports.sandbox}`);
  const enabled = await s.api('POST', `connections/${made.id}/enable`);
  assert.equal(enabled.status, 202, JSON.stringify(enabled.body));
  await firstRun(s);
  return s;
}

// Enabling reads everybody; what follows here comes by webhooks.
async function firstRun(s) {
  await until('the first run', async () =>
    await s.metric('hrisd_runs_total{status="done"}') === 1, 60000);
}

const act = async (s, body) => json(await s.ask('POST', 'sandbox/act', body));
const state = async (s) => json(await s.ask('GET', 'sandbox/state'));

for (const provider of Object.keys(connect)) {
  test(`${provider}: everybody announced becomes a member, changes follow`, async (t) => {
    const s = await start(t, provider);
    const { people } = await state(s);
    const current = people.active + people.on_leave + people.upcoming;

    await json(await s.ask('POST', 'sandbox/announce', {}));
    const members = await until('all members', async () => {
      const list = await s.members();
      return list.length >= current ? list : undefined;
    }, 60000);
    assert.equal(members.length, current);
    assert.ok(members.every((m) => m.email.endsWith('@example.com')));
    assert.ok(members.every((m) => m.first_name && m.last_name && m.job_title));
    assert.ok(members.every((m) => ['pending_role', 'upcoming'].includes(m.status)));

    await act(s, { action: 'hire', count: 2 });
    await until('the new ones', async () => (await s.members()).length === current + 2, 60000);

    const chosen = members.find((m) => m.status === 'pending_role');
    const all = await json(await s.ask('GET', 'sandbox/people?limit=100'));
    const { person } = all.items.find((p) => p.data.email === chosen.email);
    await act(s, { action: 'change', person, set: { job_title: 'Chief Tester' } });
    await s.member(chosen.email, (m) => m.job_title === 'Chief Tester');

    await act(s, { action: 'depart', person });
    await s.member(chosen.email, (m) => m.status === 'deactivated');
    await act(s, { action: 'rehire', person });
    await s.member(chosen.email, (m) => m.status === 'pending_role');
  });
}

test('bamboohr: many notices of one person are one call', async (t) => {
  const s = await start(t, 'bamboohr', 3, { HRISD_LOOKUP_WINDOW_MS: '2s' });
  await until('members', async () => (await s.members()).length > 0, 60000);
  const before = await s.metric('hrisd_calls_total');

  for (let i = 0; i < 10; i++)
    await act(s, { action: 'change', person: 0, set: { job_title: `Title ${i}` } });
  await until('the last title', async () =>
    (await s.members()).some((m) => m.job_title === 'Title 9'), 60000);
  assert.ok(await s.metric('hrisd_calls_total') - before <= 2);
});

test('bamboohr: an HRIS that throttles and fails loses nobody (R16)', async (t) => {
  const s = await start(t, 'bamboohr');
  await json(await s.ask('PATCH', 'sandbox/faults/bamboohr',
    { throttle_percent: 100, retry_after_s: 1, times: 6 }));

  await act(s, { action: 'hire', count: 4 });
  const { people } = await state(s);
  await until('all members', async () =>
    (await s.members()).length === people.active + people.on_leave + people.upcoming, 90000);
});
