// Chance that can be repeated: the same seed makes the same choices. Timing
// is the machine's, so a repeated run is alike, not identical.

// mulberry32: small, fast, good enough to choose moments and victims.
export class Random {
  constructor(seed) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  // A source of its own, so that who draws first does not matter.
  fork(name) {
    let h = this.seed;
    for (const c of name) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
    return new Random(h);
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  // From low to high, both included.
  int(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share) {
    return this.next() < share;
  }

  pick(list) {
    return list[this.int(0, list.length - 1)];
  }
}
