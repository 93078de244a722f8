// A sender as HR systems are: a steady rate of signed webhooks over kept-alive
// connections, each repeated under its id, with a fresh timestamp, until it is
// answered 2xx. It keeps a record of every one: the checker's first input.
//
// Every person gets a growing `version`, so the final state is known. A share
// is repeated although it was answered, and a share is not genuine: of those
// nothing may ever be found.
import { createHmac, randomBytes } from 'node:crypto';
import { changeId } from './event.mjs';
import { Wire } from './wire.mjs';

const TICK_MS = 5;
const AGAIN_MS = 200; // before a repetition; one figure keeps the line a line
const WAITING_MAX = 4000; // repetitions due; above it nothing new is sent
const USES_MAX = 300; // of a connection: so that restarted receivers get some
const FALSE_VERSION = 1e9; // were one applied, it would win for ever

const FALSEHOODS = ['forged', 'altered', 'stale', 'future', 'renamed'];

export class Load {
  constructor(target, random, options = {}) {
    Object.assign(this, { people: 5000, rate: 2000, connections: 48,
      falseShare: 0.02, againShare: 0.01, timeoutMs: 5000 }, options);
    this.target = target; // {port, path, secret, organization, connection}
    this.key = Buffer.from(target.secret.replace(/^whsec_/, ''), 'base64');
    this.wrongKey = randomBytes(32);
    this.random = random;
    this.prefix = `f${random.seed.toString(36)}`;
    this.versions = new Map();
    this.deliveries = new Map(); // change id -> record
    this.waiting = []; // records to repeat, in order of `at`
    this.unanswered = 0; // genuine ones without a 2xx
    this.counts = { requests: 0, retries: 0, accepted: 0, resets: 0, timeouts: 0,
      slowest: 0, status: {} };
    this.made = performance.now();
    this.refused = []; // genuine ones that got a 4xx
    this.careless = 0; // 503 without Retry-After
    this.serial = 0;
    this.wires = Array.from({ length: this.connections }, () =>
      new Wire(target.port, (...args) => this.ended(...args)));
    this.free = [...this.wires];
  }

  start() {
    this.making = true;
    this.makingSince = performance.now();
    this.busyMs ??= 0;
    if (this.timer) return;
    this.credit = 0;
    this.ticked = performance.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  // Nothing new; what is not acknowledged yet is still repeated.
  stop() {
    if (this.making) this.busyMs += performance.now() - this.makingSince;
    this.making = false;
  }

  // Nothing at all is sent until the next start.
  pause() {
    this.stop();
    clearInterval(this.timer);
    this.timer = null;
  }

  async drain(ms = 60000) {
    this.stop();
    const end = performance.now() + ms;
    while (this.unanswered && performance.now() < end)
      await new Promise((ok) => setTimeout(ok, 20));
    this.close();
    return this.unanswered;
  }

  close() {
    this.pause();
    for (const w of this.wires) w.close();
  }

  // New and repeated requests per second while it made new ones.
  get reached() {
    const ms = this.busyMs + (this.making ? performance.now() - this.makingSince : 0);
    return Math.round((this.counts.requests * 1000) / Math.max(ms, 1));
  }

  tick() {
    const now = performance.now();
    for (const w of this.wires) w.expire(now);
    // What could not be sent in time is not caught up with in one burst.
    this.credit = Math.min(this.credit + (this.rate * (now - this.ticked)) / 1000,
      this.rate / 20 + 1);
    this.ticked = now;
    while (this.credit >= 1 && this.free.length) {
      const d = this.choose(now);
      if (!d) break;
      this.credit--;
      this.send(this.free.pop(), d, now);
    }
  }

  choose(now) {
    if (this.waiting.length && this.waiting[0].at <= now)
      return this.waiting.shift();
    if (!this.making || this.waiting.length > WAITING_MAX) return null;
    return this.random.chance(this.falseShare) ? this.makeFalse() : this.make();
  }

  event(person, version, title) {
    return { type: 'employee.updated', timestamp: new Date().toISOString(),
      data: { id: person, employee_number: `N${person}`, first_name: 'Person',
        last_name: person, email: `${person}@example.com`, department: 'Works',
        job_title: title, status: 'active', version } };
  }

  record(person, version, title, kind) {
    const event = this.event(person, version, title);
    const { id, ...fields } = event.data;
    delete fields.version;
    const d = { id: `msg_${this.prefix}_${++this.serial}`, kind, person, version, title,
      change: changeId({ organization: this.target.organization,
        connection: this.target.connection, kind: 'state', version,
        person: { id, ...fields } }),
      body: JSON.stringify(event), attempts: 0, status: 0, first: 0, last: 0 };
    this.deliveries.set(d.change, d);
    return d;
  }

  make() {
    const person = `${this.prefix}p${this.random.int(1, this.people)}`;
    const version = (this.versions.get(person) ?? 0) + 1;
    this.versions.set(person, version);
    this.unanswered++;
    return this.record(person, version, `Version ${version}`, 'genuine');
  }

  // It was made and never sent.
  dismiss(d) {
    this.deliveries.delete(d.change);
    this.unanswered--;
  }

  makeFalse() {
    const person = `${this.prefix}p${this.random.int(1, this.people)}`;
    return this.record(person, FALSE_VERSION + this.serial, 'Never',
      this.random.pick(FALSEHOODS));
  }

  sign(id, stamp, body, key = this.key) {
    return `v1,${createHmac('sha256', key).update(`${id}.${stamp}.${body}`)
      .digest('base64')}`;
  }

  request(d) {
    const age = { stale: -600, future: 600 }[d.kind] ?? 0;
    const stamp = Math.floor(Date.now() / 1000) + age;
    const key = d.kind === 'forged' ? this.wrongKey : this.key;
    const signed = d.kind === 'altered' ? d.body.replace('Never', 'Always') : d.body;
    const id = d.kind === 'renamed' ? `${d.id}x` : d.id;
    return `POST ${this.target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${d.body.length}\r\n` +
      `webhook-id: ${id}\r\nwebhook-timestamp: ${stamp}\r\n` +
      `webhook-signature: ${this.sign(d.id, stamp, signed, key)}\r\n\r\n${d.body}`;
  }

  send(wire, d, now) {
    this.counts.requests++;
    if (d.attempts++) this.counts.retries++;
    else d.first = now;
    d.sent = now;
    wire.send(d, this.request(d), now + this.timeoutMs);
  }

  ended(wire, d, { status = 0, failed, retryAfter }) {
    const now = performance.now();
    const { counts } = this;
    if (wire.uses >= USES_MAX) wire.close();
    this.free.push(wire);
    d.last = now;
    counts.slowest = Math.max(counts.slowest, now - d.sent);
    if (failed) counts[failed === 'reset' ? 'resets' : 'timeouts']++;
    else counts.status[status] = (counts.status[status] ?? 0) + 1;
    if (status === 503 && !retryAfter) this.careless++;
    if (d.kind !== 'genuine') d.status ||= status;
    else this.settle(d, status, now);
  }

  settle(d, status, now) {
    if (status >= 200 && status < 300) {
      if (!d.status) {
        this.unanswered--;
        this.counts.accepted++;
        d.status = status;
        d.acknowledged = now;
        if (this.random.chance(this.againShare)) return this.repeat(d, now);
      }
      d.body = null; // the digest stays
      return;
    }
    if (d.status) return;
    if (status >= 400 && status < 500) this.refused.push(`${d.change} ${status}`);
    this.repeat(d, now);
  }

  repeat(d, now) {
    d.at = now + AGAIN_MS;
    this.waiting.push(d);
  }
}
