// One connection that sends too much is put off, and nobody else notices.
import test from 'node:test';
import assert from 'node:assert/strict';
import { System, employee, sleep, until } from './harness.mjs';

const TRIES = 200; // within a second or so; a slow machine needs a few more

// One webhook after the other: the 202s before the first that is not.
async function untilRefused(sender, first) {
  for (let taken = 0; taken < TRIES; taken++) {
    const request = sender.request(employee(first + taken));
    const answer = await sender.post(request);
    if (answer.status !== 202) return { taken, answer, request };
  }
  throw new Error(`none of ${TRIES} was refused`);
}

test('past its rate a connection gets 429 and a Retry-After that is true', async (t) => {
  const s = await System.start(t,
    { HRISD_RECEIVERS: '1', HRISD_WEBHOOK_RATE: '1', HRISD_WEBHOOK_BURST: '3' });
  const [busy, other] = [await s.standard('Busy'), await s.standard('Other')];
  const redis = s.redis.client();

  const { taken, answer, request } = await untilRefused(busy, 100);
  assert.ok(taken >= 3, `only ${taken} were taken`);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  const problem = JSON.parse(answer.text);
  assert.equal(problem.title, 'Too Many Requests');
  assert.match(problem.detail, /Retry-After/);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(await redis.xlen('{hrisd:0}:changes'), taken, 'nothing of it is stored');

  assert.equal((await other.send(employee(1))).status, 202, 'others do not notice');
  assert.equal(await s.metric('hrisd_webhooks_total{result="limited"}'), 1);

  await sleep(Number(answer.headers.get('retry-after')) * 1000);
  assert.equal((await busy.post(request)).status, 202, 'under the same id');
  await s.member(`p${100 + taken}@example.com`);

  await untilRefused(busy, 200);
  const said = s.hrisd.text().match(/more webhooks than webhook-rate allows.*/g);
  assert.equal(said.length, 1, 'said once a minute');
  assert.ok(said[0].includes(busy.connection));
});

test('what is not genuine uses nothing up, and its flood reaches Redis no more', async (t) => {
  const s = await System.start(t,
    { HRISD_RECEIVERS: '1', HRISD_WEBHOOK_RATE: '1', HRISD_WEBHOOK_BURST: '3' });
  const sender = await s.standard();
  await until('known', async () => (await sender.send(employee(1))).status === 202);
  const forged = { ...sender.request(employee(2)) };
  forged.text += ' ';
  const asked = async () => Number(/cmdstat_hget:calls=(\d+)/
    .exec(await s.redis.client().info('commandstats'))?.[1] ?? 0);
  const before = await asked();
  const statuses = {};

  // More than may be asked about, in any time that this takes.
  await until('no more questions', async () => {
    for (const { status, headers } of await Promise.all(
      Array.from({ length: 100 }, () => sender.post(forged)))) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 503) assert.ok(Number(headers.get('retry-after')) >= 1);
    }
    return statuses[503];
  });
  assert.deepEqual(Object.keys(statuses), ['401', '503'], 'never more than not verified');
  assert.ok(await asked() - before <= statuses[401]);
  assert.equal(await s.metric('hrisd_webhooks_total{result="unchecked"}'), statuses[503]);
  assert.equal((await sender.send(employee(3))).status, 202, 'a genuine one is taken');
});
