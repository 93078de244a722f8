// What one experiment happens in: a system of its own, a load on it, a record
// of all that it queued, and at the end the judgement.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANY_RATE, HRISD, Process, System, freePort, sleep, until } from '../system/harness.mjs';
import { check } from './checker.mjs';
import { isAlive, rolesOf, Watch } from './proc.mjs';
import { Proxy } from './proxy.mjs';
import { readStore, Recorder } from './recorder.mjs';
import { Load } from './sender.mjs';
import { Wire } from './wire.mjs';

const DRAIN_MS = 90000;
const RECOVERY_MS = 10000; // from the end of a fault to the next 2xx
const ROW = 24; // good answers in a row
const WARM_MS = 10000;
const OWN_DEATH = /role ended.*(by=exit|by=signal code=(?!9 ))|Sanitizer|runtime error/;
const KEPT = 'build/faults'; // what a failure leaves to look at
const RSS_MAX = 256 << 20; // of any one process, whatever is done to it

export class World {
  // settings: of hrisd; proxy: between it and Redis; serve: roles that run
  // under one supervisor (all of them when left out); bare: roles that have
  // one each
  static async open(name, random, options = {}) {
    const w = new World();
    Object.assign(w, { name, random, bad: [], bares: [], after: [] });
    try {
      await w.build(options);
    } catch (e) {
      await w.close();
      throw e;
    }
    return w;
  }

  async build({ settings, proxy, serve, bare = [], load, rate = 2000 }) {
    const t = { after: (fn) => this.after.push(fn) };
    this.system = await System.start(t, { HRISD_RECEIVERS: '2', HRISD_CLAIM_MS: '1s',
      ...ANY_RATE, ...settings }, { serve: false });
    const s = this.system;
    if (proxy) {
      this.proxy = new Proxy(s.redis.socket, this.random.fork('proxy'));
      await this.proxy.start();
      s.env.HRISD_REDIS = this.proxy.url;
    }
    await s.serve(serve ? [`--roles=${serve}`] : []);
    for (const role of bare) await this.addBare(role);
    this.recorder = new Recorder(s.redis.socket);
    await this.recorder.start();
    this.watch = new Watch(() => this.roles());
    if (load === false) return;
    this.sender = await s.standard();
    const url = new URL(this.sender.url);
    this.load = new Load({ port: Number(url.port), path: url.pathname,
      secret: this.sender.secret, connection: this.sender.connection,
      organization: s.admin.organization_id }, this.random.fork('load'),
    { rate, ...load });
    await this.warmUp();
  }

  // Receivers learn within half a second that a connection is enabled. Each
  // request has a connection of its own, and so a receiver by chance: after
  // so many good answers in a row all of them know.
  async warmUp() {
    const { load } = this;
    let d = load.make();
    for (let row = 0; row < ROW;) {
      const { status } = await new Promise((ok) => {
        new Wire(load.target.port, (wire, _, result) => {
          wire.close();
          ok(result);
        }).send(d, load.request(d), Infinity);
      });
      row = status === 202 ? row + 1 : 0;
      if (status !== 202 && performance.now() > load.made + WARM_MS)
        throw new Error(`the connection is not known: ${status}`);
      if (status !== 202) continue;
      load.settle(d, status, performance.now());
      d = load.make();
    }
    load.dismiss(d);
  }

  // Of all supervisors.
  roles(role) {
    const all = [this.system.hrisd, ...this.bares.map((b) => b.process)]
      .filter((p) => p?.pid).flatMap((p) => rolesOf(p.pid));
    return role ? all.filter((r) => r.role === role) : all;
  }

  // Something that no history shows.
  expect(holds, text) {
    if (!holds) this.bad.push(`bounds: ${text}`);
  }

  // Milliseconds until the load is accepted again.
  async recovered(what, limit = RECOVERY_MS) {
    const { counts } = this.load;
    const start = performance.now();
    const before = counts.accepted;
    while (counts.accepted < before + 20 && performance.now() - start < limit)
      await sleep(5);
    const took = performance.now() - start;
    this.expect(took < limit, `nothing was accepted for ${limit} ms after ${what}`);
    return took;
  }

