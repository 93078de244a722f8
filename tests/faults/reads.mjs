// Fetchers that die, or stand still, in the middle of pages, while a company
// that keeps changing is read without end by many organizations. Nobody may
// be skipped, nothing applied twice, and no connection be run by two.
import { hostname } from 'node:os';
import { sleep, until } from '../system/harness.mjs';
import { Company } from './company.mjs';
import { Fences } from './fences.mjs';
import { isAlive } from './proc.mjs';
import { checkReads } from './readcheck.mjs';
import { signal } from './world.mjs';

export const FETCHER_RSS_MAX = 64 << 20;

const PEOPLE = 1200;
const TENANTS = 3; // of each vendor
const LEAVERS = 20;
const SUPERVISED = 10; // see kills.mjs
const PATIENT = 20; // each so-manieth lease of the dead runs out by itself
const ANYWHERE = 5; // each so-manieth death may fall between pages and runs too
const BOTH = 8; // at each so-manieth nobody is left to take over
const TAKEN_OVER_MS = 180000; // it may have eight others to give their turn first
const KINDS = ['full', 'reconcile', 'incremental'];

// As fetchers name themselves in Redis.
const ownerOf = (bare) => `${hostname()}-${bare.child}`;

class Reading {
  static async open(w, more) {
    const r = new Reading();
    Object.assign(r, { w, random: w.random.fork('reads'), fences: new Fences(),
      over: false, company: {} });
    w.after.push(() => { r.over = r.company.closed = true; });
    w.after.push(() => r.fences.close());
    await r.fences.watch(w.system.redis.socket);
    r.company = await Company.open(w, { people: PEOPLE, tenants: TENANTS });
    for (const reader of r.company.readers)
      await r.company.fault(reader, { latency_ms: 20, slow_body_ms: 30 });
    Object.assign(more, { checkBy: checkReads, leases: r.fences.log, runs: r.company.runs,
      rssMax: { fetcher: FETCHER_RSS_MAX } });
    return r;
  }

  // Until end(): somebody changes all the time, everybody is read all the time.
  start() {
    const { company } = this;
    this.work = Promise.all([this.changing(), ...company.readers.map((c) => this.reading(c))]);
    this.work.catch((e) => { this.broken = e; });
  }

  async changing() {
    while (!this.over) {
      await this.company.change(this.random.int(0, PEOPLE - LEAVERS - 1));
      await sleep(30);
    }
  }

  // BambooHR alone can tell who has changed.
  async reading(reader) {
    for (let i = 0; !this.over; i++) {
      const kind = KINDS[i % (reader.provider === 'bamboohr' ? 3 : 2)];
      await this.company.read(reader, kind);
    }
  }

  inMiddle(bare) {
    return isAlive(bare.child) && this.fences.middle(ownerOf(bare)).length > 0;
  }

  // A fetcher that has stored pages of a run and not yet ended it.
  victim() {
    return until('a fetcher in the middle of pages', () => {
      if (this.broken) throw this.broken;
      const some = this.w.bares.filter((b) => this.inMiddle(b));
      return some.length && this.random.pick(some);
    });
  }

  // The time of a dead fetcher's lease passes at once.
  async expire(connections) {
    for (const id of connections)
      await this.w.recorder.client.pexpire(`{hrisd:0}:lease:${id}`, 1);
  }

  // Who left is seen by a last read, and so is every change.
  async end(more) {
    const { company } = this;
    this.over = true;
    await this.work;
    for (let n = PEOPLE - LEAVERS; n < PEOPLE; n++)
      if (company.truth[n].states.at(-1).status !== 'departed') await company.act('depart', n);
    await Promise.all(company.readers.map((c) => company.read(c, 'full')));
    // A slot of theirs may come while the records are compared.
    for (const b of this.w.bares) await b.process.stop();
    more.truths = company.truths();
    return `${company.runs.length} runs, ${company.serial} changes, ` +
      `${this.fences.log.filter((l) => l.page).length} batches`;
  }
}

// Supervisors start it again; past some of these, see kills.mjs, it dies with
// its own.
async function kill(bare, supervised) {
  if (!supervised) return bare.kill();
  const pid = bare.child;
  signal(pid, 'SIGKILL');
  await until('the end of it', () => !isAlive(pid));
}

// Who dies this time, and how many runs that cut off.
async function death(r, { anywhere, both, alone, patient }) {
  const { bares } = r.w;
  const first = anywhere ? r.random.pick(bares) : await r.victim();
  const dying = both ? bares : [first];
  await sleep(r.random.int(0, 30));
  const owners = dying.map(ownerOf);
  await Promise.all(dying.map((b) => kill(b, !alone)));
  const left = owners.flatMap((o) => r.fences.middle(o));
  if (!patient) await r.expire(left);
  for (const b of dying) await (alone ? b.start() : b.running());
  return left.length;
}

export async function reads(w, count, more) {
  const r = await Reading.open(w, more);
  const supervised = Math.min(SUPERVISED, Math.ceil(count / 10));
  let middle = 0, between = 0;
  r.start();
  for (let done = 0; done < count;) {
    await sleep(r.random.int(100, 1200)); // else no page is ever read to its end
    const anywhere = between < Math.floor(done / ANYWHERE);
    const left = await death(r, { anywhere, both: done % BOTH === BOTH - 1,
      alone: done >= supervised, patient: done % PATIENT === 0 });
    middle += left;
    if (anywhere) between++;
    else if (left) done++; // else it had just ended the run
  }
  return `${await r.end(more)}, ${middle} runs cut off, ${between} more deaths anywhere`;
}

// It stands still until another has its connection, and then goes on as if it
// still had it.
export async function stalled(w, count, more) {
  const r = await Reading.open(w, more);
  r.start();
  for (let i = 0; i < count; i++) {
    const b = await r.victim();
    signal(b.child, 'SIGSTOP');
    const owner = ownerOf(b);
    const held = r.fences.middle(owner);
    await r.expire(held);
    await until(`another fetcher has ${held} of ${owner}`,
      () => held.every((c) => r.fences.passed(c, owner)), TAKEN_OVER_MS).finally(() => signal(b.child, 'SIGCONT'));
    await sleep(r.random.int(100, 500));
  }
  const note = await r.end(more);
  const lost = w.bares[0].process.text().match(/taken over by another fetcher/g) ?? [];
  w.expect(lost.length >= count, `${lost.length} of ${count} noticed that they had lost a run`);
  return note;
}
