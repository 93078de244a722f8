// Redis itself, set so that it must not or cannot take anything; and gone for
// a while, when waiting for it must cost nothing.
import { sleep } from '../system/harness.mjs';
import { cpuShare } from './proc.mjs';

// [what is set, as it was]; reconnect: hrisd asks at each connect, so that a
// weaker promise counts from then on.
const MOODS = [
  { set: ['appendfsync', 'everysec'], back: ['appendfsync', 'always'], reconnect: true },
  { set: ['maxmemory', '1'], back: ['maxmemory', '0'] },
  { set: ['appendonly', 'no'], back: ['appendonly', 'yes'], reconnect: true },
  { set: ['min-replicas-to-write', '1'], back: ['min-replicas-to-write', '0'] },
];
const SETTLE_MS = 300; // for what was under way

const config = (w, words) => w.recorder.client.call('CONFIG', 'SET', ...words);
const reconnect = (w) => w.recorder.client.call('CLIENT', 'KILL', 'TYPE', 'normal',
  'SKIPME', 'yes');

// While Redis is worth less than was asked for, nothing is acknowledged.
export async function moods(w, count) {
  const { random, load } = w;
  load.start();
  for (let i = 0; i < count; i++) {
    const mood = MOODS[i % MOODS.length];
    const what = mood.set.join(' ');
    await sleep(random.int(200, 500));
    await config(w, mood.set);
    if (mood.reconnect) await reconnect(w);
    await sleep(SETTLE_MS);
    const before = load.counts.accepted;
    await sleep(random.int(500, 1500));
    w.expect(load.counts.accepted === before,
      `${load.counts.accepted - before} were acknowledged while Redis had ${what}`);
    await config(w, mood.back);
    await w.recovered(what);
  }
}

const IDLE = 0.05; // of a core: of a process that waits for Redis

export async function outage(w, count) {
  let most = 0;
  for (let i = 0; i < count; i++) {
    w.load.start();
    await sleep(300);
    w.load.pause();
    await w.system.redis.stop('SIGKILL');
    await sleep(500);
    const shares = await Promise.all(w.roles().map(async ({ pid, role }) =>
      ({ role, share: await cpuShare(pid, 4000) })));
    for (const { role, share } of shares) {
      most = Math.max(most, share);
      w.expect(share < IDLE, `a ${role} used ${Math.round(share * 100)} % of a core ` +
        'while Redis was away');
    }
    await w.system.redis.start();
    w.load.start();
    await w.recovered('an outage');
  }
  return `at most ${(most * 100).toFixed(1)} % of a core while Redis was away`;
}
