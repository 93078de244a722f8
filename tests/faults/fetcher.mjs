// Thin webhooks: a notice names a person, the fetcher reads that person back
// from the HRIS. It is killed all the time; nobody may be skipped, and nothing
// applied twice. The HRIS is a few lines in the manner of BambooHR, so that
// what it served is known to the last request.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { sleep, until } from '../system/harness.mjs';
import { Recorder } from './recorder.mjs';
import { Load } from './sender.mjs';

const KEY = 'webhook-private-key';
const PEOPLE = 150;
const DRAIN_MS = 60000;

class Hris {
  constructor() {
    this.titles = new Map(); // person -> title now
    this.served = new Set(); // "person title"
    this.reads = 0;
    this.server = createServer((req, res) => this.answer(req, res));
  }

  answer(req, res) {
    const id = /^\/api\/v1\/employees\/([^/?]+)/.exec(req.url)?.[1];
    const title = this.titles.get(id);
    this.reads++;
    if (!title) return res.writeHead(404).end();
    this.served.add(`${id} ${title}`);
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id,
      employeeNumber: `N${id}`, firstName: 'Person', lastName: `Number ${id}`,
      workEmail: `thin${id}@example.com`, jobTitle: title, department: 'Works',
      status: 'Active', employmentHistoryStatus: 'Full-Time', hireDate: '2020-01-01' }));
  }

  change() {
    const id = String(1 + (this.serial = (this.serial ?? -1) + 1) % PEOPLE);
    this.titles.set(id, `Title ${this.serial}`);
    return id;
  }
}

// Notices as BambooHR signs them: body, then timestamp, in hex.
class Notices extends Load {
  make() {
    const person = this.hris.change();
    const d = { id: ++this.serial, kind: 'genuine', person, attempts: 0, status: 0,
      change: `notice ${this.serial}`, body: JSON.stringify({ type: 'employee.updated',
        timestamp: new Date().toISOString(), serial: this.serial,
        data: { companyId: '1', employeeId: person, changedFields: ['jobTitle'] } }) };
    this.unanswered++;
    this.deliveries.set(d.change, d);
    return d;
  }

  request(d) {
    const stamp = String(Math.floor(Date.now() / 1000));
    const mac = createHmac('sha256', KEY).update(d.body + stamp).digest('hex');
    return `POST ${this.target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${d.body.length}\r\n` +
      `X-BambooHR-Timestamp: ${stamp}\r\nX-BambooHR-Signature: ${mac}\r\n\r\n${d.body}`;
  }
}

async function connectHris(w, hris) {
  const s = w.system;
  await new Promise((ok) => hris.server.listen(s.ports.sandbox, '127.0.0.1', ok));
  w.after.push(() => new Promise((ok) => {
    hris.server.close(ok);
    hris.server.closeAllConnections();
  }));
  const made = await s.api('POST', 'connections', { provider: 'bamboohr', name: 'Thin',
    credentials: { api_key: 'key', webhook_secret: KEY },
    settings: { subdomain: 'example', base_url: `http://127.0.0.1:${s.ports.sandbox}` } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const on = await s.api('POST', `connections/${made.body.id}/enable`);
  if (on.status !== 202) throw new Error(JSON.stringify(on.body));
  return new URL(made.body.webhook_url);
}

export async function fetcher(w, count, more) {
  const { random } = w;
  const hris = new Hris();
  const url = await connectHris(w, hris);
  const lookups = new Recorder(w.system.redis.socket, { stream: 'lookups' });
  w.after.push(() => lookups.close());
  await lookups.start();
  const [b] = w.bares;
  w.load = new Notices({ port: Number(url.port), path: url.pathname, secret: '' },
    random.fork('load'), { rate: 100, connections: 8, falseShare: 0, againShare: 0 });
  w.load.hris = hris;
  await w.warmUp();

  w.load.start();
  for (let i = 0; i < count; i++) {
    await sleep(random.int(50, 500));
    await b.kill();
    await b.start();
  }
  await sleep(500);
  const left = await w.load.drain(DRAIN_MS);
  w.expect(!left, `${left} notices were never answered 2xx`);
  // What is put off stands in a set until it is due, and then comes back.
  await until('nothing is put off', async () =>
    (await w.recorder.client.zcard('{hrisd:0}:later')) === 0, DRAIN_MS);
  const state = await lookups.drained('fetchers', DRAIN_MS);
  w.expect(!state.pending && !state.behind,
    `lookups: ${state.pending} pending, ${state.behind} not delivered`);
  const notices = [...w.load.deliveries.values()];
  more.judgeBy = (history) => thin(w, history, hris, notices);
  countLookups(w, (await lookups.finish()).stream, notices);
  return `${notices.length} notices, ${hris.reads} reads`;
}

// Every notice that was acknowledged is in the stream.
function countLookups(w, stream, notices) {
  const queued = new Map();
  for (const e of stream) queued.set(e.person, (queued.get(e.person) ?? 0) + 1);
  for (const d of notices)
    if (d.status === 202) queued.set(d.person, (queued.get(d.person) ?? 0) - 1);
  for (const [person, n] of queued)
    w.expect(n >= 0, `${-n} acknowledged notices of ${person} are not in the stream`);
}

// What was read and queued, in the checker's words: true is what the HRIS
// served, and the last state of everybody noticed must have been read.
function thin(w, history, hris, notices) {
  const sent = new Map();
  for (const e of history.stream)
    if (hris.served.has(`${e.person} ${e.title}`))
      sent.set(e.change, { change: e.change, kind: 'genuine', person: e.person,
        version: e.version, title: e.title, status: 0 });
  for (const person of new Set(notices.map((d) => d.person))) {
    const last = [...sent.values()].filter((d) => d.person === person)
      .sort((a, b) => a.version - b.version).at(-1);
    w.expect(last?.title === hris.titles.get(person),
      `${person}: ${last?.title ?? 'nothing'} was read at last, not ` +
      hris.titles.get(person));
    if (last) last.status = 202;
  }
  return { ...history, deliveries: [...sent.values()] };
}
