// An HR system that is slow, broken or hostile. Whatever it does, the run says
// what became of it and why, nobody is deactivated, memory stays small, no
// address inside is ever called; and once it behaves again, so do we.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { sleep, until } from '../system/harness.mjs';
import { Company } from './company.mjs';
import { checkReads } from './readcheck.mjs';
import { FETCHER_RSS_MAX } from './reads.mjs';

const PEOPLE = 1200;
const SETTLES_MS = 60000;
const STALE_MS = 3000; // longer than a single call may take
const SETTINGS = { bamboohr: { subdomain: 'sandbox' } }; // beside the address
const PAGED = ['bamboohr', 'rippling'];

const insideOf = (url) => ({ redirect: url });

// A page may take long: what drips is read for PAGE_SLOW_MS of the fetcher. Who
// does not want to wait for that stops the run.
//
// faults: the sandbox's, or made from the experiment; at: another base_url;
// only: vendors that can do it; ends: how the run ends, or `waits` when it
// will go on by itself; why: its reason, in the run or, while it waits, in
// the log.
export const MISDEEDS = {
  'no answer': { faults: { latency_ms: 600000 }, ends: 'waits', why: /did not answer/ },
  drip: { faults: { drip_ms: 1000 }, ends: 'stopped', why: /stopped/ },
  429: { faults: { throttle_percent: 100, retry_after_s: 20 }, ends: 'waits', why: /429/ },
  '429 later': { faults: { throttle_percent: 100, retry_after_s: 20, after: 1 }, only: PAGED,
    ends: 'waits', why: /429/ },
  500: { faults: { error_percent: 100, error_status: 500 }, ends: 'waits',
    why: /fault of its own/ },
  503: { faults: { error_percent: 100, error_status: 503 }, ends: 'waits',
    why: /fault of its own/ },
  reset: { faults: { reset_percent: 100 }, ends: 'waits', why: /did not answer/ },
  truncated: { faults: { truncated_body_percent: 100 }, ends: 'waits', why: /did not answer/ },
  oversized: { faults: { oversized_bytes: 64 << 20 }, ends: 'failed', why: /too large/ },
  bomb: { faults: { gzip_bomb: 1 << 30 }, ends: 'waits', why: /compressed/ },
  html: { faults: { wrong_content_type: true }, ends: 'done', why: /complete/ },
  looping: { faults: { looping: true }, only: PAGED, ends: 'refused', why: /again/ },
  'same next': { faults: { repeat_cursor: true }, only: ['rippling'], ends: 'refused',
    why: /again/ },
  nobody: { faults: { empty_list: true }, ends: 'refused', why: /nobody came/ },
  half: { faults: { half_list: true }, ends: 'refused', why: /people/ },
  hidden: { faults: { hidden_percent: 30 }, ends: 'refused', why: /fewer than 80 %/ },
  revoked: { faults: { revoked: true }, ends: 'failed', why: /credentials/ },
  forbidden: { faults: { forbidden: true }, ends: 'failed', why: /403/ },
  'to this machine': { faults: (x) => insideOf(`http://127.0.0.1:${x.trap.port}/`),
    ends: 'waits', why: /302/ },
  'to IPv6': { faults: (x) => insideOf(`http://[::1]:${x.trap.port}/`), ends: 'waits',
    why: /302/ },
  'to the cloud': { faults: () => insideOf('http://169.254.169.254/latest/meta-data/'),
    ends: 'waits', why: /302/ },
  'its certificate': { at: (x) => `https://127.0.0.1:${x.tls.port}`, ends: 'waits',
    why: /certificate is not valid/ },
};

// Whoever comes here was led inside.
async function listen(w, server) {
  const x = { hits: 0 };
  server.on('request', (_, res) => { x.hits++; res.end('{}'); });
  await new Promise((ok) => server.listen(0, ok));
  w.after.push(() => new Promise((ok) => {
    server.close(ok);
    server.closeAllConnections();
  }));
  x.port = server.address().port;
  return x;
}

