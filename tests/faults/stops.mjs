// What is there and does nothing: Redis, a provisioner that wakes up as a zombie
// when its work was given to another, a database that somebody else writes to.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { sleep, until } from '../system/harness.mjs';
import { signal } from './world.mjs';

const PATIENCE_MS = 5000; // of a sender that is in no hurry to give up

export async function redisStop(w, count) {
  const { random, system, load } = w;
  let slowest = 0;
  load.start();
  for (let i = 0; i < count; i++) {
    await sleep(random.int(300, 800));
    const seconds = [4, 1, 10, 2, 7][i % 5];
    signal(system.redis.process.pid, 'SIGSTOP');
    await sleep(seconds * 1000);
    signal(system.redis.process.pid, 'SIGCONT');
    slowest = Math.max(slowest, await w.recovered(`Redis stood for ${seconds} s`));
  }
  w.expect(load.counts.timeouts === 0,
    `${load.counts.timeouts} requests had no answer within ${PATIENCE_MS} ms`);
  w.expect(load.counts.status[503] > 0, 'no 503 while Redis stood');
  return `slowest answer ${Math.round(load.counts.slowest)} ms, ` +
    `slowest recovery ${Math.round(slowest)} ms`;
}

export async function zombie(w, count) {
  const { random } = w;
  w.load.start();
  for (let i = 0; i < count; i++) {
    await sleep(random.int(200, 600));
    const victim = random.pick(await until('two provisioners', () => {
      const list = w.roles('provisioner');
      return list.length === 2 && list;
    }));
    signal(victim.pid, 'SIGSTOP');
    await sleep(random.int(1500, 3000)); // the claim time is 1 s
    signal(victim.pid, 'SIGCONT');
  }
}

// Somebody holds the database's write lock, longer than anybody likes to wait.
export async function store(w, count) {
  const { random, system, load } = w;
  load.start();
  for (let i = 0; i < count; i++) {
    await sleep(random.int(200, 600));
    const other = spawn('sqlite3', [join(system.dir, 'hrisd.db')],
      { stdio: ['pipe', 'ignore', 'ignore'] });
    other.stdin.write('.timeout 5000\nBEGIN IMMEDIATE;\n');
    await sleep(random.pick([1000, 3000, 8000]));
    const { pending, behind } = await w.recorder.groupState('provisioners');
    w.expect(pending + behind > 0, 'changes were applied to a locked database');
    other.stdin.end('ROLLBACK;\n');
    await new Promise((ok) => other.on('exit', ok));
  }
  w.expect(!Object.keys(load.counts.status).some((s) => s >= 500),
    `webhooks were answered ${JSON.stringify(load.counts.status)}`);
}
