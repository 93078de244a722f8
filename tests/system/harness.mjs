// Starts what a test needs, on free ports and in a folder of its own, and
// ends all of it. Nothing sleeps for luck: tests wait for conditions.
import { spawn, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync, readFileSync, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import Redis from 'ioredis';
import { Webhook } from 'standardwebhooks';

export const HRISD = resolve(process.env.HRISD ?? 'build/hrisd');

// For a load on one connection beyond what any HR system sends. Tokens are
// still taken, so that their cost is part of what is measured.
export const ANY_RATE = { HRISD_WEBHOOK_RATE: '1000000' };

const isFree = (port) => new Promise((ok) => {
  const server = createServer();
  server.once('error', () => ok(false));
  server.listen(port, '127.0.0.1', () => server.close(() => ok(true)));
});

// Below those that kernels give to clients, and each process from a lane of its
// own: else somebody may have it before it is used.
const LANES = 355, LANE = 64;
let turn = 0;

export async function freePort() {
  for (let tries = 0; tries < LANE; tries++) {
    const port = 10000 + (process.pid % LANES) * LANE + turn++ % LANE;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

export const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));

// Until fn gives something true; the last thing it gave or threw is shown.
export async function until(what, fn, ms = 60000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await fn();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end)
      throw new Error(`${what}: not within ${ms} ms; last: ${last}`);
    await sleep(20);
  }
}

// A process whose output goes to a file that a failing test can show.
export class Process {
  constructor(dir, name, command, args, env = {}) {
    this.log = join(dir, `${name}.log`);
    this.name = name;
    this.child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = createWriteStream(this.log, { flags: 'a' });
    this.child.stdout.pipe(out, { end: false });
    this.child.stderr.pipe(out, { end: false });
    this.child.on('close', () => out.end());
    this.ended = new Promise((ok) => {
      this.child.on('exit', (code, signal) => ok({ code, signal }));
      this.child.on('error', (e) => ok({ code: 127, error: e }));
    });
  }

  get pid() {
    return this.child.pid;
  }

  kill(signal = 'SIGTERM') {
    this.child.kill(signal);
  }

  async stop(signal = 'SIGTERM', ms = 15000) {
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), ms);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  text() {
    return readFileSync(this.log, 'utf8');
  }
}

export class RedisServer {
  // options: of redis.conf; login: who the tests are where there is an aclfile.
  constructor(dir, options = {}, login = undefined) {
    this.dir = dir;
    this.login = login;
    this.socket = join(dir, 'redis.sock');
    this.clients = [];
    this.options = { appendonly: 'yes', appendfsync: 'always', ...options };
  }

  async start() {
    const args = ['--port', '0', '--unixsocket', this.socket, '--dir', this.dir,
      '--save', '', '--daemonize', 'no'];
    for (const [k, v] of Object.entries(this.options)) args.push(`--${k}`, v);
    this.process = new Process(this.dir, 'redis', 'redis-server', args);
    await until('redis', () => this.cli('ping') === 'PONG');
  }

