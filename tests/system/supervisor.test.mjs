// The supervisor: starts, watches, answers probes, ends; and the commands.
import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { System, Process, HRISD, employee, run, until } from './harness.mjs';

const stat = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

function roles(pid) {
  return readdirSync('/proc').filter((p) => /^\d+$/.test(p)).flatMap((p) => {
    try {
      if (stat(p)[1] !== String(pid)) return [];
      const words = readFileSync(`/proc/${p}/cmdline`, 'utf8').split('\0');
      return [{ pid: Number(p), role: words[2] }];
    } catch {
      return [];
    }
  });
}

test('each role is a process of its own, and is started again', async (t) => {
  const s = await System.start(t);
  const before = roles(s.hrisd.pid);

  assert.deepEqual(before.map((r) => r.role).sort(),
    ['console', 'fetcher', 'provisioner', 'receiver', 'receiver']);
  for (const { pid } of before) process.kill(pid, 'SIGKILL');
  await until('new processes', () => {
    const now = roles(s.hrisd.pid);
    return now.length === 5 && now.every((r) => !before.some((b) => b.pid === r.pid));
  });
  await until('ready again', async () => (await s.ops('readyz')).status === 200);
  assert.equal(await s.metric('hrisd_role_restarts_total'), 5);
  const sender = await s.standard();
  assert.equal((await sender.send(employee(1))).status, 202);
  await s.member('p1@example.com');
});

test('roles end with a supervisor that was killed', async (t) => {
  const s = await System.start(t);
  const children = roles(s.hrisd.pid);

  s.hrisd.kill('SIGKILL');
  await s.hrisd.ended;
  await until('no roles', () => children.every(({ pid }) => {
    try {
      return stat(pid)[0] === 'Z';
    } catch {
      return true;
    }
  }));
});

test('only some roles, when asked for', async (t) => {
  const s = await System.start(t, {}, { serve: false });
  await s.serve(['--roles=receiver']);

  assert.deepEqual([...new Set(roles(s.hrisd.pid).map((r) => r.role))], ['receiver']);
  assert.equal(s.run(['serve', '--roles=cook']).code, 78);
});

test('probes say what is wrong, by name', async (t) => {
  const s = await System.start(t);

  assert.equal((await s.ops('healthz')).status, 200);
  assert.equal(s.run(['health']).code, 0);
  assert.equal(s.run(['health', '--ready']).code, 0);
  await s.redis.stop('SIGKILL');
  const body = await until('not ready', async () => {
    const answer = await s.ops('readyz');
    return answer.status === 503 ? answer.json() : undefined;
  });
  assert.equal(body.checks.find((c) => c.name === 'redis').ok, false);
  assert.equal(body.checks.find((c) => c.name === 'receiver').ok, true);
  assert.equal(s.run(['health']).code, 0);
  assert.equal(s.run(['health', '--ready']).code, 1);
  await s.redis.start();
  await until('ready again', async () => (await s.ops('readyz')).status === 200);
});

test('without Redis a webhook gets 503 and Retry-After, never 2xx', async (t) => {
  const s = await System.start(t);
  const sender = await s.standard();

  assert.equal((await sender.send(employee(1))).status, 202);
  await s.redis.stop('SIGKILL');
  const answer = await sender.send(employee(2));
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  await s.redis.start();
  await until('accepted again', async () => (await sender.send(employee(3))).status === 202);
  await s.member('p1@example.com');
});

test('a Redis that promises too little is refused by name', async (t) => {
  const s = await System.start(t, {}, { serve: false, redis: { appendfsync: 'everysec' } });
  const check = s.run(['check']);

  assert.equal(check.code, 78);
  assert.match(check.stdout, /redis\s+BAD.*everysec/);
  s.env.HRISD_REDIS_DURABILITY = 'everysec';
  assert.equal(s.run(['check']).code, 0);
  await s.serve();
  assert.equal(await s.metric('hrisd_redis_durability'), 1);
});

