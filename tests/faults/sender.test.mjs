// The load is what it says: genuine ones verify with a library that is not
// ours, false ones do not, and nothing unanswered is given up.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Load } from './sender.mjs';
import { Random } from './random.mjs';

const random = new Random(7);

// A receiver in a few lines, with bad days.
async function receiver(t, secret, trouble) {
  const webhook = new Webhook(secret);
  const got = { genuine: new Map(), false: 0, bodies: new Map() };
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (c) => { body += c; });
    req.on('end', () => {
      if (random.chance(trouble)) {
        if (random.chance(0.5)) return req.socket.destroy();
        return res.writeHead(503, { 'retry-after': '1' }).end();
      }
      try {
        webhook.verify(body, req.headers);
      } catch {
        got.false++;
        return res.writeHead(401).end('{}');
      }
      const id = req.headers['webhook-id'];
      assert.equal(got.bodies.get(id) ?? body, body, 'a repetition is the same');
      got.bodies.set(id, body);
      got.genuine.set(id, (got.genuine.get(id) ?? 0) + 1);
      res.writeHead(202).end();
    });
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  t.after(() => server.close());
  return { got, port: server.address().port };
}

async function runFor(load, ms) {
  load.start();
  await new Promise((ok) => setTimeout(ok, ms));
  return load.drain(10000);
}

test('everything is acknowledged once at last, and nothing false is', async (t) => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const { got, port } = await receiver(t, secret, 0.1);
  const load = new Load({ port, path: '/webhooks/x', secret, organization: 'o',
    connection: 'c' }, random, { rate: 800, people: 50, falseShare: 0.1, againShare: 0.1 });

  assert.equal(await runFor(load, 1500), 0);
  const sent = [...load.deliveries.values()];
  const genuine = sent.filter((d) => d.kind === 'genuine');
  assert.ok(genuine.length > 300, `${genuine.length} were made`);
  assert.ok(genuine.every((d) => d.status === 202));
  assert.deepEqual(new Set(genuine.map((d) => d.id)), new Set(got.genuine.keys()));
  assert.ok(load.counts.retries > 0 && load.counts.resets > 0);
  assert.ok([...got.genuine.values()].some((n) => n > 1), 'some are told twice');
  assert.deepEqual(new Set(sent.map((d) => d.kind)),
    new Set(['genuine', 'forged', 'altered', 'stale', 'future', 'renamed']));
  assert.ok(sent.every((d) => d.kind === 'genuine' || d.status !== 202));
  assert.ok(got.false > 0);
  assert.equal(load.careless, 0);

  const versions = new Map();
  for (const d of genuine) {
    assert.equal(d.version, (versions.get(d.person) ?? 0) + 1, 'strictly growing');
    versions.set(d.person, d.version);
  }
});

test('the rate is kept and not passed', async (t) => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const { port } = await receiver(t, secret, 0);
  const load = new Load({ port, path: '/webhooks/x', secret, organization: 'o',
    connection: 'c' }, random, { rate: 300 });
  await runFor(load, 1000);
  assert.ok(load.reached > 150 && load.reached < 360, `${load.reached}/s`);
});
