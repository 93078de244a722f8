// What the kernel says of hrisd's processes.
import { readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;
const TICKS = 100; // per second, of the times in /proc

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

// [{pid, role}] of a supervisor: its children are `hrisd role NAME SLOT`.
export function rolesOf(supervisor) {
  return read(`/proc/${supervisor}/task/${supervisor}/children`).split(' ')
    .filter(Boolean).map(Number)
    .map((pid) => ({ pid, words: read(`/proc/${pid}/cmdline`).split('\0') }))
    .filter(({ words }) => words[1] === 'role') // a copy of its parent, before exec
    .map(({ pid, words }) => ({ pid, role: words[2] }));
}

export const isAlive = (pid) => !/^\d+ \(.*\) [ZX]|^$/s.test(read(`/proc/${pid}/stat`));

export const rss = (pid) => Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES;

// Milliseconds of CPU that it has used.
export function cpu(pid) {
  const words = read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ');
  return ((Number(words[11]) + Number(words[12])) * 1000) / TICKS || 0;
}

// Share of one core that a process uses over ms.
export async function cpuShare(pid, ms) {
  const before = cpu(pid);
  const start = performance.now();
  await new Promise((ok) => setTimeout(ok, ms));
  return (cpu(pid) - before) / (performance.now() - start);
}

// The largest memory of any process of each role, sampled all the time.
export class Watch {
  constructor(pids, everyMs = 100) {
    this.most = {};
    this.timer = setInterval(() => {
      for (const { pid, role } of pids()) {
        const bytes = rss(pid);
        if (bytes > (this.most[role] ?? 0)) this.most[role] = bytes;
      }
    }, everyMs);
  }

  stop() {
    clearInterval(this.timer);
    return this.most;
  }
}