test('nothing starts without its key, and a key others can read is refused', async (t) => {
  const s = await System.start(t, {}, { serve: false });
  const key = s.env.HRISD_KEY_FILE;

  assert.equal(statSync(key).mode & 0o777, 0o600);
  chmodSync(key, 0o644);
  assert.equal(s.run(['serve']).code, 78);
  chmodSync(key, 0o600);
  const absent = run(['serve'], { ...s.env, HRISD_KEY_FILE: join(s.dir, 'none') });
  assert.equal(absent.code, 78);
  assert.match(absent.stderr, /hrisd keys create/);
});

async function withOwnProviders(t) {
  const s = await System.start(t, {}, { serve: false });
  const providers = join(s.dir, 'providers');

  cpSync(s.env.HRISD_PROVIDERS, providers, { recursive: true });
  s.env.HRISD_PROVIDERS = providers;
  await s.serve();
  return s;
}

test('a bad manifest keeps a start from happening, and a reload from harming', async (t) => {
  const s = await withOwnProviders(t);
  const sender = await s.standard();
  const file = join(s.env.HRISD_PROVIDERS, 'hibob', 'manifest.json');
  const good = readFileSync(file, 'utf8');

  const before = roles(s.hrisd.pid);
  writeFileSync(file, good.replace('"hmac"', '"telepathy"'));
  s.hrisd.kill('SIGHUP');
  // Both receivers, the fetcher and the console.
  await until('the complaints', () => s.hrisd.text().match(/not reloaded/g)?.length === 4);
  assert.equal((await sender.send(employee(1))).status, 202);
  const start = s.run(['serve']);
  assert.equal(start.code, 78);
  assert.match(start.stderr, /hibob.*\/signature.*telepathy/);
  writeFileSync(file, good);
  s.hrisd.kill('SIGHUP');
  await until('the reload', () => s.hrisd.text().match(/providers reloaded/g)?.length === 4);
  assert.deepEqual(roles(s.hrisd.pid), before, 'none of them ended');
  assert.equal((await sender.send(employee(2))).status, 202);
});

test('a role that crashes on a bad manifest is tried again, the others go on', async (t) => {
  const s = await withOwnProviders(t);
  const sender = await s.standard();
  const file = join(s.env.HRISD_PROVIDERS, 'hibob', 'manifest.json');
  const good = readFileSync(file, 'utf8');
  const before = roles(s.hrisd.pid);
  const [victim] = before.filter((r) => r.role === 'receiver');

  writeFileSync(file, good.replace('"hmac"', '"telepathy"'));
  process.kill(victim.pid, 'SIGKILL');
  await until('two tries', () =>
    s.hrisd.text().match(/level=error.*role cannot start.*name=receiver/g)?.length === 2);
  const { checks } = await (await s.ops('readyz')).json();
  assert.equal((await s.ops('readyz')).status, 503);
  assert.deepEqual(checks.filter((c) => !c.ok).map((c) => c.name), ['receiver']);
  assert.equal((await sender.send(employee(1))).status, 202);
  writeFileSync(file, good);
  await until('ready again', async () => (await s.ops('readyz')).status === 200);
  assert.deepEqual(before.filter((b) => !roles(s.hrisd.pid).some((r) => r.pid === b.pid)),
    [victim], 'the others never ended');
});

test('a role that cannot start at all ends the start with 78', async (t) => {
  const s = await System.start(t, {}, { serve: false });
  const r = run(['serve'], { ...s.env, HRISD_RECEIVER_LISTEN: 'nowhere' });

  assert.equal(r.code, 78);
  assert.match(r.stderr, /role cannot run.*nowhere/);
});

