// The benchmark: hrisd beside what one would use instead, in one run,
// interleaved. The main figure is the server's own CPU per accepted request;
// a run counts only if the stream grew by exactly the number of 2xx.
//
//   scripts/bench [--quick] [PART...]   parts: receiver instructions profile rate idle
//   provisioner visible sync
//
// Layout on two cores: the measured server alone on core 1, Redis and the
// generator on core 0. When all parts were run, the second half of
// docs/performance.md is written anew.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpus, totalmem, release, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { ftruncateSync, mkdtempSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync,
  writeFileSync, chmodSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ANY_RATE, HRISD, RedisServer, System, Process, freePort, until, sleep, employee, Sender }
  from '../system/harness.mjs';

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const wanted = args.filter((a) => !a.startsWith('--'));
const LOAD = resolve('build/bench/load');
const KEY = Buffer.alloc(32, 'k').toString('base64');
const REPEATS = quick ? 1 : 3;
const REQUESTS = quick ? 30000 : 100000;
const cleanups = [];
const t = { after: (fn) => cleanups.push(fn) };

const pin = (core, command, argv) => ['taskset', ['-c', String(core), command, ...argv]];
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

// user + system seconds of a process, its ended threads included.
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function childrenOf(pid) {
  return readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
    try {
      const stat = readFileSync(`/proc/${p}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid);
    } catch {
      return false;
    }
  }).map(Number);
}

const command = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const span = (list, digits = 1) => list.length > 1
  ? `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)})`
  : list[0].toFixed(digits);

async function load(target, options = {}) {
  const argv = ['--port', target.port, '--requests', options.requests ?? REQUESTS,
    '--connections', options.connections ?? 64, ...(options.rate ? ['--rate', options.rate] : []),
    ...(target.xadd ? ['--xadd'] : ['--path', target.path, '--key', KEY])].map(String);
  const [cmd, all] = pin(0, LOAD, argv);
  const child = spawn(cmd, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stderr.on('data', (d) => { err += d; });
  const code = await new Promise((ok) => child.on('exit', ok));
  if (code !== 0) throw new Error(`load ended with ${code}: ${err}`);
  return JSON.parse(out);
}

const REDIS = {
  memory: { appendonly: 'no' },
  everysec: { appendonly: 'yes', appendfsync: 'everysec' },
  always: { appendonly: 'yes', appendfsync: 'always' },
};

// A connection with the key that the load signs with, once a receiver takes
// deliveries for it. Its id.
async function benchConnection(s) {
  const secret = `whsec_${KEY}`;
  const made = await s.api('POST', 'connections', { provider: 'standard', name: 'bench',
    credentials: { webhook_secret: secret } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  await s.api('POST', `connections/${made.body.id}/enable`);
  const sender = new Sender(made.body.webhook_url, secret, made.body.id);
  await until('the first delivery', async () => (await sender.send(employee('first'))).status === 202);
  return made.body.id;
}

// Each target: start(redis) gives what load needs, the pids to account for,
// and the stream that must grow.
const targets = {
  async hrisd(redis, level) {
    const s = new System();
    s.dir = redis.dir;
    s.redis = redis;
    s.ports = { receiver: await freePort(), console: await freePort(), ops: await freePort(),
      sandbox: await freePort() };
    s.env = { ...ANY_RATE, HRISD_REDIS: `unix:${redis.socket}`, HRISD_REDIS_DURABILITY: level,
      HRISD_STORE: `sqlite:${join(redis.dir, 'hrisd.db')}`,
      HRISD_KEY_FILE: join(redis.dir, 'hrisd.key'), HRISD_PROVIDERS: resolve('providers'),
      HRISD_RECEIVER_LISTEN: `127.0.0.1:${s.ports.receiver}`,
      HRISD_CONSOLE_LISTEN: `127.0.0.1:${s.ports.console}`,
      HRISD_OPS_LISTEN: `127.0.0.1:${s.ports.ops}`,
      HRISD_PUBLIC_URL: `http://127.0.0.1:${s.ports.receiver}`, HRISD_RECEIVERS: '1' };
    s.run(['keys', 'create']);
    s.admin = JSON.parse(s.run(['init', '--org', 'Bench', '--plan', 'growth', '--email',
      'admin@example.com', '--json']).stdout);
    await s.serve(['--roles=receiver,console']);
    const id = await benchConnection(s);
    const children = childrenOf(s.hrisd.pid);
    const pids = children.filter((p) => command(p).includes('role receiver'));
    const pinTo = (core, pid) =>
      execFileSync('taskset', ['-apc', String(core), String(pid)], { stdio: 'ignore' });
    for (const pid of [s.hrisd.pid, ...children]) pinTo(pids.includes(pid) ? 1 : 0, pid);
    return { port: s.ports.receiver, path: `/webhooks/${id}`, pids,
      stream: '{hrisd:0}:changes', system: s, stop: () => s.hrisd.stop() };
  },
  async nginx(redis) {
    const port = await freePort();
    const text = readFileSync('tests/bench/peers/nginx-lua.conf.in', 'utf8')
      .replaceAll('@DIR@', redis.dir).replaceAll('@REDIS@', redis.socket)
      .replaceAll('@PORT@', String(port)).replaceAll('@KEY_BASE64@', KEY);
    const conf = join(redis.dir, 'nginx.conf');
    writeFileSync(conf, `user root;\n${text}`);
    const [cmd, argv] = pin(1, 'nginx', ['-c', conf, '-p', redis.dir]);
    const p = new Process(redis.dir, 'nginx', cmd, argv);
    await until('nginx', () => reachable(port));
    // It listens before its worker is there.
    const pids = await until('a worker', () => childrenOf(p.pid).length && childrenOf(p.pid));
    return { port, path: '/in', pids, stream: 'wh', stop: () => p.stop() };
  },
  async node(redis) {
    const port = await freePort();
    const [cmd, argv] = pin(1, 'node', ['tests/bench/peers/node-peer.mjs']);
    const p = new Process(redis.dir, 'node', cmd, argv,
      { PORT: String(port), REDIS: redis.socket, KEY_BASE64: KEY });
    await until('node', () => reachable(port));
    return { port, path: '/in', pids: [p.pid], stream: 'wh', stop: () => p.stop() };
  },
  async webdis(redis) {
    const port = await freePort();
    const conf = join(redis.dir, 'webdis.json');
    writeFileSync(conf, readFileSync('tests/bench/peers/webdis.json.in', 'utf8')
      .replaceAll('@REDIS@', redis.socket).replaceAll('@PORT@', String(port)));
    const [cmd, argv] = pin(1, 'webdis', [conf]);
    const p = new Process(redis.dir, 'webdis', cmd, argv);
    await until('webdis', async () => (await fetch(`http://127.0.0.1:${port}/PING`)).ok);
    return { port, xadd: true, pids: [p.pid], stream: 'wh', stop: () => p.stop('SIGKILL') };
  },
};