  cli(...words) {
    const who = this.login
      ? ['--user', this.login.username, '--pass', this.login.password, '--no-auth-warning'] : [];
    return execFileSync('redis-cli', ['-s', this.socket, ...who, ...words],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }

  // Ended with the server: a client left open would keep the test from ending.
  client(login = this.login) {
    const client = new Redis(this.socket,
      { maxRetriesPerRequest: 1, enableReadyCheck: login === this.login, ...login });
    client.on('error', () => {});
    this.clients.push(client);
    return client;
  }

  async stop(signal = 'SIGTERM') {
    for (const client of this.clients.splice(0)) client.disconnect();
    await this.process?.stop(signal);
  }
}

export function run(args, env = {}) {
  try {
    const stdout = execFileSync(HRISD, args,
      { env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe' });
    return { code: 0, stdout, stderr: '' };
  } catch (e) {
    return { code: e.status, stdout: e.stdout, stderr: e.stderr };
  }
}

// One hrisd with its Redis and SQLite. Extra settings as HRISD_ names.
export class System {
  static async start(t, settings = {}, options = {}) {
    const s = new System();
    s.dir = mkdtempSync(join(tmpdir(), 'hrisd-'));
    t.after(() => s.stop());
    s.processes = [];
    s.redis = new RedisServer(s.dir, options.redis, options.login);
    await s.redis.start();
    s.ports = { receiver: await freePort(), console: await freePort(),
      ops: await freePort(), sandbox: await freePort() };
    s.env = {
      HRISD_REDIS: `unix:${s.redis.socket}`,
      HRISD_STORE: `sqlite:${join(s.dir, 'hrisd.db')}`,
      HRISD_KEY_FILE: join(s.dir, 'hrisd.key'),
      HRISD_PROVIDERS: resolve('providers'),
      HRISD_RECEIVER_LISTEN: `127.0.0.1:${s.ports.receiver}`,
      HRISD_CONSOLE_LISTEN: `127.0.0.1:${s.ports.console}`,
      HRISD_OPS_LISTEN: `127.0.0.1:${s.ports.ops}`,
      HRISD_PUBLIC_URL: `http://127.0.0.1:${s.ports.receiver}`,
      HRISD_CONSOLE_URL: `http://127.0.0.1:${s.ports.console}`,
      HRISD_SPOOL: join(s.dir, 'spool'),
      HRISD_ALLOW_HOSTS: `127.0.0.1:${s.ports.sandbox}`,
      HRISD_RECEIVERS: '2',
      ...settings,
    };
    s.run(['keys', 'create']);
    const init = s.run(['init', '--org', 'Example Company', '--plan',
      options.plan ?? 'growth', '--email', 'admin@example.com', '--json']);
    if (init.code !== 0) throw new Error(`hrisd init: ${init.stderr}`);
    s.admin = JSON.parse(init.stdout);
    if (options.serve !== false) await s.serve();
    return s;
  }

  run(args) {
    return run(args, this.env);
  }

  async serve(extra = []) {
    this.hrisd = new Process(this.dir, 'hrisd', HRISD, ['serve', ...extra], this.env);
    await until('hrisd ready', async () => {
      if (this.hrisd.child.exitCode !== null)
        throw new Error(`hrisd ended: ${this.hrisd.text()}`);
      return (await this.ops('readyz')).status === 200;
    });
  }

  // One role as on a machine of its own, with settings of its own.
  async serveRole(role, settings = {}) {
    const port = await freePort();
    const hrisd = new Process(this.dir, role, HRISD, ['serve', `--roles=${role}`],
      { ...this.env, HRISD_OPS_LISTEN: `127.0.0.1:${port}`, ...settings });
    this.processes.push(hrisd);
    await until(`${role} ready`, async () => {
      if (hrisd.child.exitCode !== null) throw new Error(`${role} ended: ${hrisd.text()}`);
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
    });
    return hrisd;
  }

  async sandbox(...args) {
    this.company = new Process(this.dir, 'sandbox', HRISD, ['sandbox', '--listen',
      `127.0.0.1:${this.ports.sandbox}`, '--target',
      `127.0.0.1:${this.ports.receiver}`, ...args]);
    await until('sandbox', async () => (await this.ask('GET', 'sandbox/state')).ok);
  }

  // The sandbox's own control.
  ask(method, path, body, headers = {}) {
    return fetch(`http://127.0.0.1:${this.ports.sandbox}/${path}`, { method,
      headers: { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body) });
  }

  ops(path) {
    return fetch(`http://127.0.0.1:${this.ports.ops}/${path}`);
  }

  async metric(name) {
    const text = await (await this.ops('metrics')).text();
    const line = text.split('\n').find((l) => l.startsWith(`${name} `));
    return line ? Number(line.slice(name.length + 1)) : undefined;
  }

  // A run, once it has ended.
  over(id, token) {
    return until('the run is over', async () => {
      const { body } = await this.api('GET', `runs/${id}`, undefined, token);
      return body.finished_at && body;
    });
  }

  async api(method, path, body, token = this.admin.token) {
    const answer = await fetch(`http://127.0.0.1:${this.ports.console}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers,
      body: text ? JSON.parse(text) : undefined };
  }

  // A connection of the standard provider, enabled.
  async standard(name = 'Pushed') {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const made = await this.api('POST', 'connections', { provider: 'standard', name,
      credentials: { webhook_secret: secret } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    const enabled = await this.api('POST', `connections/${made.body.id}/enable`);
    if (enabled.status !== 202) throw new Error(JSON.stringify(enabled.body));
    return new Sender(made.body.webhook_url, secret, made.body.id);
  }

  async members(query = '') {
    const { body } = await this.api('GET', `members?limit=200${query}`);
    return body.items;
  }

  member(email, wanted = () => true) {
    return until(`member ${email}`, async () => {
      const found = (await this.members(`&q=${encodeURIComponent(email)}`))
        .find((m) => m.email === email);
      return found && wanted(found) ? found : undefined;
    });
  }

  async stop() {
    await this.hrisd?.stop();
    await Promise.all(this.processes.map((p) => p.stop()));
    await this.company?.stop();
    await this.redis?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

let serial = 0;

// Signs with the standardwebhooks package: independent of our own code.
export class Sender {
  constructor(url, secret, connection) {
    this.url = url;
    this.secret = secret;
    this.connection = connection;
    this.webhook = new Webhook(secret);
  }

  request(body, { id = `msg_${process.pid}_${++serial}`, at = new Date() } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { id, text, headers: { 'content-type': 'application/json', 'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': this.webhook.sign(id, at, text) } };
  }

  async post({ text, headers }) {
    const answer = await fetch(this.url, { method: 'POST', headers, body: text });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  send(body, options) {
    return this.post(this.request(body, options));
  }
}

export function employee(id, more = {}, type = 'employee.updated') {
  return { type, timestamp: new Date().toISOString(), data: { id: String(id),
    employee_number: `E${id}`, first_name: 'Person', last_name: `Number ${id}`,
    email: `p${id}@example.com`, department: 'Engineering', job_title: 'Engineer',
    seniority_level: 'IC3', status: 'active', ...more } };
}