test('SIGTERM under load: every 202 is stored, then it ends with 0', async (t) => {
  const s = await System.start(t, {}, { serve: false });
  // Without a provisioner: it would apply what is stored, and trim it.
  await s.serve(['--roles=receiver,fetcher,console']);
  const sender = await s.standard();
  const accepted = [];
  let sending = true;
  const load = Promise.all(Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; sending; i++) {
      try {
        if ((await sender.send(employee(`${lane}-${i}`))).status === 202)
          accepted.push(`${lane}-${i}`);
      } catch {
        return; // refused: it is gone
      }
    }
  }));
  await until('some', () => accepted.length > 200);
  const end = await s.hrisd.stop();
  sending = false;
  await load;
  assert.equal(end.code, 0, JSON.stringify(end));
  const redis = s.redis.client();
  const stored = new Set((await redis.xrange('{hrisd:0}:changes', '-', '+'))
    .map(([, fields]) => JSON.parse(fields[1]).person.id));
  assert.deepEqual(accepted.filter((id) => !stored.has(id)), []);
});

// The fetcher may only read the database, so it cannot tidy up after the others.
test('whichever role ends last, a stop leaves the database as one file', async (t) => {
  const s = await System.start(t, { HRISD_DRAIN_MS: '5s' });
  const sender = await s.standard();
  await sender.send(employee(1));
  await s.member('p1@example.com');
  const last = roles(s.hrisd.pid).find((r) => r.role === 'fetcher').pid;

  assert.ok(readdirSync(s.dir).includes('hrisd.db-wal'));
  process.kill(last, 'SIGSTOP');
  s.hrisd.kill();
  await until('the others ended', () => roles(s.hrisd.pid)
    .every((r) => r.pid === last || stat(r.pid)[0] === 'Z'));
  process.kill(last, 'SIGCONT');
  assert.equal((await s.hrisd.ended).code, 0);
  assert.deepEqual(readdirSync(s.dir).filter((f) => f.startsWith('hrisd.db')), ['hrisd.db']);
});

test('no personal value and no secret is in any log, metric or error', async (t) => {
  const s = await System.start(t, { HRISD_LOG_LEVEL: 'debug' });
  const sender = await s.standard();
  const canary = 'Canarywoman';

  await sender.send(employee(1, { last_name: canary, email: 'canary.mail@example.com' }));
  await s.member('canary.mail@example.com');
  const twice = await sender.send(`{"type":"employee.updated","data":{"last_name":"${canary}"`);
  const bad = await sender.post({ ...sender.request(employee(2, { last_name: canary })),
    headers: { 'webhook-signature': 'v1,x' } });
  const text = s.hrisd.text() + await (await s.ops('metrics')).text()
    + await (await s.ops('readyz')).text() + twice.text + bad.text;
  for (const secret of [canary, 'canary.mail', sender.secret, sender.secret.slice(6),
    s.admin.token])
    assert.ok(!text.includes(secret), secret);
  for (const { pid } of roles(s.hrisd.pid)) {
    assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /Max core file size\s+0/);
    assert.ok(!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(sender.secret));
  }
});

test('usage errors name what is wrong', () => {
  for (const [words, code, text] of [
    [[], 64, /usage/],
    [['dance'], 64, /no command 'dance'/],
    [['serve', '--colour=red'], 78, /unknown option --colour/],
    [['serve', '--batch=0'], 78, /batch: '0' is not from 1/],
    [['init', '--org', 'x'], 65, /--plan/],
    [['keys', 'eat'], 65, /usage/],
  ]) {
    const r = run(words, { HRISD_CONFIG: '' });
    assert.equal(r.code, code, words.join(' '));
    assert.match(r.stderr, text);
  }
  assert.equal(run(['--help']).code, 0);
  assert.match(run(['--version']).stdout, /^hrisd \d/);
  assert.ok(HRISD && Process);
});

test('a webhook must say how long it is', async (t) => {
  const { connect } = await import('node:net');
  const s = await System.start(t);
  const sender = await s.standard();
  const answer = await new Promise((ok, no) => {
    const socket = connect(s.ports.receiver, '127.0.0.1');
    let text = '';
    socket.on('data', (d) => { text += d; });
    socket.on('end', () => { socket.destroy(); ok(text); });
    socket.on('error', no);
    socket.write(`POST ${new URL(sender.url).pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });

  assert.match(answer, /^HTTP\/1\.1 411 Length Required\r\n/);
});