function reachable(port) {
  return new Promise((ok, no) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); ok(true); });
    socket.on('error', no);
  });
}

async function withRedis(level, fn) {
  const dir = mkdtempSync(join(resolve('build/bench'), 'run-'));
  chmodSync(dir, 0o755);
  const redis = new RedisServer(dir, REDIS[level]);
  await redis.start();
  execFileSync('taskset', ['-apc', '0', String(redis.process.pid)], { stdio: 'ignore' });
  try {
    return await fn(redis);
  } finally {
    await redis.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measureOnce(name, level, options) {
  return withRedis(level, async (redis) => {
    const target = await targets[name](redis, level);
    try {
      await load(target, { ...options, rate: 0, requests: 5000 }); // warm up
      const before = Number(redis.cli('xlen', target.stream));
      const cpu = target.pids.reduce((sum, p) => sum + cpuSeconds(p), 0);
      const result = await load(target, options);
      const spent = target.pids.reduce((sum, p) => sum + cpuSeconds(p), 0) - cpu;
      const grown = Number(redis.cli('xlen', target.stream)) - before;
      if (grown !== result.accepted)
        throw new Error(`${name}: ${result.accepted} accepted, but the stream grew by ${grown}`);
      if (spent <= 0) throw new Error(`${name}: no CPU was counted`);
      return { ...result, cpu_us: spent * 1e6 / result.accepted };
    } finally {
      await target.stop();
    }
  });
}

// In turn A B C, C B A, …: drift of the machine meets all alike.
async function compare(names, level, options) {
  const runs = Object.fromEntries(names.map((n) => [n, []]));
  for (let i = 0; i < REPEATS; i++)
    for (const name of i % 2 ? [...names].reverse() : names) {
      const r = await measureOnce(name, level, options);
      runs[name].push(r);
      console.log(`${level} ${name}: ${r.per_second}/s, ${r.cpu_us.toFixed(1)} us CPU, p99 ${r.p99_us} us`);
    }
  return runs;
}

const rows = (runs) => Object.entries(runs).map(([name, list]) => `| ${name} | ${
  span(list.map((r) => r.cpu_us))} | ${span(list.map((r) => r.per_second), 0)} | ${
  span(list.map((r) => r.p99_us / 1000), 2)} |`).join('\n');

const ratio = (runs, a, b) =>
  (median(runs[a].map((r) => r.cpu_us)) / median(runs[b].map((r) => r.cpu_us))).toFixed(2);

const WORK = {
  hrisd: 'verify, parse, map, once only, queue', nginx: 'verify, XADD', node: 'verify, parse, XADD',
  webdis: 'XADD alone',
};

const parts = {
  async receiver() {
    let text = '## Receiver: CPU per accepted request\n\n'
      + 'A signed full record of 1.4 kB. ' + Object.entries(WORK).map(([k, v]) => `${k}: ${v}`).join('; ')
      + '.\nMedian (least–most) of the runs.\n';
    for (const [level, connections] of [['memory', 64], ['everysec', 64], ['always', 256]]) {
      const runs = await compare(['hrisd', 'nginx', 'node', 'webdis'], level, { connections });
      text += `\n### Redis ${level}, ${connections} connections\n\n`
        + '| server | CPU per request, µs | requests/s | p99, ms |\n|---|---|---|---|\n'
        + `${rows(runs)}\n\nhrisd's CPU beside nginx + Lua: ${ratio(runs, 'hrisd', 'nginx')}×.\n`;
    }
    return text;
  },

  // The receiver under callgrind, once for few and once for many requests: the
  // difference is what a request takes, start and end left out. Its processor
  // has no SHA instructions, so hashing is counted apart.
  async instructions() {
    if (!hasValgrind()) return '## Instructions\n\nvalgrind is not installed here: no count.\n';
    const [few, many] = [1000, 4000];
    const counts = [];
    for (const requests of [few, many])
      counts.push(await withRedis('memory', async (redis) => {
        const target = await targets.hrisd(redis, 'memory');
        const out = join(redis.dir, 'callgrind.out');
        target.pids.forEach((pid) => process.kill(pid, 'SIGSTOP')); // ours alone shall answer
        const port = await freePort();
        const page = openSync(join(redis.dir, 'page'), 'w+');
        ftruncateSync(page, 4 << 20); // more than the counters need
        const keys = openSync(target.system.env.HRISD_KEY_FILE, 'r');
        const child = spawn('valgrind', ['--tool=callgrind', `--callgrind-out-file=${out}`, HRISD,
          'role', 'receiver', '1'], { stdio: ['ignore', 'ignore', 'ignore', page, keys],
          env: { ...process.env, ...target.system.env, HRISD_REDIS_DURABILITY: 'memory',
            HRISD_RECEIVER_LISTEN: `127.0.0.1:${port}` } });
        const ended = new Promise((ok) => child.on('exit', ok));
        await until('the receiver', () => reachable(port), 60000);
        await sleep(1500); // its routes
        await load({ port, path: target.path }, { requests, connections: 64 });
        child.kill('SIGTERM');
        await ended;
        target.pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
        await target.stop();
        return countsOf(out);
      }));
    const each = (what) => Math.round((counts[1][what] - counts[0][what]) / (many - few));
    const text = `${(each('all') - each('hashing')).toLocaleString('en')} in user space, and ${
      each('hashing').toLocaleString('en')} more for hashing without SHA instructions`;
    console.log(`instructions: ${text}`);
    return `## Instructions\n\nPer request, whole receiver, by callgrind: ${text}.\n`;
  },

  // Where the receiver's CPU goes: sampled by perf while the load runs.
  async profile() {
    const data = resolve('build/bench/perf.data');
    const report = (sort) => execFileSync('perf', ['report', '-i', data, '--stdio', '--no-children',
      '--sort', sort, '--percent-limit', '1.5'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n').filter((l) => /^ +\d/.test(l)).map((l) => l.replace(/ +/g, ' ').replace(/( -)+ *$/, '').trim());
    try {
      execFileSync('perf', ['--version'], { stdio: 'ignore' });
    } catch {
      return '## Profile\n\nperf is not installed here: no profile.\n';
    }
    return withRedis('memory', async (redis) => {
      const target = await targets.hrisd(redis, 'memory');
      const running = load(target, { requests: REQUESTS });
      running.catch(() => {});
      await until('load', () => Number(redis.cli('xlen', target.stream)) > 1000);
      execFileSync('perf', ['record', '-q', '-e', 'cpu-clock', '-F', '4000', '-o', data,
        '-p', String(target.pids[0]), '--', 'sleep', '1.5'], { stdio: 'ignore' });
      await running;
      await target.stop();
      return '## Profile of the receiver\n\nSamples of its CPU under the load of the first table, by part:\n\n'
        + `| share | part |\n|---|---|\n${report('dso').map((l) => l.replace(/^(\S+) (.*)$/, '| $1 | $2 |')).join('\n')}\n\n`
        + 'and the functions above 1.5 %:\n\n| share | function |\n|---|---|\n'
        + `${report('symbol').map((l) => l.replace(/^(\S+) (.*)$/, '| $1 | $2 |')).join('\n')}\n`;
    });
  },

  async rate() {
    const names = ['hrisd', 'nginx', 'node', 'webdis'];
    const rate = 4000;
    const runs = await compare(names, 'everysec', { connections: 64, rate, requests: rate * (quick ? 3 : 10) });
    return `## Latency at a fixed rate\n\n${rate} requests/s, 64 connections, Redis everysec; a latency counts `
      + 'from when the request was due.\n\n| server | p50, ms | p99, ms | p99.9, ms | CPU per request, µs |\n|---|---|---|---|---|\n'
      + names.map((n) => `| ${n} | ${['p50_us', 'p99_us', 'p999_us'].map((k) =>
        span(runs[n].map((r) => r[k] / 1000), 2)).join(' | ')} | ${span(runs[n].map((r) => r.cpu_us))} |`).join('\n') + '\n';
  },

  async idle() {
    return withRedis('memory', async (redis) => {
      const target = await targets.hrisd(redis, 'memory');
      const count = 10000;
      const memory = () => {
        const text = readFileSync(`/proc/${target.pids[0]}/smaps_rollup`, 'utf8');
        return Number(/^Private_Dirty:\s+(\d+)/m.exec(text)[1]) * 1024;
      };
      await load(target, { requests: 2000 });
      const before = memory();
      const sockets = [];
      for (let i = 0; i < count; i++) {
        sockets.push(await new Promise((ok, no) => {
          const s = connect(target.port, '127.0.0.1', () => ok(s));
          s.on('error', no);
        }));
      }
      // One request each, so that every connection has been used.
      for (const socket of sockets) await new Promise((ok) => {
        socket.once('data', ok);
        socket.write(`POST /webhooks/${'a'.repeat(26)} HTTP/1.1\r\nHost: x\r\n`
          + 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      });
      await until('connections', async () =>
        (await target.system.metric('hrisd_http_connections')) >= count);
      const each = (memory() - before) / count;
      sockets.forEach((s) => s.destroy());
      await target.stop();
      console.log(`idle: ${each.toFixed(0)} bytes`);
      return `## Idle connections\n\n${count} open: ${each.toFixed(0)} bytes of private memory each.\n`;
    });
  },

  async provisioner() {
    const changes = quick ? 50000 : 300000;
    const runs = [];
    for (let i = 0; i < (quick ? 1 : 3); i++)
      runs.push(await withRedis('always', async (redis) => {
        const target = await targets.hrisd(redis, 'always');
        await load(target, { requests: changes, connections: 256 });
        await target.stop();
        const s = target.system;
        await s.serve(['--roles=provisioner']);
        const pid = childrenOf(s.hrisd.pid).find((p) => command(p).includes('role provisioner'));
        const applied = async () => (await Promise.all(['created', 'updated', 'unchanged']
          .map((o) => s.metric(`hrisd_changes_total{outcome="${o}"}`)))).reduce((x, y) => x + y);
        // From a moment in the middle of the work, so that starting is no part.
        const first = await until('the first', applied);
        const begin = performance.now(), before = cpuSeconds(pid);
        await until('all applied', async () => (await applied()) >= changes, 120000);
        const seconds = (performance.now() - begin) / 1000;
        const spent = cpuSeconds(pid) - before, done = changes - first;
        await s.hrisd.stop();
        console.log(`provisioner: ${(done / seconds).toFixed(0)}/s, ${(spent * 1e6 / done).toFixed(1)} us`);
        return { rate: done / seconds, cpu: spent * 1e6 / done };
      }));
    return `## Provisioner\n\n${changes} changes of 100,000 people waiting in the stream, one process, SQLite `
      + `with synchronous=FULL, Redis always: ${span(runs.map((r) => r.rate), 0)} changes/s, `
      + `${span(runs.map((r) => r.cpu))} µs of CPU each.\n`;
  },

  async visible() {
    const s = await System.start(t, { ...ANY_RATE, HRISD_RECEIVERS: '1' });
    const sender = await s.standard();
    const rate = 500, seconds = quick ? 4 : 20;
    const made = new URL(sender.url);
    const seen = [];
    // The load sends under a key of its own: another connection.
    const background = load({ port: made.port, path: `/webhooks/${await benchConnection(s)}` },
      { rate, requests: rate * seconds, connections: 16 });
    background.catch(() => {}); // awaited below; until then it must not end us
    const end = Date.now() + seconds * 1000 - 1000;
    for (let i = 0; Date.now() < end; i++) {
      const begin = performance.now();
      await sender.send(employee(`v${i}`));
      await untilVisible(s, `pv${i}@example.com`);
      seen.push(performance.now() - begin);
      await sleep(40);
    }
    await background;
    await s.stop();
    seen.sort((a, b) => a - b);
    const at = (q) => seen[Math.floor(q * (seen.length - 1))].toFixed(1);
    console.log(`visible: p50 ${at(.5)} p95 ${at(.95)} ms`);
    return `## Webhook to member\n\nAt ${rate}/s on one machine, Redis always, ${seen.length} samples, from before the `
      + 'webhook is sent until the admin API shows the member (asked again and again, so the asking is part of it): '
      + `p50 ${at(.5)} ms, p95 ${at(.95)} ms, most ${at(1)} ms.\n`;
  },

  // The fetcher's own CPU, wherever it runs: all of it is made by micro_sync.c.
  async sync() {
    let text = '## Sync runs: CPU and memory of the fetcher\n\nRedis always. First everybody is new, '
      + 'then nobody has changed. JSON: 11 mapped fields; the others by the manifest of Workday.\n\n'
      + '| read | people | bytes each | a page | queued | seconds | CPU per person, µs | memory at most, MiB |\n'
      + '|---|---|---|---|---|---|---|---|\n';
    for (const [kind, people, page] of quick ? QUICK_READS : READS)
      for (const r of microSync(kind, people, page)) {
        if (r.queued !== (r.kind === 'initial' ? people : 0))
          throw new Error(`${r.queued} of ${people} were queued by the ${r.kind} run`);
        text += `| ${[KINDS[kind], r.people, r.bytes, kind === 'report' ? 'all' : r.page, r.queued, r.seconds,
          r.cpu_us, r.mib].join(' | ')} |\n`;
      }
    const [{ idle, cpu_percent }] = microSync('idle', 5000);
    return `${text}\n${idle.toLocaleString('en')} connections without anything to run: ${cpu_percent} % of a core.\n\n`
      + syncInstructions();
  },
};

// How people are read, how many, and how many a page.
const KINDS = { json: 'JSON', soap: 'SOAP, Get_Workers', report: 'XML, a report' };
const READS = [['json', 10000, 500], ['json', 100000, 100], ['json', 100000, 250], ['json', 100000, 500],
  ['json', 100000, 1000], ['json', 1000000, 1000], ['soap', 10000, 100], ['soap', 100000, 100],
  ['soap', 100000, 999], ['report', 10000, 1], ['report', 100000, 1], ['report', 1000000, 1]];
const QUICK_READS = [['json', 20000, 500], ['soap', 10000, 100], ['report', 20000, 1]];

function microSync(...argv) {
  const out = execFileSync('build/bench/micro_sync', argv.map(String), { encoding: 'utf8' });
  console.log(`${argv.join(' ')}\n${out.trim()}`);
  return out.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l));
}

// As of the receiver: a first read of few and of many. The fetcher is the only
// child of what runs under callgrind.
function syncInstructions() {
  if (!hasValgrind()) return 'valgrind is not installed here: instructions are not counted.\n';
  const [few, many] = [1000, 3000];
  const each = Object.keys(KINDS).map((kind) => {
    const [a, b] = [few, many].map((people) => callgrind((out) => {
      const { pid, stderr } = spawnSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${out}.%p`,
        'build/bench/micro_sync', kind, String(people), '500', 'first'], { encoding: 'utf8' });
      const fetcher = readdirSync(dirname(out)).find((f) => f.startsWith('out.') && f !== `out.${pid}`);
      if (!fetcher) throw new Error(`the fetcher was not counted: ${stderr}`);
      return join(dirname(out), fetcher);
    }));
    const per = (what) => Math.round((b[what] - a[what]) / (many - few)).toLocaleString('en');
    return `${KINDS[kind]}: ${per('all')}, of them ${per('hashing')} for hashing without SHA instructions`;
  });
  console.log(`instructions: ${each.join('; ')}`);
  return 'Instructions per person of a first read with 500 a page, by callgrind: '
    + `${each.join('; ')}.\n`;
}

function hasValgrind() {
  return spawnSync('valgrind', ['--version'], { stdio: 'ignore' }).status === 0;
}

// What callgrind counted in the file that run(out) names.
function callgrind(run) {
  const dir = mkdtempSync(join(resolve('build/bench'), 'callgrind-'));
  try {
    return countsOf(run(join(dir, 'out')));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function countsOf(file) {
  const text = execFileSync('callgrind_annotate', ['--threshold=100', file],
    { encoding: 'utf8', maxBuffer: 1 << 26 });
  const number = (line) => Number(/^ *([\d,]+)/.exec(line)[1].replaceAll(',', ''));
  const lines = text.split('\n').filter((l) => /^ *[\d,]+ \(/.test(l));
  return { all: number(lines.find((l) => /PROGRAM TOTALS/.test(l))),
    hashing: lines.filter((l) => /libcrypto/.test(l)).reduce((sum, l) => sum + number(l), 0) };
}

async function untilVisible(s, email) {
  const end = Date.now() + 5000;
  while (Date.now() < end) {
    const { body } = await s.api('GET', `members?q=${email}&limit=1`);
    if (body.items.length) return;
    await sleep(1);
  }
  throw new Error(`${email} does not appear`);
}

function machine() {
  const version = (c, a) => execFileSync(c, a, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).split('\n')[0];
  return `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}; `
    + `${version('redis-server', ['--version']).replace(/ sha=.*/, '')}; node ${process.version}; `
    + `${version('cc', ['--version'])}; hrisd ${version('git', ['rev-parse', '--short', 'HEAD'])}, ${
      new Date().toISOString().slice(0, 10)}`;
}

mkdirSync('build/bench', { recursive: true });
const names = wanted.length ? wanted : Object.keys(parts);
const MARK = '<!-- From here on written by make bench. -->';
let text = `${MARK}\n\n# Measured\n\n${machine()}.\n\n`
  + 'Core 1: the measured server; core 0: Redis and the generator. Figures of one machine on one day: '
  + 'compare within a table, not across machines.\n';
try {
  for (const name of names) text += `\n${await parts[name]()}`;
} finally {
  for (const fn of cleanups) await fn();
}
const file = 'docs/performance.md';
if (!wanted.length && !quick) writeFileSync(file, readFileSync(file, 'utf8').split(MARK)[0] + text);
else console.log(text);
