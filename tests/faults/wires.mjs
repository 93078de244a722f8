// What can happen between hrisd and Redis: the network's faults, and Redis'
// own words for not now.
import { sleep } from '../system/harness.mjs';

const TOXICS = [
  (r) => ({ latency: r.int(1, 40), jitter: r.int(0, 80) }),
  (r) => ({ slice: r.int(1, 7) }),
  (r) => ({ gather: r.int(5, 60) }),
  (r) => ({ cut: r.int(200, 20000) }),
  (r) => ({ drop: r.int(5, 200) }),
  (r) => ({ drop: r.int(5, 200), slice: 2 }),
  (r) => ({ slowClose: r.int(100, 1500), cut: r.int(1000, 50000) }),
  () => ({ blackhole: true }),
  () => ({ latency: 3500 }), // past redis-ms: the reply comes to nobody
];
const BLACKHOLE_MS = 4500; // past redis-ms, so that it must be noticed

export async function toxics(w, count) {
  const { random, proxy } = w;
  let slowest = 0;
  w.load.start();
  for (let i = 0; i < count; i++) {
    const rule = TOXICS[i % TOXICS.length](random);
    proxy.rule = rule;
    await sleep(rule.blackhole || rule.latency > 3000 ? BLACKHOLE_MS : random.int(600, 1500));
    proxy.rule = {};
    if (random.chance(0.5)) proxy.reset();
    slowest = Math.max(slowest, await w.recovered(JSON.stringify(rule)));
  }
  return `${proxy.seen.cuts} replies cut, ${proxy.seen.drops} lost, ` +
    `slowest recovery ${Math.round(slowest)} ms`;
}

const ERRORS = [
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  'MISCONF Errors writing to the AOF file: No space left on device',
  'NOAUTH Authentication required.',
  'BUSY Redis is busy running a script. You can only call FUNCTION KILL.',
  "NOPERM this user has no permissions to run the 'fcall' command",
  'ERR something that nobody has heard of',
];
const REFUSED_MS = 8000; // six claims and more: claim-ms is 1 s

// What was applied must not become a dead letter because Redis does not take
// its acknowledgement. In every second spell the provisioner dies meanwhile.
export async function acks(w, count) {
  const { random, proxy } = w;
  const [provisioner] = w.bares;
  w.load.start();
  for (let i = 0; i < count; i++) {
    const text = ERRORS[i % ERRORS.length];
    proxy.rule = { error: { text, names: ['XACK'] } };
    for (const end = performance.now() + REFUSED_MS; performance.now() < end;) {
      await sleep(random.int(800, 1500));
      if (i % 2 === 0) continue;
      await provisioner.kill();
      await provisioner.start();
    }
    proxy.rule = {};
    await w.recovered(text);
  }
  return `${proxy.seen.errors} refused`;
}

const WHERE = [['FCALL'], ['XREADGROUP'], ['XACK'], ['FCALL', 'XREADGROUP', 'XACK', 'XADD']];
const TIRELESS = 200; // reads a second and role while they fail: a busy loop

export async function errors(w, count) {
  const { random, proxy } = w;
  w.load.start();
  for (let i = 0; i < count; i++) {
    const text = ERRORS[i % ERRORS.length];
    const names = WHERE[(i + Math.floor(i / ERRORS.length)) % WHERE.length];
    const before = proxy.commands.get('XREADGROUP') ?? 0;
    const start = performance.now();
    proxy.rule = { error: { text, names, share: random.pick([1, 1, 0.3]) } };
    await sleep(random.int(700, 1500));
    const reads = (proxy.commands.get('XREADGROUP') ?? 0) - before;
    const rate = (reads * 1000) / (performance.now() - start);
    proxy.rule = {};
    w.expect(!names.includes('XREADGROUP') || rate < 2 * TIRELESS,
      `${Math.round(rate)} reads a second while Redis said ${text}`);
    await w.recovered(text);
    w.expect(w.system.hrisd.child.exitCode === null, `hrisd ended: ${text}`);
  }
  return `${proxy.seen.errors} errors given`;
}
