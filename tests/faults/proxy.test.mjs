// The proxy does what it says, and nothing else: a real Redis behind it, a
// client that is not ours before it.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { RedisServer, until } from '../system/harness.mjs';
import { Proxy } from './proxy.mjs';
import { Random } from './random.mjs';
import { Resp, wordsOf } from './resp.mjs';

async function setUp(t) {
  const dir = mkdtempSync(join(tmpdir(), 'hrisd-proxy-'));
  const redis = new RedisServer(dir, { appendonly: 'no' });
  const proxy = new Proxy(redis.socket, new Random(1));
  t.after(async () => {
    await proxy.stop();
    await redis.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  await redis.start();
  await proxy.start();
  const client = new Redis(proxy.port, '127.0.0.1', { maxRetriesPerRequest: 0,
    retryStrategy: () => 10, enableReadyCheck: false });
  client.on('error', () => {});
  t.after(() => client.disconnect());
  await until('connected', () => client.status === 'ready');
  return { redis, proxy, client };
}

test('messages are found however the bytes are cut', () => {
  const wire = Buffer.from('*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n+OK\r\n$-1\r\n*-1\r\n' +
    '*2\r\n*1\r\n:7\r\n$0\r\n\r\n-ERR x\r\n');
  const whole = new Resp().push(wire).map(String);
  assert.equal(whole.length, 6);
  assert.deepEqual(wordsOf(Buffer.from(whole[0])), ['ECHO', '\r\n']);
  for (let cut = 1; cut < wire.length; cut++) {
    const r = new Resp();
    const parts = [...r.push(wire.subarray(0, cut)), ...r.push(wire.subarray(cut))];
    assert.deepEqual(parts.map(String), whole);
  }
});

test('with no rule it is not there', async (t) => {
  const { client } = await setUp(t);
  const values = Array.from({ length: 200 }, (_, i) => 'x'.repeat(i * 37));
  await Promise.all(values.map((v, i) => client.set(`k${i}`, v)));
  assert.deepEqual(await client.mget(values.map((_, i) => `k${i}`)), values);
});

test('sliced and gathered replies are the same replies', async (t) => {
  const { proxy, client } = await setUp(t);
  const long = 'y'.repeat(100000);
  for (const rule of [{ slice: 1 }, { slice: 3 }, { gather: 20 }, { latency: 5, jitter: 10 }]) {
    proxy.rule = rule;
    await client.set('k', long);
    const got = await Promise.all(Array.from({ length: 50 }, (_, i) =>
      i % 10 ? client.echo(String(i)) : client.get('k')));
    got.forEach((v, i) => assert.equal(v, i % 10 ? String(i) : long));
  }
});

test('latency is felt', async (t) => {
  const { proxy, client } = await setUp(t);
  proxy.rule = { latency: 60 };
  const start = performance.now();
  await client.ping();
  assert.ok(performance.now() - start >= 59);
});

test('a dropped reply: done, and nobody knows', async (t) => {
  const { redis, proxy, client } = await setUp(t);
  await client.ping();
  proxy.rule = { drop: 0 };
  await assert.rejects(client.set('done', 'yes'));
  proxy.rule = {};
  await until('set', () => redis.cli('get', 'done') === 'yes');
  assert.equal(proxy.seen.drops > 0, true);
});

test('a reply is cut in the middle', async (t) => {
  const { proxy, client } = await setUp(t);
  await client.set('k', 'z'.repeat(1000));
  proxy.rule = { cut: 500 };
  await assert.rejects(client.get('k'));
  proxy.rule = {};
  await until('again', async () => (await client.get('k')) === 'z'.repeat(1000));
  assert.equal(proxy.seen.cuts > 0, true);
});

test('errors stand in line with real replies and do not reach Redis', async (t) => {
  const { redis, proxy, client } = await setUp(t);
  proxy.rule = { error: { text: 'LOADING Redis is loading', names: ['SET'] } };
  const got = await Promise.allSettled([client.echo('1'), client.set('k', 'v'),
    client.echo('2'), client.set('k', 'v'), client.echo('3')]);
  assert.deepEqual(got.map((g) => g.value ?? g.reason.message),
    ['1', 'LOADING Redis is loading', '2', 'LOADING Redis is loading', '3']);
  assert.equal(redis.cli('exists', 'k'), '0');
  assert.equal(proxy.commands.get('SET'), 2);
});

test('in a black hole nothing is answered; after it all is', async (t) => {
  const { proxy, client } = await setUp(t);
  proxy.rule = { blackhole: true };
  let answered = false;
  const ping = client.ping().then(() => { answered = true; });
  await new Promise((ok) => setTimeout(ok, 100));
  assert.equal(answered, false);
  proxy.rule = {};
  await ping;
});

test('reset breaks every connection', async (t) => {
  const { proxy, client } = await setUp(t);
  const ended = new Promise((ok) => client.once('close', ok));
  proxy.reset();
  await ended;
  await until('connected again', async () => (await client.ping()) === 'PONG');
});
