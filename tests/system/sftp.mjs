// An SFTP server with one file, by the ssh2 package: independent of our code.
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

const { Server, utils } = ssh2;
const { STATUS_CODE } = utils.sftp;

// One in some 400 that ssh2 makes is malformed, as it says itself.
export function newKey() {
  const key = utils.generateKeyPairSync('ed25519');
  return utils.parseKey(key.private) instanceof Error ? newKey() : key;
}

export class Sftp {
  // login: {user, password?, key?}, key the public one; text: of the file.
  static async start(t, path, text, login) {
    const s = new Sftp();
    const host = newKey();
    s.fingerprint = `SHA256:${createHash('sha256')
      .update(utils.parseKey(host.public).getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
    s.login = login;
    s.server = new Server({ hostKeys: [host.private] }, (client) => {
      client.on('authentication', (ctx) => (s.knows(ctx) ? ctx.accept()
        : ctx.reject(['publickey', 'password'])));
      client.on('session', (accept) => accept().on('sftp', (go) => serve(s, go(), path, text)));
      client.on('error', () => {});
    });
    await new Promise((ok) => s.server.listen(0, '127.0.0.1', ok));
    t.after(() => s.server.close());
    s.port = s.server.address().port;
    return s;
  }

  knows(ctx) {
    if (ctx.username !== this.login.user) return false;
    if (ctx.method === 'password') return ctx.password === this.login.password;
    if (ctx.method !== 'publickey' || !this.login.key) return false;
    const key = utils.parseKey(this.login.key);
    if (!key.getPublicSSH().equals(ctx.key.data)) return false;
    return !ctx.signature || key.verify(ctx.blob, ctx.signature, ctx.hashAlgo) === true;
  }
}

function serve(server, sftp, path, text) {
  const bytes = () => Buffer.from(text());
  const attrs = () => ({ mode: 0o100400, uid: 0, gid: 0, size: bytes().length, atime: 0, mtime: 0 });
  const stat = (id, name) => (name === path ? sftp.attrs(id, attrs())
    : sftp.status(id, STATUS_CODE.NO_SUCH_FILE));
  sftp.on('OPEN', (id, name) => (name === path ? sftp.handle(id, Buffer.from('f'))
    : sftp.status(id, STATUS_CODE.NO_SUCH_FILE)));
  sftp.on('STAT', stat).on('LSTAT', stat);
  sftp.on('FSTAT', (id) => sftp.attrs(id, attrs()));
  sftp.on('REALPATH', (id) => sftp.name(id, [{ filename: '/home/hr', longname: '', attrs: {} }]));
  sftp.on('READ', (id, handle, at, length) => {
    const part = bytes().subarray(at, at + length);
    if (part.length) sftp.data(id, part);
    else sftp.status(id, STATUS_CODE.EOF);
  });
  sftp.on('CLOSE', (id) => {
    server.closes = (server.closes ?? 0) + 1;
    if (!server.silent) sftp.status(id, STATUS_CODE.OK);
  });
}
