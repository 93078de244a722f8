// R1, R10 to R13: who is who, by which email, from which day on.
import assert from 'node:assert/strict';
import { cases } from './cases.mjs';

const it = cases();

const lost = (c) => c.fault({ lost_percent: 100 }, 'webhooks');
const here = async (c) => (await c.who()).reverse(); // those first who lead nobody
// Of its lists, BambooHR's newest has no employee numbers.
const withNumbers = (provider) => ({ provider,
  settings: provider === 'bamboohr' ? { source: 'dataset' } : {} });
const kinds = (c) => c.tasks().map((t) => t.kind);
const day = (ahead) => new Date(Date.now() + ahead * 86400000).toISOString().slice(0, 10);

// --------------------------------------------------------------- coming back

// The same person twice in a list, in whichever order.
const orders = { 'the old record first': {}, 'the new one first': { reverse_list: true } };

for (const provider of ['bamboohr', 'hibob', 'rippling']) {
  it(`R10 a rehire with the same id is the same member (${provider})`, { provider }, async (c) => {
    const [n] = await here(c);
    const m = await c.member(n);
    await lost(c);
    await c.act('depart', n);
    await c.done();
    assert.equal((await c.byId(m.id)).status, 'deactivated');
    await c.act('rehire', n, { as: 'same' });
    await c.done();
    const back = await c.byId(m.id);
    assert.equal(back.status, 'pending_role');
    assert.equal(back.job_title, m.job_title);
  });
}

for (const [order, fault] of Object.entries(orders)) {
  for (const provider of ['bamboohr', 'csv', 'workday']) {
    it(`R10 a rehire with a new id is the same member, ${order} (${provider})`, withNumbers(provider),
      async (c) => {
        const [n] = await here(c);
        const m = await c.member(n);
        const { length } = await c.members();
        await lost(c);
        await c.act('depart', n);
        await c.done();
        const { person } = await c.act('rehire', n, { as: 'new_id' });
        assert.notEqual(person, n);
        await c.fault(fault);
        for (const kind of ['full', 'reconcile']) {
          await c.done(kind);
          assert.equal((await c.byId(m.id)).status, 'pending_role');
          assert.equal((await c.members()).length, length);
          assert.deepEqual(c.tasks(), []);
        }
      });
  }

  it(`R10 a rehire with a new id and number is for somebody to look at, ${order}`, {}, async (c) => {
    const [n] = await here(c);
    const m = await c.member(n);
    const { length } = await c.members();
    await lost(c);
    await c.act('depart', n);
    await c.done();
    await c.act('rehire', n, { as: 'new_number' });
    await c.fault(fault);
    await c.done();
    assert.equal((await c.byId(m.id)).status, 'deactivated');
    assert.equal((await c.members()).length, length);
    assert.deepEqual(c.tasks().map((t) => [t.kind, t.member]), [['identity_review', m.id]]);
  });

  for (const provider of ['bamboohr', 'hibob', 'csv']) {
    it(`R10 contractor to employee on one day, ${order} (${provider})`, withNumbers(provider), async (c) => {
      const [n] = await here(c);
      const { employee_number } = await c.person(n);
      const m = await c.member(n);
      const { length } = await c.members();
      await lost(c);
      const { person } = await c.act('convert', n);
      await c.change(person, { employee_number, job_title: 'Employee Now' });
      await c.fault(fault);
      for (const kind of ['full', 'full', 'reconcile']) {
        await c.done(kind);
        const now = await c.byId(m.id);
        assert.equal(now.status, 'pending_role');
        assert.equal(now.job_title, 'Employee Now');
        assert.equal((await c.members()).length, length);
        assert.deepEqual(c.tasks(), []);
      }
    });
  }

  it(`R10 contractor to employee under a new number, ${order}: for somebody to look at`, {},
    async (c) => {
      const [n] = await here(c);
      const m = await c.member(n);
      const { length } = await c.members();
      await lost(c);
      await c.act('convert', n);
      await c.fault(fault);
      for (const kind of ['full', 'reconcile']) {
        await c.done(kind);
        assert.equal((await c.members()).length, length);
        assert.equal((await c.byId(m.id)).status, 'deactivated');
        assert.deepEqual(c.tasks().map((t) => [t.kind, t.member]), [['identity_review', m.id]]);
      }
    });
}

