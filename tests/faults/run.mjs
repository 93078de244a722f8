// Kill, stop, cut, starve and poison it under load; a checker judges.
//   scripts/faults [--quick] [--seed=N] [--rate=N] [NAME[=COUNT]...]
// Without names all experiments run. --quick: a twentieth of each count.
// HRISD_SEED repeats a run: the same choices, at about the same moments.
// Failures leave history and logs in build/faults/.
import { HRISD } from '../system/harness.mjs';
import { existsSync } from 'node:fs';
import * as kills from './kills.mjs';
import * as stops from './stops.mjs';
import * as wires from './wires.mjs';
import * as limits from './limits.mjs';
import * as moods from './moods.mjs';
import { fetcher } from './fetcher.mjs';
import { MISDEEDS, misdeeds } from './misdeeds.mjs';
import { reads, stalled } from './reads.mjs';
import { Random } from './random.mjs';
import { World } from './world.mjs';

// Sync runs: two fetchers, each with a supervisor, and no other load.
const READERS = { serve: 'receiver,provisioner,console', bare: ['fetcher', 'fetcher'],
  load: false, settings: { HRISD_RUN_TURN_MS: '5s' } };

// count: by default; least: with --quick.
const EXPERIMENTS = {
  receiver: { what: 'receivers killed', count: 200, least: 10, run: kills.receiver,
    world: { serve: 'provisioner,console', bare: ['receiver', 'receiver'] } },
  provisioner: { what: 'provisioners killed', count: 200, least: 16, run: kills.provisioner,
    world: { serve: 'receiver,console', bare: ['provisioner'] } },
  fetcher: { what: 'fetchers killed', count: 50, least: 6, run: fetcher,
    world: { serve: 'receiver,provisioner,console', bare: ['fetcher'], load: false,
      settings: { HRISD_CONNECT_MS: '1s', HRISD_CALL_MS: '1s', HRISD_LOOKUP_WINDOW_MS: '200ms' } } },
  reads: { what: 'fetchers killed in the middle of pages', count: 200, least: 6, run: reads,
    world: READERS },
  stalled: { what: 'fetchers stopped in the middle of pages', count: 6, least: 1,
    run: stalled, world: READERS },
  misdeeds: { what: 'misdeeds of an HR system', count: 3 * Object.keys(MISDEEDS).length,
    least: 8, run: misdeeds,
    world: { serve: 'receiver,provisioner,console', load: false,
      settings: { HRISD_CONNECT_MS: '1s', HRISD_CALL_MS: '2s', HRISD_PAGE_MS: '3s' } } },
  redis: { what: 'times Redis killed', count: 50, least: 3, run: kills.redis },
  restart: { what: 'restarts', count: 10, least: 2, run: kills.restart },
  moods: { what: 'unfit settings of Redis', count: 12, least: 4, run: moods.moods },
  outage: { what: 'outages of Redis', count: 3, least: 1, run: moods.outage },
  'redis-stop': { what: 'times Redis stopped', count: 5, least: 1, run: stops.redisStop },
  zombie: { what: 'provisioners stopped', count: 12, least: 2, run: stops.zombie,
    world: { settings: { HRISD_PROVISIONERS: '2' } } },
  store: { what: 'times the database locked', count: 8, least: 2, run: stops.store },
  errors: { what: 'spells of errors of Redis', count: 32, least: 4, run: wires.errors,
    world: { proxy: true } },
  acks: { what: 'spells without acknowledgements', count: 8, least: 2, run: wires.acks,
    world: { proxy: true, serve: 'receiver,console', bare: ['provisioner'], rate: 500 } },
  toxics: { what: 'bad connections to Redis', count: 45, least: 9, run: wires.toxics,
    world: { proxy: true } },
  descriptors: { what: 'times out of descriptors', count: 6, least: 1,
    run: limits.descriptors, world: { settings: { HRISD_RECEIVERS: '1' }, rate: 500 } },
  copies: { what: 'ids sent 100 times at once', count: 60, least: 5, run: limits.copies,
    world: { rate: 500 } },
  poison: { what: 'bad entries', count: 340, least: 17, run: limits.poison },
  forget: { what: 'times Redis lost data', count: 12, least: 4, run: limits.forget },
};

const QUICK = 20;

function options(args) {
  const o = { seed: Number(process.env.HRISD_SEED ?? Date.now() % 1e9), names: new Map() };
  for (const arg of args) {
    const [, name, value] = /^(?:--)?([a-z-]+)(?:=(\d+))?$/.exec(arg) ?? [];
    if (arg === '--quick') o.quick = true;
    else if (arg.startsWith('--') && ['seed', 'rate'].includes(name) && value)
      o[name] = Number(value);
    else if (EXPERIMENTS[name] && !arg.startsWith('--')) o.names.set(name, Number(value));
    else return null;
  }
  return o;
}

function countOf(e, given, quick) {
  if (given) return given;
  return quick ? Math.max(Math.ceil(e.count / QUICK), e.least) : e.count;
}

function summaryOf({ counts, reached }) {
  return [`${counts.requests} requests at ${reached}/s`, `${counts.accepted} accepted`,
    `${counts.retries} repeated`];
}

function summary(w, e, count, note, seconds) {
  const memory = Object.entries(w.watch.most).map(([r, b]) => `${r} ${b >> 20}`).join(' ');
  return [`${count} ${e.what}`, ...(w.load ? summaryOf(w.load) : []),
    ...(note ? [note] : []), `MiB: ${memory}`, `${seconds} s`].join(', ');
}

async function experiment(name, count, seed, rate) {
  const e = EXPERIMENTS[name];
  const start = performance.now();
  const random = new Random(seed).fork(name);
  const more = {};
  let w, line, violations;
  try {
    w = await World.open(name, random, { ...e.world, ...(rate ? { rate } : {}) });
    const note = await e.run(w, count, more);
    ({ violations } = await w.judge(more));
    line = summary(w, e, count, note, Math.round((performance.now() - start) / 1000));
  } catch (error) {
    violations = [error.stack];
    w?.keepLogs();
  } finally {
    await w?.close();
  }
  console.log(`${name.padEnd(12)} seed ${seed}: ${line ?? 'broke off'}: ` +
    (violations.length ? 'VIOLATED' : 'ok'));
  for (const v of violations) console.log(`    ${v}`);
  return !violations.length;
}

const o = options(process.argv.slice(2));
delete process.env.HRISD_SEED; // ours alone: hrisd refuses what it does not know
if (!o) {
  console.error(`usage: scripts/faults [--quick] [--seed=N] [--rate=N] [NAME[=COUNT]...]
names: ${Object.keys(EXPERIMENTS).join(' ')}`);
  process.exit(64);
}
if (!existsSync(HRISD)) {
  console.error(`faults: there is no ${HRISD}: run make first`);
  process.exit(64);
}
let passed = 0;
let failed = 0;
for (const name of o.names.size ? o.names.keys() : Object.keys(EXPERIMENTS)) {
  const count = countOf(EXPERIMENTS[name], o.names.get(name), o.quick);
  if (await experiment(name, count, o.seed, o.rate)) passed++;
  else failed++;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
