// A server that asks for client certificates and keeps connections:
//   node mtls.mjs CERT KEY CLIENT_CERT...
// It says "ACCEPT PORT". / is answered with the number of the connection and
// the name in the client's certificate, /large with 8 MiB of digits.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';

const [cert, key, ...clients] = process.argv.slice(2).map((path) => readFileSync(path));
const large = Buffer.alloc(8 << 20, '0123456789');
let connections = 0;

const server = createServer({ cert, key, ca: clients, requestCert: true, rejectUnauthorized: true },
  (req, res) => {
    req.socket.number ??= ++connections;
    res.end(req.url === '/large' ? large
      : `${req.socket.number} ${req.socket.getPeerCertificate().subject.CN}`);
  });
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(`ACCEPT 127.0.0.1:${server.address().port}`));
