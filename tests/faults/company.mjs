// The sandbox company, read by organizations that know nothing of each other,
// and what is true of everybody in it, state by state.
import { run as hrisd, until } from '../system/harness.mjs';
import { connect, json } from '../system/vendors.mjs';

const OVER_MS = 900000; // of a run that is cut off again and again
const PAGE = 1000;

const stateOf = (data) => ({ title: data.job_title, status: data.status });

export class Company {
  // tenants: organizations per provider; each has one connection.
  static async open(w, { people, tenants, providers = Object.keys(connect) }) {
    const c = new Company();
    Object.assign(c, { w, s: w.system, truth: [], readers: [], runs: [], serial: 0 });
    await c.s.sandbox('--people', String(people), '--seed', '7', '--quiet');
    await c.learn();
    for (let i = 0; i < tenants; i++)
      for (const provider of providers) c.readers.push(await c.join(provider));
    return c;
  }

  get base() {
    return `http://127.0.0.1:${this.s.ports.sandbox}`;
  }

  control(method, path, body) {
    return this.s.ask(method, `sandbox/${path}`, body).then(json);
  }

  // Of everybody: the ids that each vendor gives, and all states so far.
  async learn() {
    for (let at = 0; at !== null;) {
      const page = await this.control('GET', `people?limit=${PAGE}&cursor=${at}`);
      for (const p of page.items) this.truth.push({ ids: p.ids, states: [stateOf(p.data)] });
      at = page.next_cursor;
    }
  }

  async join(provider) {
    const made = hrisd(['init', '--org', `Tenant ${++this.serial}`, '--plan', 'growth',
      '--email', `admin${this.serial}@example.com`, '--json'], this.s.env);
    const tenant = Object.create(this.s);
    tenant.admin = JSON.parse(made.stdout);
    const { id } = await connect[provider](tenant, this.base);
    const reader = { provider, connection: id,
      call: async (method, path, body) => {
        const { status, body: answer } = await tenant.api(method, path, body);
        if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
        return answer;
      } };
    await this.fault(reader, {});
    await this.over(reader, (await reader.call('POST', `connections/${id}/enable`)).run_id);
    return reader;
  }

  // The faults of a reader's vendor are these, and no others.
  async fault({ provider }, faults) {
    await this.control('DELETE', `faults/${provider}`);
    await this.control('PATCH', `faults/${provider}`, { no_rate_limit: true, ...faults });
  }

  async act(action, n, more = {}) {
    await this.control('POST', 'act', { action, person: n, ...more });
    const { data } = await this.control('GET', `people/${n}`);
    this.truth[n].states.push(stateOf(data));
  }

  // No title comes twice, so that one that was applied twice shows.
  change(n) {
    return this.act('change', n, { set: { job_title: `Title ${++this.serial}` } });
  }

  async over(reader, id) {
    const run = await until(`run ${id} is over`, async () => {
      if (this.closed) throw new Error('the experiment is over');
      const r = await reader.call('GET', `runs/${id}`);
      return r.finished_at && r;
    }, OVER_MS);
    this.runs.push({ connection: reader.connection, kind: run.kind, status: run.status,
      error: run.error, people: run.proof?.people, queued: run.counts?.queued });
    return run;
  }

  ask(reader, kind) {
    return reader.call('POST', `connections/${reader.connection}/sync`, { kind });
  }

  async read(reader, kind) {
    return this.over(reader, (await this.ask(reader, kind)).run_id);
  }

  // {connection: {person: states}}, in the words of each vendor's ids.
  truths() {
    return Object.fromEntries(this.readers.map(({ provider, connection }) => [connection,
      Object.fromEntries(this.truth.map((p) => [p.ids[provider], p.states]))]));
  }
}
