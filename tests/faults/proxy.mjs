// Stands between hrisd and Redis and does what networks and loaded servers do:
// the seven toxics of Toxiproxy that matter here, and what needs to know the
// protocol: the reply of one command lost, errors in Redis' own words.
//
// `rule` holds what is wrong now; {} is a good network. It may change at any
// moment and counts for open connections too:
//   latency, jitter   ms until a reply goes on; order is kept
//   slice             most bytes per write of a reply, one write a turn
//   gather            ms for which replies are held, to leave as one write
//   cut               bytes of replies, then the connection breaks
//   drop              after so many replies one is lost with its connection:
//                     the command was done, and nobody can know
//   blackhole         nothing passes, nothing closes; what was sent meanwhile
//                     arrives when it ends, as after a healed partition
//   slowClose         ms until a close of one side reaches the other
//   error             {text, names, share}: commands of these names (or names
//                     of functions) do not reach Redis and are answered so
import { createServer, connect } from 'node:net';
import { Resp, wordsOf } from './resp.mjs';

const FINE = 256; // bytes of both ends of a reply that are sliced finely

export class Proxy {
  constructor(target, random) {
    this.target = target; // path of Redis' socket
    this.random = random;
    this.state = {};
    this.links = new Set();
    this.commands = new Map(); // name -> how many passed or were answered
    this.seen = { cuts: 0, drops: 0, errors: 0 };
  }

  async start() {
    this.server = createServer((client) => this.links.add(new Link(this, client)));
    await new Promise((ok, bad) => {
      this.server.on('error', bad);
      this.server.listen(0, '127.0.0.1', ok);
    });
    this.port = this.server.address().port;
  }

  get rule() {
    return this.state;
  }

  set rule(rule) {
    this.state = rule;
    for (const link of this.links) link.hold(Boolean(rule.blackhole));
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  // Every connection, at once: with RST, as a killed peer's kernel does.
  reset() {
    for (const link of [...this.links]) link.break();
  }

  async stop() {
    this.rule = {};
    this.reset();
    await new Promise((ok) => this.server.close(ok));
  }
}

class Link {
  constructor(proxy, client) {
    this.proxy = proxy;
    this.client = client.setNoDelay(true);
    this.redis = connect(proxy.target);
    this.asked = new Resp();
    this.answered = new Resp();
    this.due = []; // per command: null, or the answer in Redis' place
    this.out = []; // [when, bytes], for the client
    this.pieces = []; // of a sliced reply
    this.passed = 0;
    this.replies = 0;
    client.on('data', (chunk) => this.ask(chunk));
    this.redis.on('data', (chunk) => this.answer(chunk));
    this.join(client, this.redis);
    this.join(this.redis, client);
    if (proxy.rule.blackhole) this.hold(true);
  }

  hold(on) {
    for (const socket of [this.client, this.redis]) on ? socket.pause() : socket.resume();
  }

  join(from, to) {
    from.on('error', () => {});
    from.on('close', () => {
      const late = setTimeout(() => {
        to.destroy();
        this.proxy.links.delete(this);
      }, this.proxy.rule.slowClose ?? 0);
      late.unref();
    });
  }

  break() {
    this.client.resetAndDestroy();
    this.redis.destroy();
    this.proxy.links.delete(this);
  }

  ask(chunk) {
    for (const message of this.asked.push(chunk)) {
      const instead = this.instead(message);
      this.due.push(instead);
      if (instead === null) this.redis.write(message);
    }
    this.answerOwn();
  }

  instead(message) {
    const { error } = this.proxy.rule;
    const words = wordsOf(message).map((w) => w.toUpperCase());
    const name = words[0] === 'FCALL' ? words[1] : words[0];
    const { commands, seen, random } = this.proxy;
    commands.set(name, (commands.get(name) ?? 0) + 1);
    if (!error || !error.names.some((n) => words.includes(n.toUpperCase()))) return null;
    if (!random.chance(error.share ?? 1)) return null;
    seen.errors++;
    return Buffer.from(`-${error.text}\r\n`);
  }

  answer(chunk) {
    for (const message of this.answered.push(chunk)) {
      this.due.shift();
      if (!this.reply(message)) return;
      this.answerOwn();
    }
  }

  // Answers of our own stand in line behind those of Redis.
  answerOwn() {
    while (this.due.length && this.due[0] !== null)
      if (!this.reply(this.due.shift())) return;
  }

  // false: the connection is no more.
  reply(message) {
    const { rule, seen } = this.proxy;
    this.replies++;
    if (rule.drop !== undefined && this.replies > rule.drop) {
      seen.drops++;
      this.break();
      return false;
    }
    const left = (rule.cut ?? Infinity) - this.passed;
    this.passed += message.length;
    if (message.length >= left) {
      seen.cuts++;
      this.client.write(message.subarray(0, left), () => this.break());
      return false;
    }
    this.later(message);
    return true;
  }

  later(message) {
    const { latency = 0, jitter = 0, gather = 0 } = this.proxy.rule;
    const wait = latency + Math.floor(jitter * this.proxy.random.next()) + gather;
    if (!wait && !this.out.length) return this.write(message);
    this.out.push([performance.now() + wait, message]);
    if (!this.timer) this.timer = setTimeout(() => this.flush(), wait);
  }

  flush() {
    const all = this.proxy.rule.gather;
    const now = performance.now() + 0.5;
    const ready = [];
    while (this.out.length && (all || this.out[0][0] <= now))
      ready.push(this.out.shift()[1]);
    this.write(Buffer.concat(ready));
    this.timer = this.out.length
      ? setTimeout(() => this.flush(), Math.max(this.out[0][0] - now, 0)) : null;
  }

  write(bytes) {
    const { slice } = this.proxy.rule;
    if (!slice && !this.pieces.length) return void this.client.write(bytes);
    const size = slice ?? bytes.length;
    for (let at = 0; at < bytes.length;) {
      // The ends of a long reply by bytes, its middle in larger ones.
      const fine = at < FINE || at > bytes.length - FINE;
      const next = at + (fine ? this.proxy.random.int(1, size) : FINE);
      this.pieces.push(bytes.subarray(at, next));
      at = next;
    }
    if (!this.pumping) this.pump();
  }

  pump() {
    this.pumping = !this.client.destroyed && this.pieces.length > 0;
    if (!this.pumping) return;
    this.client.write(this.pieces.shift());
    setImmediate(() => this.pump());
  }
}
