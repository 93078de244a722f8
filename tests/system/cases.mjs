// For the cases of docs/semantics.md: one hrisd and one Redis for a file, and
// for each case a company, an organization and a connection of its own.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { OUTCOMES } from '../faults/checker.mjs';
import { Sender, System, run as hrisd, until } from './harness.mjs';
import { connect, json } from './vendors.mjs';

const STREAMS = ['{hrisd:0}:changes', '{hrisd:0}:lookups'];

// Of the file that the company writes.
const columns = Object.fromEntries(Object.entries({ id: 'Employee ID', email: 'Work Email',
  employee_number: 'Employee Number', first_name: 'First Name', last_name: 'Last Name',
  job_title: 'Job Title', department: 'Department', status: 'Status', start_date: 'Start Date',
  end_date: 'End Date' }).map(([field, name]) => [`${field}_column`, name]));

// Those that connect does not have: what an admin enters. secret: of webhooks.
const others = {
  standard: () => ({ credentials: {} }),
  merge: (c) => ({
    credentials: { api_key: c.api_key, account_token: c.account_token },
    settings: { linked_account: 'ac3e7600-0000-4000-8000-000000000001', base_url: c.base_url },
  }),
  humaans: (c) => ({ credentials: { api_token: c.token }, settings: { base_url: c.base_url } }),
  namely: (c) => ({ credentials: { access_token: c.token },
    settings: { company: 'sandbox', base_url: c.base_url } }),
  workday: (c) => ({ credentials: { user: c.user, password: c.password },
    settings: { host: 'wd.example.com', tenant: c.tenant, sign_in: 'password', base_url: c.base_url,
      report_owner: c.report_owner, report_name: c.report_name } }),
  csv: (c) => ({ credentials: { https_user: c.user, https_password: c.password },
    settings: { source: 'https', sign_in: 'password', file_url: `${c.base_url}/employees.csv`,
      ...columns } }),
};

const secretOf = {
  standard: () => `whsec_${randomBytes(32).toString('base64')}`,
  merge: () => 'a-long-secret-of-merge',
  humaans: () => 'a-long-secret-of-humaans',
};

// What no API serves yet.
function sql(s, text, ...options) {
  const out = execFileSync('sqlite3', ['-cmd', '.timeout 10000', '-json', ...options,
    join(s.dir, 'hrisd.db'), text], { encoding: 'utf8' });
  return out ? JSON.parse(out) : [];
}

// What became of every change of a connection, or of those of one person.
export function outcomesOf(s, connection, pid) {
  return sql(s, `SELECT d.outcome FROM decisions d JOIN member_feeds f ON f.id = d.feed
    WHERE f.connection = '${connection}' ${pid ? `AND d.pid = '${pid}'` : ''} ORDER BY d.id`,
  '-readonly').map((r) => OUTCOMES[r.outcome]);
}

let serial = 0;

class Case {
  constructor(s, provider) {
    Object.assign(this, { s, provider });
  }

  async open({ people = 30, sandbox = [], enabled = true, settings = {} }) {
    await this.s.sandbox('--people', String(people), '--seed', '7', ...sandbox);
    const made = hrisd(['init', '--org', `Company ${++serial}`, '--plan', 'growth', '--email',
      `admin${serial}@example.com`, '--json'], this.s.env);
    assert.equal(made.code, 0, made.stderr);
    this.admin = JSON.parse(made.stdout);
    this.connection = await this.connect(this.provider, settings);
    if (enabled) await this.enable();
  }

  // Nothing of a case may reach the next one's company.
  async close() {
    if (this.connection) await this.api('DELETE', `connections/${this.connection.id}`);
    await this.s.company.stop();
  }

  api(method, path, body) {
    return this.s.api(method, path, body, this.admin.token);
  }

