// The judge of every experiment: from what senders were told, what the stream
// held and what the database has, is the promise kept? Nothing acknowledged is
// lost, nothing applied twice, nothing forged.
//   node tests/faults/checker.mjs HISTORY.json     judge a saved history
//
// A history:
//   deliveries  [{change, kind, person, version, title, status}]  as sent;
//               status: what it was answered at last, 2xx or 0
//   stream      [{entry, change, named, person, version}]  change: the digest
//               of what it holds; named: the id that it says it has
//   dead        [{entry, stream, from, change, reason}]
//   decisions   [{id, change, person, outcome, version, previous, fields}]
//   members     [{person, version, title, decision}]
//   group       {pending, behind}  of the provisioners, at the end
//   poison      [entry]  put into the stream by the experiment itself
//   refused     [text]  genuine deliveries that were answered 4xx
//   careless    number of 503 without Retry-After
//   forgotten   [{since, until}] in ms of acknowledgement: the experiment made
//               Redis forget; what was on its way then may be lost, and what
//               was told may be told again
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// enum apply_outcome of directory/directory.h, as stored.
export const OUTCOMES = ['created', 'updated', 'unchanged', 'deactivated',
  'reactivated', 'superseded', 'duplicate', 'waiting', 'review', 'ignored', 'absent'];
// enum member_status of the same.
export const STATUSES = ['pending_role', 'active', 'upcoming', 'paused', 'deactivated'];
const CHAIN = 1024; // CHAIN_MAX of src/directory/apply.c
const PASSED_OVER = new Set(['superseded', 'duplicate']);

const answeredWell = (d) => d.status >= 200 && d.status < 300;
const genuine = (d) => d.kind === 'genuine';

// Everything by the key that rules ask for, once.
function index(h) {
  const by = (list, key) => {
    const m = new Map();
    for (const x of list) {
      const k = x[key];
      if (m.has(k)) m.get(k).push(x);
      else m.set(k, [x]);
    }
    return m;
  };
  return { sent: new Map(h.deliveries.map((d) => [d.change, d])),
    stream: by(h.stream, 'change'), decisions: by(h.decisions, 'change'),
    dead: by(h.dead, 'change'), ofPerson: by(h.decisions, 'person'),
    members: by(h.members, 'person'), poison: new Set(h.poison ?? []) };
}

// What Redis was made to forget is not ours to keep.
function excused(h, d) {
  return (h.forgotten ?? []).some((f) =>
    d.acknowledged >= f.since && d.acknowledged <= f.until);
}

function* loss(h, x) {
  for (const d of h.deliveries) {
    if (!genuine(d) || !answeredWell(d)) continue;
    if (x.decisions.has(d.change) || x.dead.has(d.change) || excused(h, d)) continue;
    yield x.stream.has(d.change)
      ? `${d.change} was acknowledged and queued, and never applied`
      : `${d.change} was acknowledged and is nowhere`;
  }
}

// hrisd looks for a duplicate among the last 1,024 decisions about the person. One
// that comes later than that is noted again, as superseded; it changes nothing.
function forgottenNotes(x, rows) {
  const all = x.ofPerson.get(rows[0].person).map((r) => r.id).sort((a, b) => a - b);
  const places = rows.map((r) => all.indexOf(r.id)).sort((a, b) => a - b);
  const later = [...rows].sort((a, b) => a.id - b.id).slice(1);
  return later.every((r) => r.outcome === 'superseded' && !r.fields) &&
    places.every((place, i) => !i || place - places[i - 1] > CHAIN);
}

function* double(h, x) {
  for (const [change, entries] of x.stream)
    if (entries.length > 1 && !h.forgotten)
      yield `${change} stands ${entries.length} times in the stream`;
  for (const [change, rows] of x.decisions)
    if (rows.length > 1 && !forgottenNotes(x, rows))
      yield `${change} was decided ${rows.length} times`;
  for (const [change, rows] of x.dead)
    if (change && rows.length > 1) yield `${change} is ${rows.length} dead letters`;
}

function* forgery(h, x) {
  const known = (change) => {
    const d = x.sent.get(change);
    return d && genuine(d);
  };
  for (const e of h.stream) {
    if (x.poison.has(e.entry)) continue;
    if (e.change !== e.named)
      yield `entry ${e.entry} says ${e.named} and holds ${e.change}`;
    else if (!known(e.change))
      yield `entry ${e.entry} holds ${e.change}, which nobody sent so`;
  }
  for (const change of x.decisions.keys())
    if (!known(change)) yield `${change} was applied and nobody sent it so`;
  for (const d of h.deliveries)
    if (!genuine(d) && answeredWell(d))
      yield `${d.change} (${d.kind}) was answered ${d.status}`;
}

