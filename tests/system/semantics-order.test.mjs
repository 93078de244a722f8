// R2 to R6, R14: applied once, in the right order, whatever comes twice, late,
// during a read or around a crash.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, employee, until } from './harness.mjs';
import { cases, outcomesOf } from './cases.mjs';

const it = cases();

for (const provider of ['standard', 'merge', 'bamboohr', 'rippling']) {
  it(`R3 a webhook that comes three times is applied once (${provider})`, { provider }, async (c) => {
    await c.change(1, { job_title: 'Before' });
    await c.until('a member', 1, (m) => m.job_title === 'Before');
    await c.settled();
    const before = (await c.outcomes(1)).length;
    const { webhooks: then } = await c.ask('GET', 'state');
    await c.fault({ duplicate_percent: 100, copies: 2 }, 'webhooks');
    await c.change(1, { job_title: 'Thrice' });
    await until('three deliveries', async () =>
      (await c.ask('GET', 'state')).webhooks.accepted - then.accepted === 3);
    await c.settled();
    assert.equal((await c.member(1)).job_title, 'Thrice');
    assert.deepEqual((await c.outcomes(1)).slice(before), ['updated']);
  });
}

it('R3 one state under three delivery ids is applied once', { provider: 'standard' }, async (c) => {
  const body = employee('x1');
  for (let i = 0; i < 3; i++) assert.equal((await c.sender.send(body)).status, 202);
  await c.settled();
  assert.equal((await c.members()).length, 1);
  assert.deepEqual(await c.outcomes(), ['created']);
});

for (const provider of ['standard', 'merge']) {
  it(`R4 of two updates that overtake each other the newer stays (${provider})`, { provider },
    async (c) => {
      await c.change(1, { job_title: 'Before' });
      await c.until('a member', 1, (m) => m.job_title === 'Before');
      await c.fault({ reorder_percent: 100 }, 'webhooks');
      await c.change(2, { job_title: 'Somebody Else' });
      await c.change(1, { job_title: 'Older', department: 'Data' });
      await c.calm('webhooks');
      await c.ask('POST', 'clock', { advance_ms: 1000 });
      await c.change(1, { job_title: 'Newer' });
      await c.until('the newer', 1, (m) => m.job_title === 'Newer');
      await until('the older comes', async () => (await c.outcomes(1)).includes('superseded'));
      const m = await c.member(1);
      assert.equal(m.job_title, 'Newer');
      assert.equal(m.department, 'Data');
      await c.change(1, { job_title: 'Newest' });
      await c.until('the newest', 1, (found) => found.job_title === 'Newest');
    });
}

it('R4 the older state loses, whatever the order of arrival', { provider: 'standard' }, async (c) => {
  const title = async (version, job_title) => {
    assert.equal((await c.sender.send(employee(7, { version, job_title }))).status, 202);
    await c.settled();
    return (await c.byEmail('p7@example.com')).job_title;
  };
  assert.equal(await title(3, 'Third'), 'Third');
  assert.equal(await title(2, 'Second'), 'Third');
  assert.equal(await title(4, 'Fourth'), 'Fourth');
  assert.deepEqual(await c.outcomes(), ['created', 'superseded', 'updated']);
});

// The list's answer is made, and held until all of this has come by webhook.
// BambooHR has one for those at work and one for the others: who leaves in
// between is in both, and since it counts otherwise, both are read once more.
const lists = [
  ['bamboohr', '/api/v1/employees'],
  ['rippling', '/workers/'],
  ['merge', '/as/merge/api/hris/v1/employees'],
];

