// Too much of something: connections, copies of one delivery, bad entries in
// the stream; and Redis that forgets.
import { connect } from 'node:net';
import { execFileSync } from 'node:child_process';
import { sleep, employee, until } from '../system/harness.mjs';
import { cpuShare } from './proc.mjs';

const CROWD = 200;
const LIMIT = 64; // descriptors
const SPIN = 0.2; // of a core: more is not waiting

const connectAll = (port, n) => Array.from({ length: n }, () => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  return socket;
});

// Whoever is behind the limit waits and gets no answer: it was reached.
function waits(socket, ms) {
  return new Promise((ok) => {
    socket.on('data', () => ok(false));
    socket.on('close', () => ok(false));
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    setTimeout(() => ok(true), ms);
  });
}

// One receiver that may open no more descriptors, and a crowd before its door.
export async function descriptors(w, count) {
  const [{ pid }] = w.roles('receiver');
  const { port } = w.load.target;
  let most = 0;
  for (let i = 0; i < count; i++) {
    w.load.start();
    await sleep(300);
    w.load.stop();
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${LIMIT}:20000`]);
    const crowd = connectAll(port, CROWD);
    await sleep(300);
    const [share, waited] = await Promise.all([cpuShare(pid, 1500),
      waits(crowd.at(-1), 1000)]);
    most = Math.max(most, share);
    w.expect(waited, `the last of ${CROWD} was served with ${LIMIT} descriptors`);
    for (const socket of crowd) socket.destroy();
    w.load.start();
    await w.recovered('the crowd left', 5000);
    execFileSync('prlimit', ['--pid', String(pid), '--nofile=20000:20000']);
  }
  w.expect(most < SPIN, `the receiver used ${Math.round(most * 100)} % of a core, waiting`);
  return `at most ${Math.round(most * 100)} % of a core while full`;
}

// One id a hundred times at once, through two receivers.
export async function copies(w, count) {
  w.load.start();
  for (let i = 0; i < count; i++) {
    const d = w.load.make();
    const request = w.sender.request(d.body, { id: d.id });
    const answers = await Promise.all(Array.from({ length: 100 }, () =>
      w.sender.post(request)));
    const odd = answers.filter((a) => a.status !== 202).map((a) => a.status);
    w.expect(!odd.length, `copies were answered ${odd}`);
    w.load.settle(d, 202, performance.now());
  }
}

const DEEP = '['.repeat(100000) + ']'.repeat(100000);
const HUGE = 4 << 20;

// Makers of the words of an entry that no provisioner can apply.
const POISONS = [
  () => ['event', 'not JSON'],
  () => ['event', ''],
  () => ['event', '[]'],
  () => ['event', '{"format":1'],
  () => ['event', DEEP],
  () => ['other', 'field'],
  (e) => ['event', JSON.stringify({ ...e, format: 2 })],
  (e) => ['event', JSON.stringify({ ...e, kind: 'unheard' })],
  (e) => ['event', JSON.stringify({ ...e, id: undefined })],
  (e) => ['event', JSON.stringify({ ...e, version: 'x' })],
  (e) => ['event', JSON.stringify({ ...e, person: { ...e.person, id: undefined } })],
  (e) => ['event', JSON.stringify({ ...e, person: { ...e.person, status: 'odd' } })],
  (e) => ['event', JSON.stringify({ ...e, connection: 'unknown' })],
  (e) => ['event', JSON.stringify({ ...e, organization: 'unknown' })],
  (e) => ['event', JSON.stringify({ ...e, effective_ms: Date.now() + 1e9 })],
  (e) => ['event', JSON.stringify(e).replace('"id"', '"id":1,"id"')],
  (e) => ['event', JSON.stringify({ ...e, person: { ...e.person,
    first_name: 'x'.repeat(HUGE) } })],
];

export async function poison(w, count, more) {
  const { target } = w.load;
  const redis = w.recorder.client;
  more.poison = [];
  w.load.start();
  for (let i = 0; i < count; i++) {
    const event = { format: 1, id: 'a'.repeat(32), kind: 'state', source: 'webhook',
      organization: target.organization, connection: target.connection, version: i + 1,
      observed_ms: Date.now(), person: { id: `poison${i}`, status: 'active',
        email: `poison${i}@example.com` } };
    const words = POISONS[i % POISONS.length](event);
    more.poison.push(await redis.xadd('{hrisd:0}:changes', '*', ...words));
    await sleep(w.random.int(5, 40));
  }
  await w.recovered('poison');
}

// Redis loses everything, its stream, the group or our functions meanwhile. What was on
// its way then may be lost; nothing else, and somebody is told.
const LOSSES = {
  FLUSHALL: (redis) => redis.flushall(),
  'DEL changes': (redis) => redis.del('{hrisd:0}:changes'),
  'XGROUP DESTROY': (redis) => redis.call('XGROUP', 'DESTROY', '{hrisd:0}:changes',
    'provisioners'),
  'FUNCTION FLUSH': (redis) => redis.call('FUNCTION', 'FLUSH'),
};
const HARMLESS = ['XGROUP DESTROY', 'FUNCTION FLUSH']; // the entries stay
const ON_ITS_WAY_MS = 2000; // from acknowledged to applied, at the most
const ANSWER_MS = 500; // from stored to acknowledged

export async function forget(w, count, more) {
  const names = Object.keys(LOSSES);
  more.forgotten = [];
  w.load.start();
  for (let i = 0; i < count; i++) {
    await sleep(w.random.int(2500, 3500));
    const before = w.system.hrisd.text().length;
    const name = names[i % names.length];
    await LOSSES[name](w.recorder.client);
    const now = performance.now();
    if (!HARMLESS.includes(name))
      more.forgotten.push({ since: now - ON_ITS_WAY_MS, until: now + ANSWER_MS });
    await w.recovered(name);
    await until(`an alarm after ${name}`, () =>
      /level=(warn|error)/.test(w.system.hrisd.text().slice(before)), 15000)
      .catch((e) => w.expect(false, e.message));
  }
  await sleep(1500); // of these nothing may be missing
}
