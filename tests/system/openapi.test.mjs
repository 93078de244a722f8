// Our calls against the vendors' own OpenAPI descriptions: Prism checks each
// request and answers by the description's examples. No request of ours may
// violate it, and a run must read whom it shows.
//   HRISD_SPECS   a folder with other or newer descriptions: NAME.yaml
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Process, System, freePort, until } from './harness.mjs';

const SPECS = resolve(process.env.HRISD_SPECS ?? 'tests/data/specs');
delete process.env.HRISD_SPECS; // hrisd refuses what it does not know
const PRISM = resolve('tests/node_modules/.bin/prism');
const BEARER = 'Bearer of-the-test';

// person: an id to read one by; ways: settings, each of which reads everybody
// in another way; people: how many the examples show there (that of the dataset
// shows none with an id, that of the list has no end); calls: what must have
// been asked for; literally: a request as a description wants it whose schemas
// say something else than its words.
// The list of employees: by its words `fields` is separated by commas, by its
// schema it comes once for each; and of what opens it, OAuth alone is named.
function bambooLiterally(method, url, headers) {
  if (method !== 'GET' || url.pathname !== '/api/v1/employees') return;
  headers.authorization = BEARER;
  const fields = url.searchParams.get('fields')?.split(',') ?? [];
  url.searchParams.delete('fields');
  for (const name of fields) url.searchParams.append('fields', name);
}

const VENDORS = [
  { name: 'bamboohr', spec: 'bamboohr.yaml', person: '12',
    credentials: { api_key: 'key', webhook_secret: 'secret' },
    settings: { subdomain: 'example' },
    ways: { employees: { source: 'employees' }, dataset: { source: 'dataset' },
      report: { source: 'report' } },
    people: { employees: 2, dataset: 0, report: 1 },
    literally: bambooLiterally,
    calls: { employees: 'GET /api/v1/employees', dataset: 'POST /api/v2/datasets/employee/data',
      report: 'POST /api/v1/reports/custom', one: 'GET /api/v1/employees/12',
      test: 'GET /api/v1/meta/fields', changed: 'GET /api/v1/employees/changed',
      register: 'POST /api/v1/webhooks', unregister: 'DELETE /api/v1/webhooks/' } },
];

// Between hrisd and Prism: what was asked for, and what was wrong with it.
class Watched {
  static async start(t, vendor, spec) {
    const w = new Watched();
    Object.assign(w, { vendor, calls: new Set(), violations: [], port: await freePort() });
    const dir = mkdtempSync(join(tmpdir(), 'hrisd-prism-'));
    const prism = new Process(dir, 'prism', PRISM,
      ['mock', '-h', '127.0.0.1', '-p', String(w.port), '--errors', spec]);
    t.after(async () => {
      await prism.stop();
      rmSync(dir, { recursive: true, force: true });
    });
    w.server = createServer((req, res) => w.pass(req, res));
    await new Promise((ok) => w.server.listen(0, '127.0.0.1', ok));
    t.after(() => { w.server.closeAllConnections(); w.server.close(); });
    w.host = `127.0.0.1:${w.server.address().port}`;
    await until('prism answers', () => {
      if (prism.child.exitCode !== null) throw new Error(prism.text());
      return fetch(`http://127.0.0.1:${w.port}/`).catch(() => false);
    });
    return w;
  }

  pass(req, res) {
    const url = new URL(req.url, 'http://x');
    const headers = { ...req.headers };
    this.calls.add(`${req.method} ${url.pathname}`);
    this.vendor.literally?.(req.method, url, headers);
    const on = forward({ host: '127.0.0.1', port: this.port, method: req.method,
      path: url.pathname + url.search, headers }, (answer) => {
      for (const v of JSON.parse(answer.headers['sl-violations'] ?? '[]'))
        if (v.location[0] === 'request')
          this.violations.push(`${req.method} ${req.url}: ${v.location.join('.')}: ${v.message}`);
      if (answer.statusCode === 404 || answer.statusCode === 405)
        this.violations.push(`${req.method} ${req.url}: not in the description`);
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    on.on('error', () => res.destroy());
    req.pipe(on);
  }
}

async function start(t, vendor, way) {
  const watched = await Watched.start(t, vendor, join(SPECS, vendor.spec));
  const s = await System.start(t, { HRISD_ALLOW_HOSTS: watched.host,
    HRISD_LOOKUP_WINDOW_MS: '50ms' });
  const made = await s.api('POST', 'connections', { provider: vendor.name, name: 'P',
    credentials: vendor.credentials,
    settings: { ...vendor.settings, ...vendor.ways[way], base_url: `http://${watched.host}` } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.at = (method, path, body) => s.api(method, `connections/${made.body.id}/${path}`, body);
  s.over = (id) => until('the run is over', async () => {
    const r = (await s.api('GET', `runs/${id}`)).body;
    return (r.finished_at || r.waiting_until) && r;
  });
  return { s, watched };
}

for (const vendor of VENDORS) {
  const spec = join(SPECS, vendor.spec);
  const skip = existsSync(spec) ? false : `there is no ${spec}: set HRISD_SPECS`;
  for (const way of Object.keys(vendor.ways))
    test(`${vendor.name}, read by ${way}: as its description wants`, { skip }, async (t) => {
      const { s, watched } = await start(t, vendor, way);
      const asked = (call) => until(call, () =>
        [...watched.calls].some((c) => c === call || (call.endsWith('/') && c.startsWith(call))));
      const tested = await s.at('POST', 'test');
      assert.equal(tested.status, 200, JSON.stringify(tested.body));
      await asked(vendor.calls.test);
      const registered = await s.at('POST', 'webhook');
      assert.equal(registered.status, 200, JSON.stringify(registered.body));
      await asked(vendor.calls.register);

      const run = await s.over((await s.at('POST', 'enable')).body.run_id);
      await asked(vendor.calls[way]);
      assert.deepEqual(watched.violations, []);
      assert.equal(run.proof?.people, vendor.people[way], JSON.stringify(run));
      const person = await s.at('POST', 'sync', { person: vendor.person });
      assert.equal(person.status, 202, JSON.stringify(person.body));
      await asked(vendor.calls.one);
      const more = await s.at('POST', 'sync', { kind: 'incremental' });
      assert.equal(more.status, 202, JSON.stringify(more.body));
      await s.over(more.body.run_id);
      if (run.status === 'done') await asked(vendor.calls.changed);

      const removed = await s.at('DELETE', 'webhook');
      assert.equal(removed.status, 200, JSON.stringify(removed.body));
      await asked(vendor.calls.unregister);
      assert.deepEqual(watched.violations, []);
    });
}
