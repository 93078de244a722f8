// Processes that die at any moment: by SIGKILL, by crash points placed where
// a death is worst, by SIGTERM, and Redis with all of its connections.
import { sleep, until } from '../system/harness.mjs';
import { signal } from './world.mjs';

const CRASH_POINTS = ['before-commit', 'after-commit', 'before-ack', 'after-ack'];

// A process that dies young is started ever later, so under one supervisor
// only some of the kills happen; the rest have a supervisor each.
const SUPERVISED = 10;

// Kills by turns what `victims` names, `count` times, each time when they are
// there again, at a moment of chance.
async function killSupervised(w, role, count) {
  const { random } = w;
  for (let i = 0; i < count; i++) {
    const victim = await until(`a ${role} to kill`, () => {
      const list = w.roles(role);
      return list.length && random.pick(list);
    });
    await sleep(random.int(20, 300));
    signal(victim.pid, 'SIGKILL');
  }
}

async function killBare(w, bares, count) {
  for (let i = 0; i < count; i++) {
    const b = w.random.pick(bares);
    await sleep(w.random.int(0, 250));
    await b.kill();
    await b.start();
  }
}

export async function receiver(w, count) {
  w.load.start();
  const supervised = Math.min(SUPERVISED, Math.ceil(count / 10));
  await killSupervised(w, 'receiver', supervised);
  const bares = [await w.bare('receiver'), await w.bare('receiver')];
  await killBare(w, bares, count - supervised);
  await w.recovered('the last kill');
}

export async function provisioner(w, count) {
  const { random } = w;
  w.load.start();
  const supervised = Math.min(SUPERVISED, Math.ceil(count / 10));
  const half = Math.floor(count / 2);
  await killSupervised(w, 'provisioner', supervised);
  const b = await w.bare('provisioner');
  await killBare(w, [b], half - supervised);
  let crashes = 0;
  for (let i = 0; i < count - half; i++) {
    await b.process.stop();
    await b.start({ HRISD_CRASH_POINT: CRASH_POINTS[i % CRASH_POINTS.length],
      HRISD_CRASH_AFTER: String(random.int(1, 12)) });
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

// SIGTERM under load, and again from the start.
export async function restart(w, count) {
  w.load.start();
  for (let i = 0; i < count; i++) {
    await sleep(w.random.int(200, 900));
    const { code, signal: by } = await w.system.hrisd.stop();
    w.expect(code === 0, `hrisd ended with ${code ?? by} after SIGTERM`);
    await w.system.serve();
    await w.recovered('a restart');
  }
}
