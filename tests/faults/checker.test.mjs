// The judge must be able to find guilty: each history differs from a good one
// by one crime, and the rule that is for it must say so.
import test from 'node:test';
import assert from 'node:assert/strict';
import { check } from './checker.mjs';
import { changeId } from './event.mjs';

const PEOPLE = 3;
const VERSIONS = 4;

const idOf = (person, version) => `${person}v${version}`;

// Three persons with four versions each; the last but one arrives last.
function good() {
  const h = { deliveries: [], stream: [], dead: [], decisions: [], members: [],
    group: { pending: 0, behind: 0 }, poison: [], refused: [], careless: 0 };
  let serial = 0;
  for (let p = 1; p <= PEOPLE; p++) {
    const person = `p${p}`;
    let previous = 0;
    let title = null;
    for (const version of [1, 2, 4, 3]) {
      const change = idOf(person, version);
      const id = ++serial;
      const late = version < VERSIONS && title === `Version ${VERSIONS}`;
      h.deliveries.push({ change, kind: 'genuine', person, version,
        title: `Version ${version}`, status: 202, acknowledged: id });
      h.stream.push({ entry: `${id}-0`, change, named: change, person, version });
      h.decisions.push({ id, change, person, version, previous,
        outcome: late ? 'superseded' : title ? 'updated' : 'created',
        fields: late ? null : { job_title: [title, `Version ${version}`] } });
      previous = id;
      if (!late) title = `Version ${version}`;
    }
    h.members.push({ person, version: VERSIONS, title, decision: previous });
  }
  h.deliveries.push({ change: 'f1', kind: 'forged', person: 'p1', version: 99,
    title: 'Never', status: 401 });
  return h;
}

const without = (list, change) => list.filter((e) => e.change !== change);
const named = (list, change) => list.find((e) => e.change === change);

const CRIMES = {
  'lost before the stream': ['loss', (h) => {
    h.stream = without(h.stream, 'p1v3');
    h.decisions = without(h.decisions, 'p1v3');
    h.members[0].decision = 3;
  }],
  'lost behind the stream': ['loss', (h) => {
    h.decisions = without(h.decisions, 'p1v3');
    h.members[0].decision = 3;
  }],
  'queued twice': ['double', (h) =>
    h.stream.push({ ...h.stream[0], entry: '99-0' })],
  'applied twice': ['double', (h) => {
    h.decisions.push({ ...named(h.decisions, 'p1v4'), id: 99, previous: 4 });
    h.members[0].decision = 99;
  }],
  'buried twice': ['double', (h) => {
    for (const entry of ['1-1', '1-2'])
      h.dead.push({ entry, stream: 'changes', from: '1-0', change: 'p1v1', reason: 'x' });
  }],
  'altered in the stream': ['forgery', (h) => { h.stream[0].change = 'other'; }],
  'altered, and its id with it': ['forgery', (h) => {
    h.stream[0].change = h.stream[0].named = 'other';
  }],
  'forged and queued': ['forgery', (h) =>
    h.stream.push({ entry: '99-0', change: 'f1', named: 'f1', person: 'p1', version: 99 })],
  'forged and applied': ['forgery', (h) =>
    h.decisions.push({ id: 99, change: 'f1', person: 'p1', version: 99,
      outcome: 'updated', previous: 4, fields: null })],
  'forged and acknowledged': ['forgery', (h) => { h.deliveries.at(-1).status = 202; }],
  'an older state won': ['finalState', (h) => {
    Object.assign(h.members[0], { version: 3, title: 'Version 3' });
  }],
  'the number of one version, the state of another': ['finalState', (h) => {
    h.members[0].title = 'Version 3';
  }],
  'a member is missing': ['finalState', (h) => { h.members.shift(); }],
  'one person, two members': ['finalState', (h) => { h.members.push(h.members[0]); }],
  'applied backwards': ['audit', (h) => {
    named(h.decisions, 'p1v3').outcome = 'updated';
  }],
  'created twice': ['audit', (h) => { named(h.decisions, 'p1v2').outcome = 'created'; }],
  'a change that nothing explains': ['audit', (h) => {
    named(h.decisions, 'p1v4').fields = { job_title: ['Elsewhere', 'Version 4'] };
  }],
  'a decision off the chain': ['audit', (h) => { h.members[0].decision = 3; }],
  'an entry nobody accounts for': ['ledger', (h) => {
    h.decisions = without(h.decisions, 'p2v3');
  }],
  'stuck, delivered': ['liveness', (h) => { h.group.pending = 1; }],
  'stuck, not delivered': ['liveness', (h) => { h.group.behind = 1; }],
  'poison that vanished': ['poison', (h) => { h.poison.push('77-0'); }],
  'poison without a reason': ['poison', (h) => {
    h.poison.push('77-0');
    h.dead.push({ entry: '1-1', stream: 'changes', from: '77-0', reason: '' });
  }],
  'a good one buried': ['poison', (h) =>
    h.dead.push({ entry: '1-1', stream: 'changes', from: '1-0', change: 'p1v1', reason: 'x' })],
  'refused though genuine': ['manners', (h) => { h.refused.push('p1v1 404'); }],
  '503 without Retry-After': ['manners', (h) => { h.careless = 1; }],
};

