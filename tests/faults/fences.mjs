// Who held which lease, and who wrote a page of a run under it: as Redis did
// it, one after the other. What a function of Redis writes shows only when it
// was not refused.
import { connect } from 'node:net';

const NAME = 'hrisd_v\\d+_';
const PAGE = new RegExp(`^${NAME}run_page$`);
const DROP = new RegExp(`^${NAME}lease_drop$`);
const LEASE = /^\{hrisd:\d+\}:lease:(.+)$/;
const WORDS_MAX = 600; // characters: five keys and a fence
const WRITES = new Set(['XADD', 'HSET']);

export class Fences {
  constructor() {
    this.log = []; // {connection, fence, owner} of a lease; {connection, page: fence}
    this.held = new Map(); // connection -> {fence, owner, pages}
    this.refused = 0;
  }

  // Redis tells everything that it does, a line each.
  async watch(path) {
    this.socket = connect(path);
    this.socket.setEncoding('latin1');
    this.socket.on('error', () => {});
    this.socket.write('MONITOR\r\n');
    let rest = '';
    await new Promise((ok) => this.socket.on('data', (text) => {
      ok();
      const lines = (rest + text).split('\r\n');
      rest = lines.pop();
      for (const line of lines) this.line(line);
    }));
  }

  close() {
    this.socket?.destroy();
  }

  // +1700000000.000001 [0 lua] "SET" "key" …; of most only the first words.
  line(text) {
    const start = text.indexOf('] "');
    if (start < 0) return;
    const words = text.slice(start + 2, start + 2 + WORDS_MAX).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
    this.see(words.map((w) => w.slice(1, -1)), text.slice(0, start).endsWith(' lua') ? 'lua' : '');
  }

  see(words, source) {
    if (source !== 'lua') this.call(words);
    else if (words[0].toUpperCase() === 'SET') this.take(words);
    else if (this.page && WRITES.has(words[0].toUpperCase())) this.wrote();
    else if (this.drop && words[0].toUpperCase() === 'DEL') this.held.delete(this.drop);
  }

  call(words) {
    this.page = this.drop = undefined;
    if (words[0].toLowerCase() !== 'fcall') return;
    const connection = LEASE.exec(words[3])?.[1];
    if (PAGE.test(words[1]))
      this.page = { connection, fence: words[3 + Number(words[2])] };
    else if (DROP.test(words[1])) this.drop = connection;
  }

  take([, key, value]) {
    const connection = LEASE.exec(key)?.[1];
    if (!connection) return;
    const [, fence, owner] = /^(\d+) (.*)$/.exec(value);
    this.held.set(connection, { fence, owner, pages: 0 });
    this.log.push({ connection, fence, owner });
  }

  wrote() {
    const { connection, fence } = this.page;
    this.page = undefined;
    const lease = this.held.get(connection);
    if (lease?.fence === fence) lease.pages++;
    this.log.push({ connection, page: fence });
  }

  // Has somebody else taken what this owner had?
  passed(connection, owner) {
    return this.held.get(connection)?.owner !== owner;
  }

  // Connections that this owner is reading, some pages in.
  middle(owner) {
    return [...this.held].filter(([, l]) => l.owner === owner && l.pages)
      .map(([connection]) => connection);
  }
}