for (const provider of ['bamboohr', 'workday', 'rippling']) {
  it(`R10 a vendor that gives everybody a new id: the same members (${provider})`, withNumbers(provider),
    async (c) => {
      const before = await c.members();
      await lost(c);
      await c.act('new_ids');
      for (const kind of ['full', 'full', 'reconcile']) {
        await c.done(kind);
        assert.deepEqual((await c.members()).map((m) => [m.id, m.email, m.status]),
          before.map((m) => [m.id, m.email, m.status]));
        assert.deepEqual(c.tasks(), []);
      }
      await c.change(1, { job_title: 'By The New Id' });
      await c.done();
      assert.equal((await c.member(1)).job_title, 'By The New Id');
    });
}

// By number, or where the first vendor told none, by email.
for (const [first, kind] of [['hibob', 'identity_review'], ['bamboohr', 'email_taken']]) {
  it(`R1 R18 another vendor with the same people: nobody is doubled or taken over (${first})`,
    { provider: first }, async (c) => {
      const before = await c.members();
      c.provider = 'humaans';
      c.connection = await c.connect('humaans');
      await c.enable();
      assert.deepEqual(await c.members(), before);
      const tasks = c.tasks();
      assert.deepEqual([...new Set(tasks.map((t) => t.kind))], [kind]);
      assert.deepEqual(tasks.map((t) => t.member).sort(), before.map((m) => m.id).sort());
    });
}

// -------------------------------------------------------------------- email

for (const [order, fault] of Object.entries({ ...orders, 'by webhook': null })) {
  for (const provider of fault ? ['bamboohr', 'csv'] : ['standard', 'merge']) {
    it(`R11 two people who swap emails both end right, ${order} (${provider})`, { provider },
      async (c) => {
        for (const n of [1, 2]) await c.change(n, { job_title: `Person ${n}` });
        if (fault) await c.done();
        await c.settled();
        const [a, b] = [await c.member(1), await c.member(2)];
        if (fault) await lost(c);
        await c.act('swap_emails', 1, { with: 2 });
        if (fault) await c.fault(fault);
        if (fault) await c.done();
        await c.settled();
        assert.equal((await c.byId(a.id)).email, b.email);
        assert.equal((await c.byId(b.id)).email, a.email);
        assert.deepEqual(c.tasks(), []);
      });
  }
}

it('R11 the email of somebody inactive: a colleague gets it, a new person waits', {}, async (c) => {
  const [gone, other] = await here(c);
  const [m, colleague] = [await c.member(gone), await c.member(other)];
  await lost(c);
  await c.act('depart', gone);
  await c.done();
  await c.hire({ email: m.email });
  const { length } = await c.members();
  await c.done();
  assert.equal((await c.members()).length, length);
  assert.deepEqual(c.tasks().map((t) => [t.kind, t.member]), [['identity_review', m.id]]);
  assert.equal((await c.byId(m.id)).status, 'deactivated');
  assert.equal((await c.byId(m.id)).job_title, m.job_title);

  await c.change(other, { email: m.email });
  await c.done();
  const now = await c.byId(colleague.id);
  assert.equal(now.email, m.email);
  assert.notEqual(now.status, 'deactivated');
});

for (const provider of ['bamboohr', 'hibob']) {
  it(`R11 two people, one email: the first keeps it, the rest applies (${provider})`, { provider },
    async (c) => {
      const [a, b] = await here(c);
      const [first, second] = [await c.member(a), await c.member(b)];
      await lost(c);
      await c.change(b, { email: first.email, job_title: 'Waits' });
      const { person: hired } = await c.hire({ email: first.email });
      const { length } = await c.members();
      await c.done();
      const held = await c.byId(second.id);
      assert.equal(held.email, second.email);
      assert.equal(held.job_title, 'Waits');
      assert.equal((await c.byId(first.id)).email, first.email);
      assert.equal((await c.members()).length, length);
      assert.deepEqual(kinds(c), ['email_taken', 'email_taken']);

      // Who is linked comes before who is not there yet.
      await c.change(a, { email: 'moved@example.com' });
      await c.done();
      assert.equal((await c.byId(first.id)).email, 'moved@example.com');
      assert.equal((await c.byId(second.id)).email, first.email);
      await c.change(hired, { email: 'own@example.com' });
      await c.done();
      assert.ok(await c.byEmail('own@example.com'));
      assert.deepEqual(c.tasks(), []);
    });
}