test('a good history passes', () => assert.deepEqual(check(good()), []));

for (const [crime, [rule, commit]] of Object.entries(CRIMES))
  test(`found: ${crime}`, () => {
    const h = good();
    commit(h);
    const violations = check(h);
    assert.ok(violations.some((v) => v.startsWith(`${rule}:`)), `${rule}: ${violations}`);
  });

test('poison that became a dead letter is as it should be', () => {
  const h = good();
  h.poison.push('77-0');
  h.stream.push({ entry: '77-0', change: 'x', named: undefined });
  h.dead.push({ entry: '1-1', stream: 'changes', from: '77-0', reason: 'not JSON' });
  assert.deepEqual(check(h), []);
});

test('a stored one whose answer was lost is no crime', () => {
  const h = good();
  named(h.deliveries, 'p1v4').status = 0;
  assert.deepEqual(check(h), []);
});

// p1 has so many more decisions, and then a row about version 2 again.
function notedAgain(between, outcome) {
  const h = good();
  let previous = h.members[0].decision;
  for (let i = 0; i <= between; i++) {
    const id = 100 + i;
    const change = i < between ? `more${i}` : 'p1v2';
    if (i < between) {
      h.deliveries.push({ change, kind: 'genuine', person: 'p1', version: 1,
        title: 'Version 1', status: 202 });
      h.stream.push({ entry: `${id}-0`, change, named: change, person: 'p1', version: 1 });
    }
    h.decisions.push({ id, change, person: 'p1', version: 1, previous, outcome,
      fields: null });
    previous = id;
  }
  h.members[0].decision = previous;
  return h;
}

test('a duplicate from long ago may be noted, not applied', () => {
  assert.deepEqual(check(notedAgain(1024, 'superseded')), []);
  assert.match(check(notedAgain(1020, 'superseded')).join(), /^double/);
  assert.match(check(notedAgain(1024, 'updated')).join(), /double/);
});

test('only what was acknowledged while Redis forgot is excused', () => {
  const h = good();
  h.decisions = without(h.decisions, 'p1v3');
  h.members[0].decision = 3;
  h.forgotten = [{ since: 1, until: 1 }, { since: 4, until: 4 }];
  assert.deepEqual(check(h), []);
  h.forgotten = [{ since: 5, until: 9 }];
  assert.match(check(h).join(), /^loss/);
});

// The vector of the digest: the netstrings of the schema, hashed by hand:
// printf '14:hrisd-change-1,1:o,1:c,1:7,5:state,6:active,0:,1:3,1:0,
// 9:last_name,0:,5:email,13:7@example.com,' | sha256sum
test('the digest is the one that the schema describes', () => {
  assert.equal(changeId({ organization: 'o', connection: 'c', kind: 'state', version: 3,
    person: { id: '7', status: 'active', email: '7@example.com', last_name: null } }),
  '2f58d35c106f84c94aa073ce839056f4');
});