// R4: whatever the order of arrival, the newest state wins. A newer one than
// the newest acknowledged may stand, when its answer was lost on the way.
function* finalState(h, x) {
  const newest = new Map();
  const titles = new Map();
  for (const d of h.deliveries) {
    if (!genuine(d)) continue;
    titles.set(`${d.person} ${d.version}`, d.title);
    if (!answeredWell(d) || excused(h, d) || x.dead.has(d.change)) continue;
    if (d.version > (newest.get(d.person)?.version ?? -1)) newest.set(d.person, d);
  }
  for (const [person, d] of newest) {
    const rows = x.members.get(person) ?? [];
    const m = rows[0];
    if (rows.length !== 1)
      yield `${person} is ${rows.length} members`;
    else if (m.version < d.version || m.title !== titles.get(`${person} ${m.version}`))
      yield `${person} is at version ${m.version} (${m.title}), ` +
        `acknowledged was ${d.version} (${d.title})`;
  }
}

// The audit of one person tells one story: versions grow, and each change
// begins where the one before it ended.
function* audit(h, x) {
  for (const [person, rows] of x.ofPerson) {
    const done = rows.filter((r) => !PASSED_OVER.has(r.outcome))
      .sort((a, b) => a.id - b.id);
    if (done.filter((r) => r.outcome === 'created').length > 1)
      yield `${person} was created more than once`;
    let title = null;
    let version = -1;
    for (const r of done) {
      if (r.version <= version)
        yield `${person}: version ${r.version} was applied after ${version}`;
      version = r.version;
      const change = r.fields?.job_title;
      if (!change) continue;
      if (title !== null && change[0] !== title)
        yield `${person}: ${r.change} says it was ${change[0]}, it was ${title}`;
      [, title] = change;
    }
    yield* chain(person, rows, x.members.get(person)?.[0]);
  }
}

// Every decision about a person hangs on the chain from its newest one.
function* chain(person, rows, member) {
  if (!member) return;
  const byId = new Map(rows.map((r) => [r.id, r]));
  let length = 0;
  for (let at = member.decision; at; at = byId.get(at)?.previous ?? 0) {
    if (!byId.has(at)) yield `${person}: decision ${at} is missing`;
    if (++length > rows.length) break;
  }
  if (length !== rows.length)
    yield `${person}: ${rows.length} decisions, ${length} in its chain`;
}

function* ledger(h, x) {
  if (h.forgotten) return;
  const dead = h.dead.filter((d) => d.stream === 'changes').length;
  const applied = x.decisions.size;
  const { pending, behind } = h.group;
  if (h.stream.length !== applied + dead + pending + behind)
    yield `${h.stream.length} entries, but ${applied} applied, ${dead} dead, ` +
      `${pending} pending, ${behind} not delivered`;
}

function* liveness(h) {
  const { pending, behind } = h.group;
  if (pending || behind)
    yield `${pending} pending and ${behind} not delivered when all was quiet`;
}

function* poison(h, x) {
  const from = new Map(h.dead.map((d) => [d.from, d]));
  for (const entry of x.poison)
    if (!from.get(entry)?.reason) yield `poison ${entry} is no dead letter with a reason`;
  for (const d of h.dead)
    if (!x.poison.has(d.from))
      yield `dead letter ${d.entry} (${d.reason}): nothing was wrong with it`;
}

// A sender gives up on a 4xx: trouble of our own must never look like one.
function* manners(h) {
  for (const text of h.refused ?? []) yield `genuine, and refused: ${text}`;
  if (h.careless) yield `${h.careless} answers 503 without Retry-After`;
}

const RULES = { loss, double, forgery, finalState, audit, ledger, liveness,
  poison, manners };
const SHOWN = 3; // of one rule: a thousand say no more

export function judge(rules, history, x) {
  const violations = [];
  for (const [name, rule] of Object.entries(rules)) {
    let n = 0;
    for (const text of rule(history, x))
      if (++n <= SHOWN) violations.push(`${name}: ${text}`);
    if (n > SHOWN) violations.push(`${name}: and ${n - SHOWN} more`);
  }
  return violations;
}

export const check = (history) => judge(RULES, history, index(history));

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const violations = check(JSON.parse(readFileSync(process.argv[2], 'utf8')));
  for (const v of violations) console.log(v);
  console.log(violations.length ? `${violations.length} violations` : 'ok');
  process.exitCode = violations.length ? 1 : 0;
}
