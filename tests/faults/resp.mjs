// Finds where messages of the Redis protocol (RESP2) end in a flow of bytes,
// so that a proxy can count, hold and replace them whole.

// The offset behind the message that starts at `at`, or -1: not all there.
function skip(buf, at) {
  const end = buf.indexOf('\r\n', at);
  if (end < 0) return -1;
  const count = () => Number(buf.toString('latin1', at + 1, end));
  switch (buf[at]) {
    case 0x2b: case 0x2d: case 0x3a: // + - :
      return end + 2;
    case 0x24: { // $
      const next = count() < 0 ? end + 2 : end + 2 + count() + 2;
      return next <= buf.length ? next : -1;
    }
    case 0x2a: { // *
      let next = end + 2;
      for (let i = count(); i > 0 && next >= 0; i--) next = skip(buf, next);
      return next;
    }
    default:
      throw new Error(`not RESP: byte ${buf[at]} at ${at}`);
  }
}

export class Resp {
  constructor() {
    this.rest = Buffer.alloc(0);
  }

  // The whole messages that chunk completes, as Buffers.
  push(chunk) {
    const buf = this.rest.length ? Buffer.concat([this.rest, chunk]) : chunk;
    const messages = [];
    let at = 0;
    for (let next; at < buf.length && (next = skip(buf, at)) >= 0; at = next)
      messages.push(buf.subarray(at, next));
    this.rest = buf.subarray(at);
    return messages;
  }
}

// The first words of a command: ['FCALL', 'hrisd_v1_accept'].
export function wordsOf(message, count = 2) {
  const words = [];
  let at = message.indexOf('\r\n') + 2;
  while (words.length < count && at < message.length) {
    const end = message.indexOf('\r\n', at);
    const length = Number(message.toString('latin1', at + 1, end));
    words.push(message.toString('latin1', end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return words;
}
