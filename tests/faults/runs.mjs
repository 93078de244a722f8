// Sync runs: the fetcher is killed in the middle of pages, all the time, while
// people change. Nobody may be skipped, and nothing applied twice. The HRIS is
// a few lines, so that what it served is known to the last page.
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { sleep, until } from '../system/harness.mjs';

export const PROVIDERS = resolve('tests/faults/providers');

const PEOPLE = 1200;
const PAGE = 40;
const PAGE_MS = 8;
const CHANGE_MS = 15;
const ASK_MS = 250;
const WAIT_MS = 60000;

class Hris {
  constructor() {
    this.titles = Array.from({ length: PEOPLE }, (_, i) => `Title ${i}`);
    this.serial = PEOPLE;
    this.served = new Set(); // "person title"
    this.pages = 0;
    this.server = createServer((req, res) => setTimeout(() => this.answer(req, res), PAGE_MS));
  }

  answer(req, res) {
    const from = Number(/cursor=(\d+)/.exec(req.url)?.[1] ?? 0);
    const people = [];
    this.pages++;
    for (let i = from; i < Math.min(from + PAGE, PEOPLE); i++) {
      this.served.add(`p${i} ${this.titles[i]}`);
      people.push({ id: `p${i}`, email: `run${i}@example.com`, first: 'Person',
        last: `Number ${i}`, title: this.titles[i], status: 'active' });
    }
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ people,
      total: PEOPLE, ...(from + PAGE < PEOPLE ? { next: String(from + PAGE) } : {}) }));
  }

  change(random) {
    this.titles[random.int(0, PEOPLE - 1)] = `Title ${this.serial++}`;
  }
}

async function connectHris(w, hris) {
  const s = w.system;
  await new Promise((ok) => hris.server.listen(s.ports.sandbox, '127.0.0.1', ok));
  w.after.push(() => new Promise((ok) => {
    hris.server.close(ok);
    hris.server.closeAllConnections();
  }));
  const made = await s.api('POST', 'connections', { provider: 'acme', name: 'Runs',
    credentials: { api_key: 'key' },
    settings: { base_url: `http://127.0.0.1:${s.ports.sandbox}` } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const on = await s.api('POST', `connections/${made.body.id}/enable`);
  if (on.status !== 202) throw new Error(JSON.stringify(on.body));
  return made.body.id;
}

// One after the other: a run that is open is joined.
async function sync(w, connection) {
  const answer = await w.system.api('POST', `connections/${connection}/sync`);
  if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
  return answer.body.run_id;
}

async function ended(w, run) {
  return until('the run is over', async () => {
    const { body } = await w.system.api('GET', `runs/${run}`);
    return !['queued', 'running'].includes(body.status) && body;
  }, WAIT_MS);
}

export async function runs(w, count, more) {
  const { random } = w;
  const hris = new Hris();
  const connection = await connectHris(w, hris);
  const [b] = w.bares;
  const changing = setInterval(() => hris.change(random), CHANGE_MS);
  const asking = setInterval(() => sync(w, connection).catch(() => {}), ASK_MS);
  try {
    for (let i = 0; i < count; i++) {
      const before = hris.pages;
      await until('a page is asked for', () => hris.pages > before, WAIT_MS);
      await sleep(random.int(0, 150));
      await b.kill();
      await b.start();
    }
  } finally {
    clearInterval(asking);
    clearInterval(changing);
  }
  await ended(w, await sync(w, connection));
  const last = await ended(w, await sync(w, connection));
  w.expect(last.status === 'done', `the last run is ${last.status}: ${last.error}`);
  more.judgeBy = (history) => judge(w, history, hris);
  return `${hris.pages} pages`;
}

// What was read and queued, in the checker's words: true is what the HRIS
// served, and the last state of everybody must have been read.
function judge(w, history, hris) {
  const deliveries = history.stream
    .filter((e) => hris.served.has(`${e.person} ${e.title}`))
    .map((e) => ({ change: e.change, kind: 'genuine', person: e.person, version: e.version,
      title: e.title, status: 0 }));
  const newest = new Map();
  for (const d of deliveries)
    if (!(newest.get(d.person)?.version > d.version)) newest.set(d.person, d);
  hris.titles.forEach((title, i) => {
    const d = newest.get(`p${i}`);
    w.expect(d?.title === title, `p${i}: ${d?.title ?? 'nothing'} was read at last, not ${title}`);
    if (d) d.status = 202;
  });
  return { ...history, deliveries };
}
