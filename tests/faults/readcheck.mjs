// The judge of sync runs: from what was true of everybody, what the stream
// held, what Redis let be written, how runs ended and what the database has,
// was anybody skipped, was anything applied twice, was anybody deactivated who
// has not left, did two fetchers ever run one connection?
//   node tests/faults/readcheck.mjs HISTORY.json     judge a saved history
//
// A history, beside decisions, members, dead and group as in checker.mjs:
//   truths   {connection: {person: [{title, status}]}}  all states, in order
//   stream   [{entry, change, connection, kind, person, title, status}]
//   leases   [{connection, fence, owner} | {connection, page: fence}]  in the
//            order in which Redis did it: taken; a page stored under it
//   runs     [{connection, kind, status, error, people, queued}]
//   expected [status]  how runs may end besides `done`
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge } from './checker.mjs';

const NO_CHANGE = new Set(['superseded', 'duplicate', 'unchanged', 'ignored', 'absent']);
const GONE = 'deactivated';

const keyOf = (x) => `${x.connection} ${x.person}`;

function index(h) {
  const by = new Map();
  for (const [connection, people] of Object.entries(h.truths))
    for (const [person, states] of Object.entries(people))
      by.set(`${connection} ${person}`, { states, queued: 0, decisions: [], members: [] });
  const strangers = [];
  const put = (list, x) => {
    const p = by.get(keyOf(x));
    if (p) p[list].push(x);
    else strangers.push(keyOf(x));
  };
  for (const d of h.decisions) put('decisions', d);
  for (const m of h.members) put('members', m);
  return { by, strangers };
}

function* skipped(h, x) {
  const told = new Set(h.stream.map(keyOf));
  for (const key of x.by.keys())
    if (!told.has(key)) yield `${key} was never queued`;
  for (const r of h.runs) {
    const people = Object.keys(h.truths[r.connection]).length;
    if (r.status === 'done' && r.people !== undefined && r.people !== people)
      yield `a run of ${r.connection} is done with ${r.people} of ${people} people`;
  }
}

function* forgery(h, x) {
  for (const key of x.strangers) yield `${key} is nobody`;
  for (const e of h.stream) {
    const states = x.by.get(keyOf(e))?.states;
    if (!states) yield `entry ${e.entry} is of ${keyOf(e)}, who is nobody`;
    else if (e.kind === 'state' && !states.some((s) => s.title === e.title))
      yield `entry ${e.entry} says ${e.title} of ${keyOf(e)}, which was never so`;
  }
}

// Each title is given once, so a title that comes twice was applied twice.
function* double(h, x) {
  const ids = new Map();
  for (const d of h.decisions) ids.set(d.change, (ids.get(d.change) ?? 0) + 1);
  for (const [change, n] of ids)
    if (n > 1) yield `${change} was decided ${n} times`;
  for (const [key, { decisions, members }] of x.by) {
    const count = (outcome) => decisions.filter((d) => d.outcome === outcome).length;
    if (count('created') > 1) yield `${key} was created ${count('created')} times`;
    if (members.length > 1) yield `${key} is ${members.length} members`;
    const titles = decisions.flatMap((d) => d.fields?.job_title?.[1] ?? []);
    if (new Set(titles).size < titles.length)
      yield `${key}: a title was applied twice: ${titles}`;
  }
}

// What was applied is the truth's story, perhaps with steps left out, and one
// decision begins where the one before it ended. Two reads may be of one
// millisecond (R4).
function* audit(h, x) {
  for (const [key, { states, decisions }] of x.by) {
    let at = -1, version = -1, title;
    for (const d of [...decisions].sort((a, b) => a.id - b.id)) {
      if (d.outcome === 'superseded' || d.outcome === 'duplicate') continue;
      if (d.version < version) yield `${key}: ${d.version} was applied after ${version}`;
      ({ version } = d);
      const step = d.fields?.job_title;
      if (NO_CHANGE.has(d.outcome) && d.fields) yield `${key}: ${d.outcome}, yet it changed`;
      if (!step) continue;
      const next = states.findIndex((s, i) => i > at && s.title === step[1]);
      if (next < 0) yield `${key}: ${step[1]} came after ${title}`;
      else at = next;
      if (title !== undefined && step[0] !== title)
        yield `${key}: it was ${title}, and ${step[0]} was replaced`;
      [, title] = step;
    }
  }
}

function* finalState(h, x) {
  for (const [key, { states, members, decisions }] of x.by) {
    const last = states.at(-1);
    const left = last.status === 'departed';
    const [m] = members;
    if (!m && (!left || decisions.some((d) => d.outcome === 'created')))
      yield `${key} is no member`;
    if (m && left !== (m.status === GONE))
      yield `${key} is ${m.status}, and truly ${last.status}`;
    if (m && !left && m.title !== last.title)
      yield `${key} is ${m.title}, and truly ${last.title}`;
  }
}

// Only who has left is deactivated, and nobody is absent who is there.
function* absence(h, x) {
  for (const e of h.stream)
    if (e.kind !== 'state') yield `entry ${e.entry} says ${e.kind} of ${keyOf(e)}`;
  for (const [key, { states, decisions }] of x.by) {
    const gone = decisions.filter((d) => d.outcome === GONE).length;
    if (gone > states.filter((s) => s.status === 'departed').length)
      yield `${key} was deactivated, and has not left`;
  }
}

function* fences(h) {
  const now = new Map();
  for (const l of h.leases) {
    const held = now.get(l.connection);
    if (l.page === undefined) {
      if (held && BigInt(l.fence) <= BigInt(held.fence))
        yield `${l.connection}: fence ${l.fence} of ${l.owner} came after ${held.fence}`;
      now.set(l.connection, l);
    } else if (l.page !== held?.fence)
      yield `${l.connection}: a page of fence ${l.page} was stored under ` +
        `${held?.fence} of ${held?.owner}`;
  }
}

function* endings(h) {
  for (const r of h.runs) {
    if (r.status !== 'done' && !h.expected?.includes(r.status))
      yield `a run of ${r.connection} ended ${r.status}: ${r.error}`;
    if (r.status !== 'done' && !r.error)
      yield `a run of ${r.connection} ended ${r.status} without a reason`;
  }
}

// Ids are computed by the test itself, from what stands in the stream.
function* ledger(h) {
  const queued = new Set(h.stream.map((e) => e.change));
  const decided = new Set(h.decisions.map((d) => d.change));
  for (const e of h.stream)
    if (!decided.has(e.change))
      yield `entry ${e.entry} of ${keyOf(e)}, version ${e.version}, was never decided`;
  for (const d of h.decisions)
    if (!queued.has(d.change))
      yield `${keyOf(d)} was ${d.outcome} at version ${d.version} by what was never queued`;
}

function* liveness(h) {
  const { pending, behind } = h.group;
  if (pending || behind)
    yield `${pending} pending and ${behind} not delivered when all was quiet`;
  for (const d of h.dead) yield `dead letter ${d.entry}: ${d.reason}`;
}

const RULES = { skipped, forgery, double, audit, finalState, absence, fences, endings,
  ledger, liveness };

export const checkReads = (history) => judge(RULES, history, index(history));

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const violations = checkReads(JSON.parse(readFileSync(process.argv[2], 'utf8')));
  for (const v of violations) console.log(v);
  console.log(violations.length ? `${violations.length} violations` : 'ok');
  process.exitCode = violations.length ? 1 : 0;
}
