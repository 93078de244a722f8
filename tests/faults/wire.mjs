// One kept-alive HTTP/1.1 connection with one request under way: as little as
// does the job, since the load shares two cores with what it loads.
import { connect } from 'node:net';

export class Wire {
  // ended(wire, current, {status, retryAfter} | {failed: 'reset' | 'timeout'})
  constructor(port, ended) {
    this.port = port;
    this.ended = ended;
    this.socket = null;
    this.current = null; // the caller's, while a request is under way
    this.text = '';
    this.due = 0;
    this.uses = 0;
  }

  send(current, bytes, due) {
    this.current = current;
    this.due = due;
    this.text = '';
    this.uses++;
    if (!this.socket) this.open();
    this.socket.write(bytes);
  }

  open() {
    const socket = connect(this.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.socket === socket && this.take(text));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (this.current) this.end({ failed: 'reset' });
    });
    this.socket = socket;
    this.uses = 1;
  }

  take(text) {
    if (!this.current) return this.close(); // nobody asked: not trusted
    this.text += text;
    const head = this.text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const headers = this.text.slice(0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(headers);
    if (this.text.length < head + 4 + Number(length?.[1] ?? 0)) return;
    if (!length || /\r\nconnection: *close/i.test(headers)) this.close();
    this.end({ status: Number(headers.slice(9, 12)),
      retryAfter: /\r\nretry-after: *(\d+)/i.exec(headers)?.[1] });
  }

  expire(now) {
    if (!this.current || now < this.due) return;
    this.close();
    this.end({ failed: 'timeout' });
  }

  end(result) {
    const { current } = this;
    this.current = null;
    this.ended(this, current, result);
  }

  close() {
    const { socket } = this;
    this.socket = null;
    socket?.destroy();
  }
}
