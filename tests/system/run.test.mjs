// scripts/run, as a person runs it: starts, Ctrl-C, carries on; and killed.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, until } from './harness.mjs';

const bind = (port) => new Promise((ok) => {
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => ok(undefined));
  server.listen(port, '127.0.0.1', () => ok(server));
});
const close = (server) => new Promise((ok) => server.close(ok));

// The first of four free ports in a row.
const freePorts = () => until('four free ports', async () => {
  const first = await freePort();
  const servers = [];
  for (let i = 0; i < 4 && first + i < 65536; i++) servers.push(await bind(first + i));
  await Promise.all(servers.filter(Boolean).map(close));
  return servers.length === 4 && servers.every(Boolean) ? first : undefined;
});

// Every process, the test's own left out, that has the folder open or names it.
const leftovers = (dir) => readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
  try {
    return Number(p) !== process.pid &&
      (readFileSync(`/proc/${p}/environ`, 'utf8') + readFileSync(`/proc/${p}/cmdline`, 'utf8'))
        .includes(dir) && readFileSync(`/proc/${p}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
});

class Run {
  static async prepare(t) {
    const run = new Run();
    run.base = mkdtempSync(join(tmpdir(), 'hrisd-run-'));
    run.dir = join(run.base, 'var');
    run.port = await freePorts();
    t.after(async () => {
      if (run.child?.exitCode === null) run.child.kill('SIGTERM');
      await run.ended;
      await until('nothing left', () => leftovers(run.base).length === 0);
      rmSync(run.base, { recursive: true, force: true });
    });
    return run;
  }

  // In a process group of its own, as a shell starts it in a terminal.
  start(env = {}) {
    this.text = '';
    this.child = spawn('scripts/run', [], { detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HRISD_RUN_DIR: this.dir, HRISD_RUN_PORT: String(this.port),
        HRISD_RUN_RATE: '600', ...env } });
    for (const out of [this.child.stdout, this.child.stderr])
      out.on('data', (d) => { this.text += d; });
    this.ended = new Promise((ok) => this.child.on('exit', (code, signal) => ok(code ?? signal)));
    this.out = new Promise((ok) => this.child.on('close', ok));
  }

  async up() {
    await until('hrisd is running', () => {
      if (this.child.exitCode !== null) throw new Error(this.text);
      return this.text.includes('Ctrl-C ends it');
    });
    this.token = readFileSync(join(this.dir, 'token'), 'utf8').trim();
  }

  // What Ctrl-C in a terminal does: the whole foreground group gets it.
  async interrupt() {
    process.kill(-this.child.pid, 'SIGINT');
    assert.equal(await this.ended, 0, this.text);
    assert.deepEqual(leftovers(this.dir), []);
  }

  async refused() {
    assert.equal(await this.ended, 1, this.text);
    await this.out;
    return this.text;
  }

  get(offset, path, headers = {}) {
    return fetch(`http://127.0.0.1:${this.port + offset}/${path}`, { headers });
  }

  async members() {
    const answer = await this.get(1, 'api/v1/members?limit=200',
      { authorization: `Bearer ${this.token}` });
    assert.equal(answer.status, 200);
    return (await answer.json()).items;
  }

  async company() {
    const people = [];
    let cursor = '';
    do {
      const page = await (await this.get(3, `sandbox/people?limit=1000${cursor}`)).json();
      people.push(...page.items.map((p) => ({ n: p.person, ...p.data })));
      cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : '';
    } while (cursor);
    return people;
  }

  ask(method, path, body) {
    return fetch(`http://127.0.0.1:${this.port + 3}/sandbox/${path}`, { method,
      headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  // No more changes by chance, and everybody as the company has them.
  async settle() {
    assert.equal((await this.ask('PATCH', 'settings', { rate_per_minute: 0 })).status, 200);
    return until('members as in the company', async () => {
      const people = new Map((await this.company()).map((p) => [p.email, p]));
      const members = await this.members();
      const here = [...people.values()].filter((p) => p.status !== 'departed');
      const wrong = [
        ...here.filter((p) => !members.some((m) => m.email === p.email && m.status !== 'deactivated'))
          .map((p) => `no ${p.email}`),
        ...members.filter((m) => m.status !== 'deactivated' &&
          people.get(m.email)?.job_title !== m.job_title).map((m) => `stale ${m.email}`)];
      if (wrong.length > 0) throw new Error(wrong.join(', '));
      return { people: [...people.values()], members };
    }, 30000);
  }
}

test('it carries on with the same members and the same company', async (t) => {
  const run = await Run.prepare(t);

  run.start();
  await run.up();
  await until('members', async () => (await run.members()).length >= 30, 10000);
  await until('changes', async () =>
    (await (await run.get(3, 'sandbox/state')).json()).people.changed >= 20);
  await run.settle();
  const { people } = await run.settle();
  await run.interrupt(); // and with nothing under way all must be equal

  run.start({ HRISD_RUN_RATE: '' });
  await run.up();
  assert.match(run.text, /in which 0\s/); // the rate is what it was
  assert.deepEqual(await run.company(), people);
  const members = await run.members();
  const ids = new Set(members.map((m) => m.id));
  const person = people.find((p) => p.status === 'active');
  for (const title of ['Second Run Tester', 'Second Run Tester again']) {
    const acted = await run.ask('POST', 'act', { action: 'change', person: person.n,
      set: { job_title: title } });
    assert.ok(acted.ok, await acted.text());
    await until('the change', async () => (await run.members())
      .some((m) => m.email === person.email && m.job_title === title), 10000);
  }
  assert.ok((await run.ask('POST', 'act', { action: 'hire', count: 3 })).ok);
  await until('three more', async () => (await run.members()).length === members.length + 3, 10000);
  assert.ok((await run.members()).filter((m) => ids.has(m.id)).length === members.length);
  await run.settle();
  await run.interrupt();
});

test('ended in the middle of changes, none of them is lost', async (t) => {
  const run = await Run.prepare(t);

  run.start({ HRISD_RUN_RATE: '3000' });
  await run.up();
  await until('changes', async () =>
    (await (await run.get(3, 'sandbox/state')).json()).people.changed >= 20);
  await run.interrupt();
  run.start();
  await run.up();
  await run.settle();

  process.kill(run.child.pid, 'SIGKILL'); // the script alone
  assert.equal(await run.ended, 'SIGKILL');
  run.start();
  await run.up();
  await run.settle();
  await run.interrupt();
});

test('it says what is in the way', async (t) => {
  const run = await Run.prepare(t);
  const server = await bind(run.port + 2);
  run.start();
  assert.match(await run.refused(), new RegExp(`port ${run.port + 2} is taken.*HRISD_RUN_PORT`, 's'));
  await close(server);

  const bin = join(run.base, 'bin'); // everything but redis-server
  mkdirSync(bin);
  for (const dir of process.env.PATH.split(delimiter).filter((d) => existsSync(d)))
    for (const name of readdirSync(dir))
      if (name !== 'redis-server' && !existsSync(join(bin, name)))
        try {
          symlinkSync(join(dir, name), join(bin, name));
        } catch { /* a dangling one is there already */ }
  run.start({ PATH: bin });
  assert.match(await run.refused(), /redis-server is missing: scripts\/setup run/);

  const broken = join(run.base, 'broken'); // a Redis that ends at once
  mkdirSync(broken);
  writeFileSync(join(broken, 'redis-server'), '#!/bin/sh\necho no memory today\nexit 3\n');
  chmodSync(join(broken, 'redis-server'), 0o755);
  run.start({ PATH: `${broken}${delimiter}${process.env.PATH}` });
  assert.match(await run.refused(), /no memory today.*redis has ended/s);

  run.start({ HRISD_RUN_PORT: '65533' });
  assert.match(await run.refused(), /1 to 65532/);
  mkdirSync(run.dir, { recursive: true });
  writeFileSync(join(run.dir, 'port'), '1\n');
  run.start();
  assert.match(await run.refused(), /HRISD_RUN_PORT=1\b/);
});