function selfSigned(dir) {
  const [key, cert] = ['hris.key', 'hris.crt'].map((name) => join(dir, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'pipe' });
  return createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) });
}

class Hostile {
  static async open(w, more) {
    const x = new Hostile();
    Object.assign(x, { w, trap: await listen(w, createServer()),
      tls: await listen(w, selfSigned(w.system.dir)) });
    w.system.env.HRISD_ALLOW_HOSTS += `,127.0.0.1:${x.tls.port}`;
    await w.addBare('fetcher');
    x.company = await Company.open(w, { people: PEOPLE, tenants: 1 });
    w.after.push(() => { x.company.closed = true; });
    Object.assign(more, { checkBy: checkReads, leases: [], runs: x.company.runs,
      truths: x.company.truths(), expected: ['refused', 'failed'],
      rssMax: { fetcher: FETCHER_RSS_MAX } });
    return x;
  }

  async misbehave(reader, m) {
    const faults = typeof m.faults === 'function' ? m.faults(this) : m.faults ?? {};
    await this.company.fault(reader, faults);
    if (m.at) await this.move(reader, m.at(this));
  }

  async behave(reader) {
    await this.company.fault(reader, {});
    await this.move(reader, this.company.base); // 401 waits for a change of ours
  }

  move(reader, base_url) {
    return reader.call('PATCH', `connections/${reader.connection}`,
      { settings: { ...SETTINGS[reader.provider], base_url } });
  }

  // How the run stands: over, or waiting.
  settled(reader, id) {
    return until('the run ends, or waits', async () => {
      const run = await reader.call('GET', `runs/${id}`);
      return (run.finished_at || run.waiting_until) && run;
    }, SETTLES_MS);
  }

  async stopped(reader, id) {
    await until('it reads', async () =>
      (await reader.call('GET', `runs/${id}`)).status === 'running');
    await sleep(STALE_MS);
    await reader.call('POST', `runs/${id}/stop`);
    return this.settled(reader, id);
  }

  // The same reason is told once only.
  waitsWhy(reader) {
    return this.w.bares[0].process.text().split('\n').filter((l) =>
      l.includes('reads of a connection wait') && l.includes(reader.connection)).at(-1) ?? '';
  }

  async meet(reader, name) {
    const m = MISDEEDS[name];
    const { w, company } = this;
    await this.misbehave(reader, m);
    const { run_id } = await company.ask(reader, 'full');
    const run = await (m.ends === 'stopped' ? this.stopped(reader, run_id)
      : this.settled(reader, run_id));
    const ends = run.finished_at ? run.status : 'waits';
    const why = run.finished_at ? `${run.error ?? run.summary}` : this.waitsWhy(reader);
    const where = `${reader.provider}, ${name}`;
    w.expect(ends === m.ends, `${where}: the run ${ends}, not ${m.ends}: ${why}`);
    w.expect(m.why.test(why), `${where}: its reason is ${why}`);
    await this.behave(reader);
    const next = await company.read(reader, 'full');
    w.expect(next.status === 'done',
      `${where}: the next run is ${next.status}: ${next.error}`);
  }
}

export async function misdeeds(w, count, more) {
  const x = await Hostile.open(w, more);
  const names = Object.keys(MISDEEDS);
  const start = w.random.int(0, names.length - 1);
  for (let i = 0; i < count; i++) {
    const name = names[(start + i) % names.length];
    const able = x.company.readers.filter((r) =>
      (MISDEEDS[name].only ?? [r.provider]).includes(r.provider));
    await x.meet(able[Math.floor(i / names.length) % able.length], name);
  }
  w.expect(!x.trap.hits, `${x.trap.hits} calls were led to an address inside`);
  w.expect(!x.tls.hits, `${x.tls.hits} calls were made past a wrong certificate`);
  return `${x.company.runs.length} runs`;
}
