// The main job by the standard provider: a signed record becomes a member.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Webhook as SvixWebhook } from 'svix';
import { System, employee, until } from './harness.mjs';

test('a signed full record becomes a member that waits for a role', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();

  const answer = await sender.send(employee(1, { preferred_name: 'Pe' }));
  assert.equal(answer.status, 202);
  const member = await s.member('p1@example.com');
  assert.equal(member.status, 'pending_role');
  assert.deepEqual(member.roles, []);
  assert.equal(member.first_name, 'Person');
  assert.equal(member.department, 'Engineering');
  assert.equal(member.seniority_level, 'IC3');

  await sender.send(employee(1, { job_title: 'Staff Engineer', department: null }));
  const changed = await s.member('p1@example.com', (m) => m.job_title === 'Staff Engineer');
  assert.equal(changed.id, member.id);
  assert.equal(changed.department, null);

  await sender.send(employee(1, { status: 'departed' }, 'employee.departed'));
  await s.member('p1@example.com', (m) => m.status === 'deactivated');
  await sender.send(employee(1, { status: 'active' }));
  await s.member('p1@example.com', (m) => m.status === 'pending_role');
});

test('the svix package signs as well', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const { id, text, headers } = sender.request(employee(2));
  const at = new Date();
  const answer = await sender.post({ text, headers: { 'content-type': 'application/json',
    'svix-id': id, 'svix-timestamp': String(Math.floor(at / 1000)),
    'svix-signature': new SvixWebhook(sender.secret).sign(id, at, text) } });

  assert.ok(headers['webhook-signature']);
  assert.equal(answer.status, 202);
  await s.member('p2@example.com');
});

test('what is not genuine is refused alike, and nothing of it is stored', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const good = sender.request(employee(3));
  const old = sender.request(employee(3), { at: new Date(Date.now() - 6 * 60000) });
  const future = sender.request(employee(3), { at: new Date(Date.now() + 6 * 60000) });
  const without = (name) => ({ ...good, headers: Object.fromEntries(
    Object.entries(good.headers).filter(([k]) => k !== name)) });
  const altered = [
    old,
    future,
    { ...good, text: good.text.replace('Number 3', 'Number 4') },
    { ...good, headers: { ...good.headers, 'webhook-id': 'msg_other' } },
    { ...good, headers: { ...good.headers, 'webhook-signature': 'v1,AAAA' } },
    without('webhook-id'),
    without('webhook-timestamp'),
    without('webhook-signature'),
  ];
  const bodies = new Set();

  for (const request of altered) {
    const answer = await sender.post(request);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    bodies.add(answer.text);
  }
  assert.equal(bodies.size, 1, 'a sender learns nothing from the answer');
  const redis = s.redis.client();
  assert.equal(await redis.xlen('{hrisd:0}:changes'), 0);
  assert.equal((await s.members()).length, 0);
});

test('one id a hundred times at once is one entry, and each gets its 2xx', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const request = sender.request(employee(4));
  const answers = await Promise.all(Array.from({ length: 100 }, () => sender.post(request)));
  const redis = s.redis.client();

  assert.deepEqual([...new Set(answers.map((a) => a.status))], [202]);
  const entries = await redis.xrange('{hrisd:0}:changes', '-', '+');
  assert.equal(entries.length, 1);
  assert.equal(JSON.parse(entries[0][1][1]).person.id, '4');
  const once = await redis.keys('{hrisd:0}:once:*');
  assert.equal(once.length, 1);
  assert.ok(await redis.pttl(once[0]) > 75.9 * 3600 * 1000);
  assert.equal(await s.metric('hrisd_webhooks_total{result="accepted"}'), 1);
  assert.equal(await s.metric('hrisd_webhooks_total{result="duplicate"}'), 99);
});

test('a used id with another body is not swallowed', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();

  assert.equal((await sender.send(employee(5), { id: 'msg_same' })).status, 202);
  assert.equal((await sender.send(employee(6), { id: 'msg_same' })).status, 202);
  await s.member('p5@example.com');
  await s.member('p6@example.com');
});