  // All is well again: what is under way ends, and then the history is judged.
  async judge({ judgeBy = (h) => h, checkBy = check, ...more } = {}) {
    const left = await this.load?.drain(DRAIN_MS);
    this.expect(!left, `${left} deliveries were never answered 2xx`);
    const group = await this.recorder.drained('provisioners', DRAIN_MS);
    const queued = await this.recorder.finish();
    const store = await readStore(join(this.system.dir, 'hrisd.db'));
    const memory = this.watch.stop();
    for (const [role, bytes] of Object.entries(memory))
      this.expect(bytes < (more.rssMax?.[role] ?? RSS_MAX),
        `the ${role} took ${bytes >> 20} MiB`);
    this.lookAtLogs();
    const history = judgeBy({ deliveries: [...(this.load?.deliveries.values() ?? [])],
      refused: this.load?.refused, careless: this.load?.careless,
      ...queued, ...store, group, ...more });
    const violations = [...this.bad, ...checkBy(history)];
    if (violations.length) this.keep(history);
    return { violations, history, memory };
  }

  // Nobody but the experiment may end a role: it does so by SIGKILL (9).
  lookAtLogs() {
    const lines = [this.system.hrisd, this.bares[0]?.process].filter(Boolean)
      .flatMap((p) => p.text().split('\n'));
    for (const line of lines)
      this.expect(!OWN_DEATH.test(line), `a role died by itself: ${line}`);
  }

  keep(history) {
    this.keepLogs();
    try {
      writeFileSync(join(KEPT, `${this.name}.json`), JSON.stringify(history));
    } catch (e) {
      console.log(`the history of ${this.name} cannot be kept: ${e.message}`);
    }
  }

  keepLogs() {
    mkdirSync(KEPT, { recursive: true });
    for (const log of ['hrisd', 'redis', 'bare']) {
      const from = join(this.system.dir, `${log}.log`);
      if (existsSync(from)) copyFileSync(from, join(KEPT, `${this.name}.${log}.log`));
    }
  }

  async addBare(role) {
    const b = new Bare(this.system, role, await freePort());
    this.bares.push(b);
    await b.start();
  }

  async close() {
    this.watch?.stop();
    this.load?.close();
    this.recorder?.close();
    for (const b of this.bares) await b.process?.stop();
    // A stopped process does not end: let all go on first.
    for (const { pid } of this.system ? this.roles() : []) signal(pid, 'SIGCONT');
    if (this.system?.redis.process?.pid) signal(this.system.redis.process.pid, 'SIGCONT');
    for (const fn of this.after.reverse()) await fn();
    await this.proxy?.stop();
  }
}

export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between.
  }
}

// One role under a supervisor of its own. Killed often it would be started
// ever later, as it should; so here its supervisor is ended with it and both
// are started anew, which takes milliseconds.
export class Bare {
  constructor(system, role, opsPort) {
    this.system = system;
    this.role = role;
    this.env = { HRISD_OPS_LISTEN: `127.0.0.1:${opsPort}` };
  }

  async start(env = {}) {
    this.process = new Process(this.system.dir, 'bare', HRISD,
      ['serve', `--roles=${this.role}`], { ...this.system.env, ...this.env, ...env });
    await this.running();
  }

  async running() {
    this.child = await until(`a ${this.role}`, () => rolesOf(this.process.pid)[0]?.pid);
    return this.child;
  }

  // Until the role ended by itself, or ms are over.
  async crashed(ms) {
    const end = performance.now() + ms;
    while (isAlive(this.child)) {
      if (performance.now() > end) return false;
      await sleep(2);
    }
    return true;
  }

  // The role at once; its supervisor reaps it and ends in order.
  async kill() {
    signal(this.child, 'SIGKILL');
    await this.process.stop();
  }
}
