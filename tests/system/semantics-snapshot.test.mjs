// R7, R8, R9, R16: when a list is believed, and what follows for who is not in
// it, or is said to have left.
import assert from 'node:assert/strict';
import { cases } from './cases.mjs';

const it = cases();

// A list that cannot be believed, why, and by whom. Where everybody is in it
// all the same, what it says of them applies.
const incomplete = {
  'an empty 200': { fault: { empty_list: true }, why: /nobody came/,
    of: ['bamboohr', 'hibob', 'csv'] },
  'half the pages': { fault: { half_list: true }, why: /fewer than 80 % of the 30|has 31 people, and 15 came/,
    of: ['bamboohr', 'rippling', 'csv'] },
  'a repeated cursor': { fault: { repeat_cursor: true }, why: /a page again/, people: 260,
    of: ['rippling', 'merge'] },
  'a list that begins again': { fault: { looping: true }, why: /a page again/, people: 260, whole: true,
    of: ['rippling', 'merge'] },
  'a total that differs from what came': { fault: { wrong_total: 3 }, whole: true,
    why: /says that it has \d+ people, and 31 came/, of: ['bamboohr', 'humaans'] },
  'a filter narrowed by 30 %': { fault: { hidden_percent: 30 }, people: 120,
    why: /fewer than 80 % of the 120/, of: ['bamboohr', 'hibob', 'workday'] },
  'a field suddenly empty for everyone': { fault: { blank_field: 'department' }, whole: true,
    why: /field department, which most people had, is empty/, of: ['bamboohr', 'hibob', 'csv'] },
};

const lost = (c) => c.fault({ lost_percent: 100 }, 'webhooks');

async function refused(c, why) {
  const run = await c.sync();
  assert.equal(run.status, 'refused', JSON.stringify(run));
  assert.match(run.error, why);
  assert.match(run.summary, /looked incomplete.*nobody counts as missing/);
  assert.equal(run.proof.accepted, false);
  assert.equal(run.counts.absent, 0);
}

for (const [what, { fault, why, people, whole, of }] of Object.entries(incomplete)) {
  for (const provider of of) {
    it(`R7 ${what}: refused, nobody is missing (${provider})`, { provider, people }, async (c) => {
      const before = await c.members();
      assert.ok(before.length > 20);
      await lost(c);
      await c.hire({ email: 'new@example.com' });
      await c.change(1, { job_title: 'By Poll' });
      await c.fault(fault);
      await refused(c, why);
      if (whole) {
        assert.ok(await c.byEmail('new@example.com'));
        assert.equal((await c.member(1)).job_title, 'By Poll');
      }
      await refused(c, why); // it is no measure for the next
      assert.equal(await c.deactivated(), 0);

      await c.calm();
      const run = await c.done();
      assert.equal(run.proof.accepted, true);
      assert.equal(run.counts.absent, 0);
      const after = await c.members();
      assert.equal(after.length, before.length + 1);
      assert.deepEqual(after.filter((m) => m.status === 'deactivated'), []);
      assert.equal((await c.member(1)).job_title, 'By Poll');
    });
  }
}

it('R7 R16 a credential revoked between two pages: it fails, and nobody is missing',
  { provider: 'rippling', people: 260 }, async (c) => {
    await lost(c);
    await c.change(1, { job_title: 'On The First Page' });
    await c.change(250, { job_title: 'On The Last' });
    await c.fault({ after: 1, revoked: true });
    const run = await c.sync();
    assert.equal(run.status, 'failed', JSON.stringify(run));
    assert.match(run.error, /credentials/);
    assert.equal(run.counts.absent, 0);
    assert.equal((await c.member(1)).job_title, 'On The First Page');
    assert.notEqual((await c.member(250)).job_title, 'On The Last');

    await c.calm();
    const { rippling } = await c.ask('GET', 'credentials');
    await c.at('PATCH', '', { credentials: { api_token: rippling.token } });
    const next = await c.done();
    assert.equal(next.counts.absent, 0);
    assert.equal((await c.member(250)).job_title, 'On The Last');
    assert.equal(await c.deactivated(), 0);
  });