test('a thousand records in one body are all or none', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const events = Array.from({ length: 1000 }, (_, i) => employee(1000 + i));
  const redis = s.redis.client();

  assert.equal((await sender.send({ events })).status, 202);
  assert.equal(await redis.xlen('{hrisd:0}:changes'), 1000);
  await until('all members', async () =>
    (await s.metric('hrisd_changes_total{outcome="created"}')) === 1000);

  const bad = [employee(1), employee(2), { ...employee(3), data: { status: 'active' } }];
  assert.equal((await sender.send({ events: bad })).status, 400);
  assert.equal(await redis.xlen('{hrisd:0}:changes'), 1000, 'none of a bad batch');
});

test('a malformed body is refused with what is wrong, and no value of it', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const person = { first_name: 'Canarywoman', email: 'canary.mail@example.com' };
  const good = employee(1, person);
  const rows = [
    ['{"data":{"first_name":"Canarywoman"', /byte 35: the JSON text ends too early/],
    ['{"data":{"first_name":Canarywoman}}', /byte 22: a value is expected/],
    ['{"first_name":"Canarywoman","first_name":"Canarywoman"}', /was there before/],
    [{ data: person }, /none of the shapes that Standard push sends/],
    [{ ...good, timestamp: 'Canarywoman' }, /time is not one of RFC 3339/],
    [employee(1, { ...person, status: undefined }), /the record has no status/],
    [employee(1, { ...person, version: 'Canarywoman' }), /version is neither an integer/],
    [employee('Canarywoman'.repeat(50), person), /id of 1 to \d+ bytes/],
    [{ events: [employee(2), { ...good, data: person }] }, /event 1: .*no .*id/],
  ];

  for (const [body, wanted] of rows) {
    const answer = await sender.send(body);
    assert.equal(answer.status, 400, String(wanted));
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    const problem = JSON.parse(answer.text);
    assert.equal(problem.status, 400);
    assert.match(problem.detail, wanted);
    assert.ok(!/canary/i.test(answer.text + s.hrisd.text()), answer.text);
  }
  const many = await sender.send({ events: Array.from({ length: 1001 }, () => ({})) });
  assert.equal(many.status, 413);
  const redis = s.redis.client();
  for (const stream of ['changes', 'dead'])
    assert.equal(await redis.xlen(`{hrisd:0}:${stream}`), 0, stream);
  assert.equal(await s.metric('hrisd_webhooks_total{result="malformed"}'), rows.length + 1);
  assert.equal((await sender.send(good)).status, 202, 'a bad body takes no id');
});

test('two secrets live during a rotation', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();
  const next = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const changed = await s.api('PATCH', `connections/${sender.connection}`,
    { credentials: { webhook_secret: next } });

  assert.equal(changed.status, 200);
  assert.ok(!JSON.stringify(changed.body).includes(next), 'secrets never come back');
  const rotated = new sender.constructor(sender.url, next, sender.connection);
  await until('the new secret', async () =>
    (await rotated.send(employee(8))).status === 202);
  assert.equal((await sender.send(employee(9))).status, 202, 'the old one still');
});

test('a connection that is not enabled takes nothing', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();

  assert.equal((await s.api('POST', `connections/${sender.connection}/disable`)).status, 200);
  await until('refused', async () => (await sender.send(employee(10))).status === 403);
  assert.equal((await s.api('POST', `connections/${sender.connection}/enable`)).status, 202);
  await until('taken', async () => (await sender.send(employee(10))).status === 202);
});

test('the plan decides (R20)', async (t) => {
  const s = await System.start(t, {}, { plan: 'starter' });
  const answer = await s.api('POST', 'connections', { provider: 'standard', name: 'x',
    credentials: { webhook_secret: `whsec_${Buffer.alloc(32).toString('base64')}` } });

  assert.equal(answer.status, 403);
  assert.match(answer.body.detail, /Growth/i);
});
