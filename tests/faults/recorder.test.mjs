// What the checker is given is what was there: through deaths of Redis, and
// although somebody trims what every group has seen.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { RedisServer, until } from '../system/harness.mjs';
import { changeId } from './event.mjs';
import { Recorder } from './recorder.mjs';

const KEY = '{hrisd:0}:changes';

async function setUp(t) {
  const dir = mkdtempSync(join(tmpdir(), 'hrisd-recorder-'));
  const redis = new RedisServer(dir);
  t.after(async () => {
    await redis.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  await redis.start();
  const recorder = new Recorder(redis.socket);
  t.after(() => recorder.close());
  await recorder.start();
  const client = new Redis(redis.socket, { maxRetriesPerRequest: 1,
    retryStrategy: () => 20 });
  client.on('error', () => {});
  t.after(() => client.disconnect());
  return { redis, recorder, client };
}

const event = (i) => ({ organization: 'o', connection: 'c', kind: 'state', version: i,
  id: 'as named', person: { id: String(i), email: `${i}@example.com` } });

test('every entry once, whenever Redis dies', async (t) => {
  const { redis, recorder, client } = await setUp(t);
  let added = 0;
  for (let life = 0; life < 3; life++) {
    await until('redis', async () => (await client.ping()) === 'PONG');
    for (let i = 0; i < 3000; i += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, k) =>
        client.xadd(KEY, '*', 'event', JSON.stringify(event(added + k)))));
      added += 500;
    }
    await redis.stop('SIGKILL');
    await redis.start();
  }
  const { stream } = await recorder.finish();
  assert.equal(stream.length, added);
  assert.equal(new Set(stream.map((e) => e.entry)).size, added);
  assert.deepEqual(new Set(stream.map((e) => e.change)),
    new Set(Array.from({ length: added }, (_, i) => changeId(event(i)))));
  assert.equal(stream[0].named, 'as named');
});

test('its group lags until it has seen, and what is no event has an own name', async (t) => {
  const { recorder, client } = await setUp(t);
  await client.xadd(KEY, '*', 'event', 'not JSON');
  await client.xadd(KEY, '*', 'other', '{}');
  const last = await client.xadd(KEY, '*', 'event', JSON.stringify(event(1)));
  await until('seen', async () => (await recorder.groupState('checker')).behind === 0);
  assert.equal(recorder.cursor, last);
  const { stream } = await recorder.finish();
  assert.equal(stream[0].change, `entry ${stream[0].entry}`);
  assert.equal(new Set(stream.map((e) => e.change)).size, 3);
});

test('pending and not delivered are told apart', async (t) => {
  const { recorder, client } = await setUp(t);
  await client.xgroup('CREATE', KEY, 'g', '0');
  for (let i = 0; i < 5; i++) await client.xadd(KEY, '*', 'event', JSON.stringify(event(i)));
  await client.xreadgroup('GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', KEY, '>');
  assert.deepEqual(await recorder.groupState('g'), { pending: 2, behind: 3 });
  const start = performance.now();
  assert.deepEqual(await recorder.drained('g', 300), { pending: 2, behind: 3 });
  assert.ok(performance.now() - start >= 300);
  await client.xreadgroup('GROUP', 'g', 'c', 'STREAMS', KEY, '>');
  const all = (await client.xrange(KEY, '-', '+')).map(([id]) => id);
  await client.xack(KEY, 'g', ...all);
  assert.deepEqual(await recorder.drained('g', 5000), { pending: 0, behind: 0 });
});
