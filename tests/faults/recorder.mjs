// Keeps every entry of a stream as it comes, however often Redis is killed
// meanwhile, and reads what is left in Redis and the database at the end. A
// consumer group of its own keeps hrisd from trimming what was not seen yet.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Redis from 'ioredis';
import { changeId } from './event.mjs';
import { OUTCOMES, STATUSES } from './checker.mjs';

const run = promisify(execFile);
const GROUP = 'checker';
const PAGE = 2000;
const EVERY_MS = 100;

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function entryOf([entry, words]) {
  const event = words[0] === 'event' ? parse(words[1]) : null;
  const whole = event?.person && event.organization;
  return { entry, change: whole ? changeId(event) : `entry ${entry}`, named: event?.id,
    person: event?.person?.id ?? event?.person_id, version: event?.version,
    title: event?.person?.job_title, status: event?.person?.status, kind: event?.kind,
    connection: event?.connection };
}

function deadOf([entry, words]) {
  const fields = {};
  for (let i = 0; i < words.length; i += 2) fields[words[i]] = words[i + 1];
  const event = parse(fields.event ?? '');
  return { entry, stream: fields.stream, from: fields.id, reason: fields.reason,
    change: event?.person && event.organization ? changeId(event) : null };
}

export class Recorder {
  constructor(socket, { stream = 'changes', shard = 0 } = {}) {
    this.key = `{hrisd:${shard}}:${stream}`;
    this.deadKey = `{hrisd:${shard}}:dead`;
    this.entries = [];
    this.cursor = '0-0';
    this.client = new Redis(socket, { maxRetriesPerRequest: 0,
      retryStrategy: () => 50, commandTimeout: 30000 });
    this.client.on('error', () => {});
  }

  async start() {
    await this.client.call('XGROUP', 'CREATE', this.key, GROUP, '0', 'MKSTREAM');
    this.loop = this.follow();
  }

  async follow() {
    while (!this.stopped) {
      try {
        if (await this.step()) continue;
      } catch {
        await this.mend();
      }
      await new Promise((ok) => setTimeout(ok, EVERY_MS));
    }
  }

  async step() {
    const list = await this.client.xrange(this.key, `(${this.cursor}`, '+', 'COUNT', PAGE);
    for (const e of list) this.entries.push(entryOf(e));
    if (!list.length) return false;
    this.cursor = list.at(-1)[0];
    await this.client.call('XGROUP', 'SETID', this.key, GROUP, this.cursor);
    return list.length === PAGE;
  }

  // The group is gone when somebody deleted the stream.
  async mend() {
    try {
      await this.client.call('XGROUP', 'CREATE', this.key, GROUP, this.cursor, 'MKSTREAM');
    } catch {
      // It is there, or Redis is not: the next step tells.
    }
  }

  async groupState(group) {
    const groups = await this.client.call('XINFO', 'GROUPS', this.key);
    for (const words of groups) {
      const g = Object.fromEntries(words.flatMap((w, i) => (i % 2 ? [] : [[w, words[i + 1]]])));
      if (g.name !== group) continue;
      const after = await this.client.xrange(this.key, `(${g['last-delivered-id']}`, '+');
      return { pending: g.pending, behind: after.length };
    }
    return { pending: 0, behind: await this.client.xlen(this.key) };
  }

  // Until the group has nothing to do, or ms are over.
  async drained(group, ms) {
    const end = performance.now() + ms;
    for (;;) {
      let state = { pending: NaN, behind: NaN };
      try {
        state = await this.groupState(group);
        if (!state.pending && !state.behind) return state;
      } catch {
        // Redis is on its way back.
      }
      if (performance.now() > end) return state;
      await new Promise((ok) => setTimeout(ok, EVERY_MS));
    }
  }

  async finish() {
    this.stopped = true;
    await this.loop;
    while (await this.step());
    const dead = (await this.client.xrange(this.deadKey, '-', '+')).map(deadOf);
    return { stream: this.entries, dead };
  }

  close() {
    this.stopped = true;
    this.client.disconnect();
  }
}

async function query(file, sql) {
  const { stdout } = await run('sqlite3', ['-readonly', '-json', file, sql],
    { maxBuffer: 1 << 30 });
  return stdout ? JSON.parse(stdout) : [];
}

// The members and decisions of hrisd's database, as the checker wants them.
export async function readStore(file) {
  const decisions = await query(file, `SELECT d.id, lower(hex(d.change_id)) change,
    f.connection, d.pid person, d.outcome, d.version, d.previous, d.fields
    FROM decisions d JOIN member_feeds f ON f.id = d.feed ORDER BY d.id`);
  for (const d of decisions) {
    d.outcome = OUTCOMES[d.outcome];
    d.fields = d.fields ? JSON.parse(d.fields) : null;
  }
  const members = await query(file, `SELECT f.connection, m.pid person, m.version,
    m.job_title title, m.status, m.decision
    FROM members m JOIN member_feeds f ON f.id = m.feed WHERE m.pid IS NOT NULL`);
  for (const m of members) m.status = STATUSES[m.status];
  return { decisions, members };
}
