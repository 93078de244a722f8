// Processes that are there and do nothing: Redis, and a provisioner that wakes
// up as a zombie when its work was given to another.
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