for (const provider of ['rippling', 'workday']) {
  it(`R16 a storm of 429 is waited out (${provider})`, { provider, people: 220 }, async (c) => {
    await lost(c);
    const { apis: before } = await c.ask('GET', 'state');
    await c.change(1, { job_title: 'After The Storm' });
    await c.fault({ throttle_percent: 100, retry_after_s: 1, times: 2 });
    const run = await c.done();
    assert.equal(run.counts.absent, 0);
    assert.equal(run.proof.people, 220);
    assert.equal((await c.member(1)).job_title, 'After The Storm');
    const { apis } = await c.ask('GET', 'state');
    assert.equal(apis[provider].refused - before[provider].refused, 2);
  });
}

// --------------------------------------------------------- who is missing

it('R8 6 % missing at once from a complete list is a fact, and nobody departs',
  { people: 220 }, async (c) => {
    const before = await c.members();
    await lost(c);
    await c.ask('POST', 'act', { action: 'delete', percent: 6 });
    await c.settled();
    await c.hire({ email: 'new@example.com' });
    await c.change(0, { job_title: 'Still Here' });
    const { people } = await c.ask('GET', 'state');
    const gone = 221 - people.total;
    assert.ok(gone > 10);

    const run = await c.done();
    assert.equal(run.counts.absent, gone, JSON.stringify(run));
    assert.equal(run.proof.people, 221 - gone);
    assert.equal(run.proof.before, 220);
    const after = await c.members();
    assert.equal(after.length, before.length + 1);
    assert.deepEqual(after.filter((m) => m.status === 'deactivated'), []);
    assert.ok(await c.byEmail('new@example.com'));
    assert.equal((await c.member(0)).job_title, 'Still Here');
    assert.equal((await c.outcomes()).filter((o) => o === 'absent').length, gone);
  });

it('R8 2 % an hour missing for 8 hours: each list is accepted, each absence told three times',
  { provider: 'hibob', people: 100 }, async (c) => {
    const before = (await c.members()).length;
    await lost(c);
    let people = 100, told = 0;
    for (let hour = 1; hour <= 8; hour++) {
      await c.ask('POST', 'clock', { advance_ms: 3600000 });
      await c.ask('POST', 'act', { action: 'delete', count: 2 });
      await c.settled();
      await c.hire({ email: `hour${hour}@example.com` });
      const run = await c.done();
      assert.equal(run.proof.people, people -= 1);
      told += run.counts.absent;
      assert.ok(await c.byEmail(`hour${hour}@example.com`));
    }
    assert.equal(told, 6 * 2 * 3 + 2 * 2 + 2);
    assert.equal(await c.deactivated(), 0);
    assert.equal((await c.members()).length, before + 8);
  });

// ----------------------------------------------------------- who has left

it('R8 R9 6 % of a hundred leave at once: they alone, and hires are not held up',
  { provider: 'rippling', people: 100 }, async (c) => {
    const before = await c.members();
    await lost(c);
    const { count } = await c.ask('POST', 'act', { action: 'depart', percent: 6 });
    await c.settled();
    await c.hire({ email: 'new@example.com' });
    const run = await c.done();
    assert.equal(run.counts.absent, 0);
    const after = await c.members();
    assert.equal(after.length, before.length + 1);
    const changed = after.filter((m) => before.some((b) => b.id === m.id && b.status !== m.status));
    assert.equal(changed.length, count);
    assert.ok(changed.every((m) => m.status === 'deactivated'));
  });

it('R9 an admin among the leavers stays, and a task says so', { provider: 'hibob' }, async (c) => {
  const [, admin, other] = (await c.who()).reverse();
  const m = await c.member(admin);
  c.decide(m, 'guarded = 1');
  await lost(c);
  await c.act('depart', admin);
  await c.act('depart', other);
  await c.done();
  assert.equal((await c.member(admin)).status, m.status);
  assert.equal((await c.member(other)).status, 'deactivated');
  assert.deepEqual(c.tasks().map((t) => [t.kind, t.member]), [['protected_departure', m.id]]);
  await c.done('reconcile');
  assert.equal((await c.member(admin)).status, m.status);
  assert.equal(c.tasks().length, 1);

  await c.act('rehire', admin);
  await c.done();
  assert.deepEqual(c.tasks(), []);
});

it('R7 R8 a run that was refused deactivates who it says has left, and no other', { people: 120 },
  async (c) => {
    await lost(c);
    const leaver = (await c.who()).at(-1);
    await c.act('depart', leaver);
    await c.fault({ wrong_total: 3 });
    await refused(c, /says that it has/);
    assert.equal((await c.member(leaver)).status, 'deactivated');
    assert.equal(await c.deactivated(), 1);
  });