for (const [provider, held_path] of lists) {
  it(`R6 hired, changed, left by webhook during a full read (${provider})`, { provider },
    async (c) => {
      const leaver = (await c.who()).at(-1);
      const back = (await c.who()).at(-2);
      await c.act('depart', back);
      await c.until('gone', back, (m) => m.status === 'deactivated');
      await c.settled();
      await c.fault({ held_path });
      const run = await c.start();
      await until('the list is held', async () => (await c.ask('GET', 'state')).held === 1);

      await c.hire({ email: 'new@example.com' });
      await c.change(1, { job_title: 'By Webhook' });
      await c.act('depart', leaver);
      await c.act('rehire', back);
      await until('the hire', () => c.byEmail('new@example.com'));
      await c.until('the change', 1, (m) => m.job_title === 'By Webhook');
      await c.until('the departure', leaver, (m) => m.status === 'deactivated');
      await c.until('the return', back, (m) => m.status === 'pending_role');
      assert.equal((await c.api('GET', `runs/${run}`)).body.finished_at, null);
      await c.calm();

      const check = async (over) => {
        await c.settled();
        assert.equal(over.counts.absent, 0, JSON.stringify(over));
        assert.ok(await c.byEmail('new@example.com'));
        assert.equal((await c.member(1)).job_title, 'By Webhook');
        assert.equal((await c.member(leaver)).status, 'deactivated');
        assert.equal((await c.member(back)).status, 'pending_role');
      };
      const first = await c.over(run);
      assert.equal(first.status, 'done', JSON.stringify(first));
      await check(first);
      await check(await c.done());
      await check(await c.done('reconcile'));
    });
}

it('R3 a file that is applied twice changes nothing', { provider: 'csv' }, async (c) => {
  const before = await c.members();
  const decided = (await c.outcomes()).length;
  assert.ok(before.length > 20);
  assert.equal((await c.done()).counts.queued, 0);
  const { counts } = await c.done('reconcile');
  assert.equal(counts.queued, counts.people);
  assert.deepEqual(await c.members(), before);
  const again = (await c.outcomes()).slice(decided);
  assert.deepEqual([...new Set(again)], ['unchanged']);
});

for (const provider of ['bamboohr', 'csv']) {
  it(`R14 roles that were chosen by hand outlast every sync (${provider})`, { provider }, async (c) => {
    const chosen = { 1: 'roles = 3, status = 1', 2: 'roles = 1, status = 1' };
    for (const [n, assignment] of Object.entries(chosen)) c.decide(await c.member(n), assignment);
    const roles = async (n) => {
      const { status, roles: held } = await c.member(n);
      return [status, ...held].join(' ');
    };
    const check = async () => {
      await c.settled();
      assert.equal(await roles(1), 'active mentor mentee');
      assert.equal(await roles(2), 'active mentor');
    };
    await check();
    await c.change(1, { job_title: 'Chief Tester' });
    await c.change(2, { department: 'Data' });
    await c.done();
    await check();
    assert.equal((await c.member(1)).job_title, 'Chief Tester');
    await c.done('reconcile');
    await check();
    await c.act('leave', 1);
    await c.done();
    await check();
    await c.act('return', 1);
    await c.done();
    await check();
  });
}

// ------------------------------------------------------------------ crash

test('R3 a crash between write and acknowledge: applied once all the same', async (t) => {
  const s = await System.start(t, { HRISD_CLAIM_MS: '500ms', HRISD_MAX_DELIVERIES: '100' },
    { serve: false });
  await s.serve(['--roles=receiver,console']);
  const sender = await s.standard();
  const points = ['before-commit', 'after-commit', 'before-ack', 'after-ack'];
  for (const [i, point] of points.entries()) {
    const doomed = await s.serveRole('provisioner', { HRISD_CRASH_POINT: point });
    assert.equal((await sender.send(employee(1, { job_title: point }))).status, 202);
    await until('the crash', () => doomed.text().split('by=signal code=9').length > i + 1);
    await doomed.stop();
    const next = await s.serveRole('provisioner');
    await s.member('p1@example.com', (m) => m.job_title === point);
    await until('acknowledged', () => s.redis.cli('xpending', '{hrisd:0}:changes', 'provisioners')
      .startsWith('0'));
    await next.stop();
  }
  assert.equal((await s.members()).length, 1);
  assert.equal(s.redis.cli('xlen', '{hrisd:0}:dead'), '0');
  assert.deepEqual(outcomesOf(s, sender.connection), ['created', 'updated', 'updated', 'updated']);
});
