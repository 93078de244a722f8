// The judge of sync runs must be able to find guilty: each history differs
// from a good one by one crime, and the rule that is for it must say so.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Fences } from './fences.mjs';
import { checkReads } from './readcheck.mjs';

const C = 'c1';
const STORY = {
  a: [['A0', 'active']],
  b: [['B0', 'active'], ['B1', 'active'], ['B2', 'active']],
  d: [['D0', 'active'], ['D0', 'departed']],
  e: [['E0', 'departed']],
};

// a stays, b changes twice, d leaves, e had left before.
function good() {
  const h = { truths: { [C]: {} }, stream: [], decisions: [], members: [], dead: [],
    group: { pending: 0, behind: 0 },
    leases: [{ connection: C, fence: '10', owner: 'x' }, { connection: C, page: '10' },
      { connection: C, fence: '11', owner: 'y' }, { connection: C, page: '11' }],
    runs: [{ connection: C, kind: 'full', status: 'done', error: null, people: 4 }] };
  let serial = 0;
  for (const [person, steps] of Object.entries(STORY)) {
    h.truths[C][person] = steps.map(([title, status]) => ({ title, status }));
    let previous = null;
    for (const [title, status] of steps) {
      const id = ++serial;
      const left = status === 'departed';
      const change = `${person}${id}`;
      h.stream.push({ entry: `${id}-0`, change, connection: C, kind: 'state', person, title,
        status });
      h.decisions.push({ id, change, connection: C, person, version: id,
        outcome: left ? (previous ? 'deactivated' : 'ignored') : previous ? 'updated' : 'created',
        fields: title === previous || (left && !previous) ? null
          : { job_title: [previous, title] } });
      previous = title;
    }
    const last = h.truths[C][person].at(-1);
    if (person !== 'e')
      h.members.push({ connection: C, person, title: last.title,
        status: last.status === 'departed' ? 'deactivated' : 'pending_role' });
  }
  return h;
}

const ofPerson = (h, person) => h.decisions.filter((d) => d.person === person);
const member = (h, person) => h.members.find((m) => m.person === person);
const drop = (h, list, person) => { h[list] = h[list].filter((x) => x.person !== person); };

const CRIMES = {
  'somebody never queued': ['skipped', (h) => drop(h, 'stream', 'e')],
  'a run that saw too few': ['skipped', (h) => { h.runs[0].people = 3; }],
  'a state that never was': ['forgery', (h) => { h.stream[0].title = 'Never'; }],
  'a person who never was': ['forgery', (h) => { h.stream[0].person = 'z'; }],
  'a decision about nobody': ['forgery', (h) => { h.decisions[0].person = 'z'; }],
  'one event decided twice': ['double', (h) =>
    h.decisions.push({ ...h.decisions[0], id: 99, version: 99, outcome: 'unchanged',
      fields: null })],
  'created twice': ['double', (h) => { ofPerson(h, 'b')[1].outcome = 'created'; }],
  'one person, two members': ['double', (h) => h.members.push({ ...h.members[0] })],
  'a state applied twice': ['double', (h) =>
    h.decisions.push({ ...ofPerson(h, 'b')[1], id: 98, change: 'again', version: 98,
      fields: { job_title: ['B2', 'B1'] } })],
  'applied backwards': ['audit', (h) => {
    const [, first, second] = ofPerson(h, 'b');
    [first.fields, second.fields] = [{ job_title: ['B0', 'B2'] }, { job_title: ['B2', 'B1'] }];
  }],
  'an older read over a newer': ['audit', (h) => { ofPerson(h, 'b')[2].version = 0; }],
  'a step that nothing explains': ['audit', (h) => {
    ofPerson(h, 'b')[2].fields = { job_title: ['Elsewhere', 'B2'] };
  }],
  'nothing changed, it says': ['audit', (h) => { ofPerson(h, 'b')[2].outcome = 'unchanged'; }],
  'no member': ['finalState', (h) => drop(h, 'members', 'a')],
  'the last change is missing': ['finalState', (h) => { member(h, 'b').title = 'B1'; }],
  'who left is still there': ['finalState', (h) => { member(h, 'd').status = 'active'; }],
  'who stayed is not': ['finalState', (h) => { member(h, 'a').status = 'deactivated'; }],
  'deactivated, and back again': ['absence', (h) =>
    h.decisions.push({ id: 97, change: 'gone', connection: C, person: 'a', version: 97,
      outcome: 'deactivated', fields: null })],
  'told absent': ['absence', (h) =>
    h.stream.push({ entry: '97-0', connection: C, kind: 'absent', person: 'a' })],
  'a page under an old fence': ['fences', (h) => { h.leases[3].page = '10'; }],
  'a page without a lease': ['fences', (h) => h.leases.unshift({ connection: C, page: '9' })],
  'a fence that did not grow': ['fences', (h) => {
    h.leases[2].fence = h.leases[3].page = '10';
  }],
  'an entry that came to nothing': ['ledger', (h) => h.decisions.shift()],
  'a decision from nowhere': ['ledger', (h) => { h.decisions[0].change = 'none'; }],
  'a run that failed': ['endings', (h) =>
    h.runs.push({ connection: C, status: 'failed', error: 'why' })],
  'a run that says not why': ['endings', (h) => {
    h.expected = ['refused'];
    h.runs.push({ connection: C, status: 'refused', error: null });
  }],
  'stuck, delivered': ['liveness', (h) => { h.group.pending = 1; }],
  'stuck, not delivered': ['liveness', (h) => { h.group.behind = 1; }],
  'a dead letter': ['liveness', (h) => h.dead.push({ entry: '1-1', reason: 'x' })],
};