  async at(method, path, body) {
    const answer = await this.api(method, `connections/${this.connection.id}${path}`, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async connect(provider, settings = {}) {
    const base = `http://127.0.0.1:${this.s.ports.sandbox}`;
    if (connect[provider]) {
      const s = Object.assign(Object.create(this.s), { admin: this.admin });
      const { id, settings: now } = await connect[provider](s, base);
      return (await this.api('PATCH', `connections/${id}`, { settings: { ...now, ...settings } })).body;
    }
    const { [provider]: known } = await this.ask('GET', 'credentials');
    const entered = others[provider](known ?? {});
    const secret = secretOf[provider]?.();
    const made = await this.api('POST', 'connections', { provider, name: provider,
      settings: { ...entered.settings, ...settings },
      credentials: { ...entered.credentials, ...(secret && { webhook_secret: secret }) } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    if (secret) {
      await this.ask('POST', 'subscriptions', { provider, url: made.body.webhook_url, secret });
      if (provider === 'standard')
        this.sender = new Sender(made.body.webhook_url, secret, made.body.id);
    }
    return made.body;
  }

  // ---------------------------------------------------------- the company

  ask(method, path, body) {
    return this.s.ask(method, `sandbox/${path}`, body).then(json);
  }

  act(action, person, more = {}) {
    return this.ask('POST', 'act', { action, person, ...more });
  }

  hire(set) {
    return this.ask('POST', 'act', { action: 'hire', set });
  }

  change(person, set) {
    return this.act('change', person, { set });
  }

  // Of the API, or 'webhooks': these faults and no others.
  async fault(faults, of = this.provider) {
    await this.ask('DELETE', `faults/${of}`);
    await this.ask('PATCH', `faults/${of}`, faults);
  }

  calm(of = this.provider) {
    return this.ask('DELETE', `faults/${of}`);
  }

  async person(n) {
    return (await this.ask('GET', `people/${n}`)).data;
  }

  // The numbers of those in a status, who begin with those who lead others.
  async who(status = 'active') {
    const { items } = await this.ask('GET', `people?status=${status}&limit=1000`);
    return items.map((p) => p.person);
  }

  // ------------------------------------------------------------- the runs

  over(id) {
    return this.s.over(id, this.admin.token);
  }

  async enable() {
    const { run_id } = await this.at('POST', '/enable');
    const run = run_id && await this.over(run_id);
    await this.settled();
    return run;
  }

  async start(kind = 'full') {
    return (await this.at('POST', '/sync', { kind })).run_id;
  }

  // Read, and all that came of it applied.
  async sync(kind) {
    const run = await this.over(await this.start(kind));
    await this.settled();
    return run;
  }

  async done(kind) {
    const run = await this.sync(kind);
    assert.equal(run.status, 'done', JSON.stringify(run));
    return run;
  }

  // Nothing waits in the company or in a stream any more.
  async settled() {
    const redis = this.s.redis.client();
    await until('nothing waits', async () => {
      const { webhooks, jobs } = await this.ask('GET', 'state');
      if (webhooks.waiting || webhooks.in_flight || jobs.length) return false;
      for (const stream of STREAMS)
        for (const group of await redis.xinfo('GROUPS', stream)) {
          const at = (name) => group[group.indexOf(name) + 1];
          if (at('pending') || at('lag')) return false;
        }
      return true;
    });
    redis.disconnect();
  }

  // ---------------------------------------------------------- what came of it

  async members() {
    const all = [];
    for (let cursor = ''; cursor !== null;) {
      const { body } = await this.api('GET', `members?limit=200${cursor && `&cursor=${cursor}`}`);
      all.push(...body.items);
      cursor = body.next_cursor;
    }
    return all;
  }

  // The member of person n, by the email that it has by now.
  async member(n) {
    const { email } = await this.person(n);
    return this.byEmail(email);
  }

  async byEmail(email) {
    const found = (await this.members()).filter((m) => m.email === email.toLowerCase());
    assert.ok(found.length <= 1, `${email}: ${found.length} members`);
    return found[0];
  }

  async byId(id) {
    const { status, body } = await this.api('GET', `members/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async until(what, n, wanted) {
    return until(what, async () => {
      const m = await this.member(n);
      return m && wanted(m) ? m : undefined;
    });
  }

  async deactivated() {
    return (await this.members()).filter((m) => m.status === 'deactivated').length;
  }

  // Those that are open.
  tasks() {
    return sql(this.s, `SELECT t.kind, t.pid, t.word, m.public_id AS member, o.public_id AS other
      FROM tasks t JOIN member_rules r ON r.id = t.organization
      LEFT JOIN members m ON m.id = t.member LEFT JOIN members o ON o.id = t.other
      WHERE r.organization = '${this.admin.organization_id}' AND t.resolved_ms IS NULL`, '-readonly');
  }

  async outcomes(n) {
    const { ids } = n === undefined ? {} : await this.ask('GET', `people/${n}`);
    return outcomesOf(this.s, this.connection.id, ids?.[this.provider]);
  }

  // In the place of an admin, for what the API cannot do yet.
  decide(member, assignment) {
    sql(this.s, `UPDATE members SET ${assignment} WHERE public_id = '${member.id}'`);
  }
}

// A test for each case that is named, with a Case of its own.
export function cases(settings = {}) {
  const ends = [];
  let s;
  before(async () => {
    s = await System.start({ after: (end) => ends.push(end) },
      { HRISD_LOOKUP_WINDOW_MS: '50ms', ...settings });
  });
  after(async () => {
    for (const end of ends) await end();
  });
  return (name, options, fn) => test(name, async () => {
    const c = new Case(s, options.provider ?? 'bamboohr');
    try {
      await c.open(options);
      await fn(c);
    } finally {
      await c.close();
    }
  });
}