for (const provider of ['bamboohr', 'hibob', 'csv', 'rippling']) {
  it(`R11 no email is no error, and a member once it is there (${provider})`, { provider },
    async (c) => {
      const { length } = await c.members();
      await lost(c);
      const { person } = await c.hire({ email: null });
      await c.done();
      assert.equal((await c.members()).length, length);
      assert.deepEqual(await c.outcomes(person), ['waiting']);
      assert.deepEqual(c.tasks(), []);
      await c.change(person, { email: 'Late@Example.com' });
      await c.done();
      assert.equal((await c.members()).length, length + 1);
      assert.equal((await c.byEmail('late@example.com')).status, 'pending_role');
      await c.change(person, { email: null }); // nobody can be reached without one
      await c.done();
      assert.ok(await c.byEmail('late@example.com'));
    });
}

// -------------------------------------------------------------------- dates

// The company's clock stands before a midnight in Auckland that has come by
// hrisd's, and is then put past it: in San Francisco it is still the last day.
const parts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland', hourCycle: 'h23',
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  second: '2-digit' });

function auckland(ms) {
  const p = Object.fromEntries(parts.formatToParts(ms).map(({ type, value }) => [type, value]));
  return { date: `${p.year}-${p.month}-${p.day}`,
    since: ((+p.hour * 60 + +p.minute) * 60 + +p.second) * 1000 };
}

const now = Date.now();
const { date, since } = auckland(now);
const midnight = Math.floor(now / 1000) * 1000 - since;

for (const provider of ['hibob', 'csv', 'bamboohr']) {
  it(`R12 a leaver across midnight in Auckland leaves then, and no sooner (${provider})`,
    { provider, sandbox: ['--clock', new Date(midnight - 3 * 3600000).toISOString()] }, async (c) => {
      const [near, far] = await here(c);
      await lost(c);
      await c.change(near, { location: 'Auckland, New Zealand' });
      await c.change(far, { location: 'San Francisco, US' });
      const before = [await c.member(near), await c.member(far)];
      for (const n of [near, far]) await c.act('depart', n, { on: date });
      const statuses = () => Promise.all(before.map(async (m) => (await c.byId(m.id)).status));
      await c.done();
      assert.deepEqual(await statuses(), ['pending_role', 'pending_role']);
      await c.ask('POST', 'clock', { advance_ms: 6 * 3600000 });
      assert.equal((await c.person(near)).status, 'departed');
      assert.equal((await c.person(far)).status, 'active');
      await c.done();
      assert.deepEqual(await statuses(), ['deactivated', 'pending_role']);
    });
}

for (const [provider, settings] of [['bamboohr'], ['hibob'], ['rippling'], ['csv'], ['workday'],
  ['workday', { read_by: 'soap' }]]) {
  const how = settings?.read_by ?? 'list';
  it(`R12 an upcoming hire that is rescinded never begins (${provider}, ${how})`,
    { provider, settings }, async (c) => {
      await lost(c);
      const { person } = await c.hire({ email: 'soon@example.com', start_date: day(10) });
      await c.done();
      const m = await c.byEmail('soon@example.com');
      assert.equal(m.status, 'upcoming');
      await c.act('depart', person);
      await c.done();
      assert.equal((await c.byId(m.id)).status, 'deactivated');
      await c.ask('POST', 'clock', { advance_ms: 12 * 86400000 });
      await c.done('reconcile');
      assert.equal((await c.byId(m.id)).status, 'deactivated');
    });
}

// ------------------------------------------------------------------- status

for (const provider of ['hibob', 'csv', 'rippling', 'workday']) {
  it(`R13 a status word that nobody mapped changes nothing, and is told once (${provider})`,
    { provider }, async (c) => {
      const [a, b, left] = await here(c);
      await lost(c);
      await c.act('depart', left);
      await c.done();
      const { status } = await c.member(a);
      const gone = await c.member(left);
      for (const n of [a, b, left]) await c.act('status_word', n, { word: 'Secondment' });
      const { person } = await c.hire({ email: 'new@example.com' });
      await c.act('status_word', person, { word: 'Secondment' });
      await c.change(a, { job_title: 'On Secondment' });
      for (const kind of ['full', 'reconcile']) {
        await c.done(kind);
        assert.equal((await c.member(a)).status, status);
        assert.equal((await c.member(a)).job_title, 'On Secondment');
        assert.equal((await c.member(b)).status, status);
        assert.equal((await c.byId(gone.id)).status, 'deactivated');
        assert.equal(await c.byEmail('new@example.com'), undefined);
        assert.deepEqual(c.tasks().map((t) => [t.kind, t.word]), [['unknown_status', 'Secondment']]);
      }
      await c.act('status_word', person, { word: '' });
      await c.done();
      assert.equal((await c.byEmail('new@example.com')).status, 'pending_role');
    });
}
