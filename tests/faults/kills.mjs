// Processes that die at any moment: by SIGKILL, by crash points placed where
// a death is worst, by SIGTERM, and Redis with all of its connections.
import { sleep, until } from '../system/harness.mjs';
import { isAlive } from './proc.mjs';
import { signal } from './world.mjs';

const CRASH_POINTS = ['before-commit', 'after-commit', 'before-ack', 'after-ack'];

// A process that dies young is started ever later, so under one supervisor
// only some of the kills happen; the rest have a supervisor each.
const SUPERVISED = 10;

// The supervisor starts it again.
async function killSupervised(w, count) {
  for (let i = 0; i < count; i++) {
    const b = w.random.pick(w.bares);
    const pid = await b.running();
    await sleep(w.random.int(20, 300));
    signal(pid, 'SIGKILL');
    await until('the end of it', () => !isAlive(pid));
  }
  for (const b of w.bares) await b.running();
}

// Both are started again.
async function killBare(w, count) {
  for (let i = 0; i < count; i++) {
    const b = w.random.pick(w.bares);
    await sleep(w.random.int(0, 250));
    await b.kill();
    await b.start();
  }
}

export async function receiver(w, count) {
  const supervised = Math.min(SUPERVISED, Math.ceil(count / 10));
  w.load.start();
  await killSupervised(w, supervised);
  await killBare(w, count - supervised);
  await w.recovered('the last kill');
}

export async function provisioner(w, count) {
  const [b] = w.bares;
  const supervised = Math.min(SUPERVISED, Math.ceil(count / 10));
  const half = Math.floor(count / 2);
  let crashes = 0;
  w.load.start();
  await killSupervised(w, supervised);
  await killBare(w, half - supervised);
  for (let i = 0; i < count - half; i++) {
    await b.process.stop();
    await b.start({ HRISD_CRASH_POINT: CRASH_POINTS[i % CRASH_POINTS.length],
      HRISD_CRASH_AFTER: String(w.random.int(1, 12)) });
    if (await b.crashed(5000)) crashes++;
  }
  await b.process.stop();
  await b.start();
  w.expect(crashes === count - half, `${crashes} of ${count - half} crash points crashed`);
}

export async function redis(w, count) {
  const { random, system } = w;
  let slowest = 0;
  w.load.start();
  for (let i = 0; i < count; i++) {
    await sleep(random.int(50, 400));
    await system.redis.stop('SIGKILL');
    await sleep(random.int(0, 100));
    await system.redis.start();
    slowest = Math.max(slowest, await w.recovered('Redis was killed'));
  }
  return `slowest recovery ${Math.round(slowest)} ms`;
}

// All of hrisd under load, and again from the start: by SIGTERM, or by SIGKILL
// of the supervisor, whose roles then end without it.
export async function restart(w, count) {
  w.load.start();
  for (let i = 0; i < count; i++) {
    const how = i % 2 ? 'SIGKILL' : 'SIGTERM';
    const roles = w.roles();
    await sleep(w.random.int(200, 900));
    const end = await w.system.hrisd.stop(how);
    w.expect(end.code === 0 || end.signal === 'SIGKILL',
      `hrisd ended with ${end.code ?? end.signal} after ${how}`);
    await until('the end of its roles', () => !roles.some((r) => isAlive(r.pid)));
    await w.system.serve();
    await w.recovered(`a restart after ${how}`);
  }
}