test('a good history of reads passes', () => assert.deepEqual(checkReads(good()), []));

for (const [crime, [rule, commit]] of Object.entries(CRIMES))
  test(`found: ${crime}`, () => {
    const h = good();
    commit(h);
    const violations = checkReads(h);
    assert.ok(violations.some((v) => v.startsWith(`${rule}:`)), `${rule}: ${violations}`);
  });

test('steps may be left out, and told again', () => {
  const h = good();
  h.decisions = h.decisions.filter((d) => d.fields?.job_title?.[1] !== 'B1');
  h.stream = h.stream.filter((e) => e.title !== 'B1');
  ofPerson(h, 'b')[1].fields.job_title[0] = 'B0';
  h.stream.push({ ...h.stream.find((e) => e.title === 'B2'), entry: '96-0', change: 'same' });
  h.decisions.push({ id: 96, change: 'same', connection: C, person: 'b', version: 96,
    outcome: 'unchanged', fields: null });
  assert.deepEqual(checkReads(h), []);
});

// Lines as Redis' MONITOR writes them.
test('what Redis did is read from its own words', () => {
  const f = new Fences();
  const say = (from, ...words) =>
    f.line(`+1.5 [0 ${from}] ${words.map((w) => `"${w}"`).join(' ')}`);
  const lease = '{hrisd:0}:lease:c1';
  const page = (fence) => say('unix:/r', 'FCALL', 'hrisd_v9_run_page', '2', lease,
    '{hrisd:0}:run:c1', fence, '7');
  say('unix:/r', 'FCALL', 'hrisd_v9_lease_take', '2', lease, '{hrisd:0}:fence', 'me', '30000');
  say('lua', 'SET', '{hrisd:0}:fence', '5');
  say('lua', 'SET', lease, '5 me', 'PX', '30000');
  page('5');
  say('lua', 'GET', lease);
  say('lua', 'XADD', '{hrisd:0}:changes', '*', 'event', '{\\"a\\":\\"] \\\\\\"\\"}');
  say('lua', 'HSET', '{hrisd:0}:run:c1', 'progress', '{}');
  page('4'); // refused: nothing is written
  say('lua', 'GET', lease);
  assert.deepEqual(f.log, [{ connection: 'c1', fence: '5', owner: 'me' },
    { connection: 'c1', page: '5' }]);
  assert.deepEqual(f.middle('me'), ['c1']);
  assert.equal(f.passed('c1', 'me'), false);
  say('unix:/r', 'FCALL', 'hrisd_v9_lease_drop', '1', lease, '5');
  say('lua', 'DEL', lease);
  assert.deepEqual(f.middle('me'), []);
  assert.equal(f.passed('c1', 'me'), true);
});
