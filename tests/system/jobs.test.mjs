// What the console asks of a fetcher, and what it makes of the answers: a real
// console and Redis, and a fetcher played by the test.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { System, until } from './harness.mjs';

const JOBS = '{hrisd:0}:jobs';

async function start(t) {
  const s = await System.start(t, {}, { serve: false });
  await s.serveRole('console');
  s.client = s.redis.client();
  const made = await s.api('POST', 'connections', { provider: 'rippling', name: 'R',
    credentials: { api_token: 'a-token-nobody-may-see' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.seen = 0;
  return s;
}

// The next job that was not looked at yet.
async function nextJob(s) {
  const entries = await until('a job', async () => {
    const all = await s.client.xrange(JOBS, '-', '+');
    return all.length > s.seen && all;
  });
  const [, fields] = entries[s.seen++];
  assert.equal(fields[0], 'event');
  return JSON.parse(fields[1]);
}

const reply = (s, job, body) => s.client.set(`{hrisd:0}:reply:${job.id}`,
  typeof body === 'string' ? body : JSON.stringify({ format: 1, ...body }), 'EX', 60);

const post = (s, path, body) => s.api('POST', `connections/${s.connection}/${path}`, body);

test('a test of a draft waits for the fetcher and gives its answer', async (t) => {
  const s = await start(t);
  const asked = post(s, 'test');
  const job = await nextJob(s);
  assert.equal(job.format, 1);
  assert.equal(job.kind, 'test');
  assert.equal(job.organization, s.admin.organization_id);
  assert.equal(job.connection, s.connection);
  assert.ok(job.until_ms > Date.now() - 60000);
  await reply(s, job, ''); // in hand
  await until('it is seen', async () =>
    await s.client.exists(`{hrisd:0}:reply:${job.id}`) === 0);
  const result = { ok: false, checks: [{ name: 'people', ok: false, detail: '"d"', remedy: 'r' }] };
  await reply(s, job, { result });
  const answer = await asked;
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, result);
  assert.equal(await s.client.exists(`{hrisd:0}:reply:${job.id}`), 0);
});

test('what the fetcher cannot do is told with what to do', async (t) => {
  const s = await start(t);
  for (const [kind, status] of [['config', 409], ['invalid', 409], ['forbidden', 409],
    ['conflict', 409], ['temporary', 502], ['limit', 502], ['bug', 500]]) {
    const asked = post(s, 'test');
    await reply(s, await nextJob(s), { error: { kind, text: `do this: ${kind}` } });
    const answer = await asked;
    assert.equal(answer.status, status, kind);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(answer.body.detail, `do this: ${kind}`);
  }
  const asked = post(s, 'test');
  await reply(s, await nextJob(s), '{"format":1');
  assert.equal((await asked).status, 502);
});

test('without a fetcher the answer says so, and others are answered meanwhile', async (t) => {
  const s = await start(t);
  const asked = post(s, 'test');
  assert.equal((await s.api('GET', 'providers')).status, 200);
  const answer = await asked;
  assert.equal(answer.status, 504);
  assert.match(answer.body.detail, /no fetcher.*hrisd serve --roles=fetcher/);
  const job = await nextJob(s);
  assert.ok(job.until_ms <= Date.now() + 1000); // nobody will do it later
});

test('one connection is asked a few things at once, no more', async (t) => {
  const s = await start(t);
  const asked = [];
  for (let i = 0; i < 4; i++) {
    asked.push(post(s, 'test'));
    await nextJob(s);
  }
  const fifth = await post(s, 'test');
  assert.equal(fifth.status, 429);
  s.seen = 0;
  for (let i = 0; i < 4; i++)
    await reply(s, await nextJob(s), { result: { ok: true, checks: [] } });
  for (const a of asked) assert.equal((await a).status, 200);
});

test('bodies, ids and other organizations are checked before anything is asked', async (t) => {
  const s = await start(t);
  assert.equal((await post(s, 'test', { deep: true })).status, 422);
  assert.equal((await s.api('POST', 'connections/nobody/test')).status, 404);
  assert.equal((await s.api('POST', `connections/${s.connection}/test`, undefined, 'x')).status,
    401);
  assert.equal(await s.client.xlen(JOBS), 0);
});

// ------------------------------------------------------------------- OAuth2

const callback = (s, query) =>
  fetch(`http://127.0.0.1:${s.ports.console}/oauth/callback?${new URLSearchParams(query)}`);

async function authorize(s) {
  const asked = post(s, 'authorize');
  const job = await nextJob(s);
  assert.equal(job.kind, 'authorize');
  await reply(s, job, { result: { url: 'https://hr.example.com/authorize?x=1' } });
  const answer = await asked;
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { url: 'https://hr.example.com/authorize?x=1' });
  return job.input;
}

test('a code that comes back goes sealed to the fetcher, once', async (t) => {
  const s = await start(t);
  const input = await authorize(s);
  assert.equal(input.redirect_uri, `http://127.0.0.1:${s.ports.console}/oauth/callback`);
  assert.match(input.state, /^[\w-]{43}$/);
  assert.equal(Buffer.from(input.verifier, 'base64').length, 43 + 48);

  const back = callback(s, { code: 'the-code', state: input.state, session_state: 'x', iss: 'y' });
  const job = await nextJob(s);
  assert.equal(job.kind, 'confirm');
  assert.equal(job.connection, s.connection);
  assert.equal(job.organization, s.admin.organization_id);
  assert.equal(job.input.redirect_uri, input.redirect_uri);
  const sealed = (text) => Buffer.from(text, 'base64');
  assert.equal(sealed(job.input.code).length, 'the-code'.length + 48);
  assert.ok(!sealed(job.input.code).includes('the-code'));
  assert.equal(job.input.verifier, input.verifier);
  await reply(s, job, { result: {} });
  const answer = await back;
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/plain/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(await answer.text(), /You can close this window/);

  const again = await callback(s, { code: 'the-code', state: input.state });
  assert.equal(again.status, 400);
  assert.match(await again.text(), /used before/);
});

test('each authorization has secrets of its own, and the next ends the one before', async (t) => {
  const s = await start(t);
  const first = await authorize(s);
  const second = await authorize(s);
  assert.notEqual(first.state, second.state);
  assert.notEqual(first.verifier, second.verifier);
  assert.equal((await callback(s, { code: 'c', state: first.state })).status, 400);
  // Neither the state nor a verifier is anywhere to be read.
  const hash = createHash('sha256').update(second.state).digest();
  const file = readFileSync(`${s.dir}/hrisd.db-wal`);
  assert.ok(file.includes(hash));
  assert.ok(!file.includes(second.state));
});

test('who is refused at the HR system is told so', async (t) => {
  const s = await start(t);
  const { state } = await authorize(s);
  const answer = await callback(s, { error: 'access_denied', state,
    error_description: '<b>call 555</b>' });
  assert.equal(answer.status, 400);
  const text = await answer.text();
  assert.match(text, /access_denied/);
  assert.ok(!text.includes('555'));
  assert.equal((await callback(s, { code: 'c' })).status, 400);
  assert.equal((await callback(s, { code: 'c', state: 'made up' })).status, 400);
  const failing = await authorize(s);
  const back = callback(s, { code: 'c', state: failing.state });
  await reply(s, await nextJob(s), { error: { kind: 'config', text: 'the client secret is wrong' } });
  assert.equal((await back).status, 409);
  assert.match(await (await back).text(), /client secret/);
});
