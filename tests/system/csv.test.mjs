// Any HR system, by a file: uploaded, at an address, or on an SFTP server.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { System, until } from './harness.mjs';
import { Sftp, newKey } from './sftp.mjs';

const COLUMNS = ['id', 'employee_number', 'first_name', 'last_name', 'email', 'department',
  'job_title', 'seniority_level', 'status', 'start_date', 'end_date', 'manager_id'];

class File {
  constructor(people) {
    this.columns = COLUMNS;
    this.rows = Array.from({ length: people }, (_, i) => ({ id: `p${i}`, employee_number: `E${i}`,
      first_name: 'Person', last_name: `Number ${i}`, email: `p${i}@example.com`,
      department: 'Engineering', job_title: 'Engineer', seniority_level: 'IC3', status: 'Active',
      start_date: '2024-03-04', end_date: '', manager_id: i ? 'p0' : '' }));
  }

  text(delimiter = ',', end = '\r\n') {
    const quoted = (v = '') => (/[",;\r\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v);
    return [this.columns, ...this.rows.map((r) => this.columns.map((c) => r[c]))]
      .map((line) => line.map(quoted).join(delimiter) + end).join('');
  }
}

async function start(t, settings = {}, credentials = {}, options = {}) {
  const s = await System.start(t, options);
  const made = await s.api('POST', 'connections', { provider: 'csv', name: 'F', settings, credentials });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  s.connection = made.body.id;
  s.at = (method, path, body) => s.api(method, `connections/${s.connection}/${path}`, body);
  s.upload = async (text) => {
    const answer = await fetch(
      `http://127.0.0.1:${s.ports.console}/api/v1/connections/${s.connection}/upload`,
      { method: 'POST', body: text,
        headers: { authorization: `Bearer ${s.admin.token}`, 'content-type': 'text/csv' } });
    assert.equal(answer.status, 202, await answer.clone().text());
    return answer.json();
  };
  s.uploaded = async (text) => s.over((await s.upload(text)).run_id);
  s.sync = async (body = {}) => s.over((await s.at('POST', 'sync', body)).body.run_id);
  s.enable = async () => s.over((await s.at('POST', 'enable')).body.run_id);
  return s;
}

async function tested(s) {
  const { body } = await s.at('POST', 'test');
  assert.deepEqual(body.checks.filter((c) => !c.ok), [], JSON.stringify(body));
}

async function refused(s, wanted) {
  const { body } = await s.at('POST', 'test');
  assert.equal(body.ok, false, JSON.stringify(body));
  assert.match(JSON.stringify(body.checks.filter((c) => !c.ok)), wanted);
}

test('a file is uploaded: tested, read, changed, left', async (t) => {
  const s = await start(t);
  const file = new File(6);
  await refused(s, /upload one/);
  await s.upload(file.text());
  await tested(s);
  const fields = (await s.at('GET', 'fields')).body.fields;
  assert.equal(fields.find((f) => f.feeds.includes('email')).path, '/email');

  assert.equal((await s.enable()).status, 'done');
  await until('members', async () => (await s.members()).length === 6);
  const folder = join(s.dir, 'spool', s.connection);
  await until('the file is gone', () => !existsSync(folder) || !readdirSync(folder).length);

  let run = await s.uploaded(file.text()); // once more (R3)
  assert.equal(run.counts.queued, 0);
  file.rows[2].job_title = 'Chief, "Tester"';
  run = await s.uploaded(file.text());
  assert.equal(run.counts.queued, 1);
  await s.member('p2@example.com', (m) => m.job_title === 'Chief, "Tester"');
  file.rows[2].status = 'Terminated';
  file.rows[3].status = 'Left';
  file.rows[4].status = 'on_leave';
  await s.uploaded(file.text());
  await s.member('p2@example.com', (m) => m.status === 'deactivated');
  await s.member('p3@example.com', (m) => m.status === 'deactivated');

  // Who is missing from it is told, and stays.
  file.rows.splice(5, 1);
  run = await s.uploaded(file.text());
  assert.equal(run.counts.absent, 1, JSON.stringify(run));
  const without = await s.sync();
  assert.equal(without.status, 'failed');
  assert.match(without.error, /upload one/);
});

test('where there is no new file nothing is stopped', async (t) => {
  const s = await start(t);
  const first = await s.enable();
  assert.equal(first.status, 'failed');
  assert.equal(first.error, 'no file was uploaded: upload one');
  assert.equal((await s.uploaded(new File(3).text())).status, 'done');

  execFileSync('sqlite3', ['-cmd', '.timeout 10000', s.env.HRISD_STORE.replace('sqlite:', ''),
    `UPDATE schedules SET next_ms = 1 WHERE connection = '${s.connection}'`]);
  const slot = await until('the slot was taken', async () => {
    const [run] = (await s.at('GET', 'runs')).body.items;
    return run.reason === 'scheduled' && run.finished_at && run;
  });
  assert.equal(slot.status, 'done');
  assert.equal(slot.summary, 'Nobody has changed.');
  assert.equal((await s.sync()).status, 'failed');
  assert.equal((await s.uploaded(new File(3).text())).status, 'done');
});

test('a file that shrank is read again when it was confirmed (R7)', async (t) => {
  const s = await start(t);
  await s.upload(new File(10).text());
  assert.equal((await s.enable()).status, 'done');
  const shrunk = await s.uploaded(new File(4).text());
  assert.equal(shrunk.status, 'refused');
  const { body } = await s.api('POST', `runs/${shrunk.id}/confirm`);
  const run = await s.over(body.run_id);
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.equal(run.counts.absent, 6);
  assert.deepEqual(readdirSync(join(s.dir, 'spool', s.connection)), []);
});

test('a file of changes: nobody is missing from it, and who is gone is said', async (t) => {
  const s = await start(t, { contents: 'changes', status_by: 'presence', delimiter: 'semicolon', encoding: 'windows-1252',
    date_format: 'day.month.year', id_column: 'Personal-Nr', email_column: 'E-Mail',
    deleted_column: 'gelöscht' });
  const file = new File(5);
  file.columns = ['Personal-Nr', 'E-Mail', 'first_name', 'last_name', 'start_date', 'gelöscht'];
  for (const r of file.rows) {
    Object.assign(r, { 'Personal-Nr': r.id, 'E-Mail': r.email, 'gelöscht': '',
      last_name: 'Müller', start_date: '04.03.2024' });
  }
  const text = () => Buffer.from(file.text(';'), 'latin1');
  await s.upload(text());
  assert.equal((await s.enable()).status, 'done');
  await until('members', async () => (await s.members()).length === 5);
  assert.equal((await s.member('p1@example.com')).last_name, 'Müller');
  file.rows = [file.rows[1], file.rows[2]];
  file.rows[0]['gelöscht'] = 'ja';
  file.rows[1]['gelöscht'] = 'yes';
  const run = await s.uploaded(text());
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.equal(run.counts.absent, 0);
  await s.member('p2@example.com', (m) => m.status === 'deactivated');
  assert.equal((await s.members('&status=pending_role')).length, 4);
});

// Gives the file to who has the password.
async function site(t, file) {
  const server = createServer((req, res) => {
    const right = `Basic ${btoa('hr:geheim')}`;
    res.statusCode = req.headers.authorization !== right ? 401 : req.url === '/hr/people.csv' ? 200 : 404;
    res.end(res.statusCode === 200 ? file.text() : '');
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  t.after(() => server.close());
  return server.address().port;
}

test('a file at an address: tested, read, changed, left', async (t) => {
  const file = new File(5);
  const port = await site(t, file);
  const s = await start(t, { source: 'https', sign_in: 'password',
    file_url: `http://127.0.0.1:${port}/hr/people.csv` },
  { https_user: 'hr', https_password: 'geheim' }, { HRISD_ALLOW_HOSTS: `127.0.0.1:${port}` });
  await tested(s);
  assert.equal((await s.enable()).status, 'done');
  await until('members', async () => (await s.members()).length === 5);
  file.rows[1].department = 'Sales';
  file.rows[2].end_date = '2026-01-31';
  file.rows[2].status = 'Left';
  assert.equal((await s.sync()).counts.queued, 2);
  await s.member('p1@example.com', (m) => m.department === 'Sales');
  await s.member('p2@example.com', (m) => m.status === 'deactivated');
  await s.api('PATCH', `connections/${s.connection}`, { credentials: { https_password: 'other' } });
  await refused(s, /Check the user, password or token/);
});

async function overSftp(t, path, login, credentials, more = {}) {
  const file = new File(5);
  const server = await Sftp.start(t, '/home/hr/people.csv', () => file.text(), login);
  const s = await start(t, { source: 'sftp', sftp_host: `127.0.0.1:${server.port}`, sftp_path: path,
    sftp_host_key: server.fingerprint, ...more }, { sftp_user: 'hr', ...credentials },
  { HRISD_ALLOW_HOSTS: `127.0.0.1:${server.port}` });
  s.file = file;
  s.server = server;
  return s;
}

test('a file on an SFTP server, by key: tested, read, changed, left', async (t) => {
  const key = newKey();
  const s = await overSftp(t, '/home/hr/people.csv', { user: 'hr', key: key.public },
    { sftp_key: key.private });
  await tested(s);
  assert.equal((await s.enable()).status, 'done');
  await until('members', async () => (await s.members()).length === 5);
  s.file.rows[1].department = 'Sales';
  s.file.rows[2].status = 'Terminated';
  assert.equal((await s.sync()).counts.queued, 2);
  await s.member('p1@example.com', (m) => m.department === 'Sales');
  await s.member('p2@example.com', (m) => m.status === 'deactivated');
  await s.api('PATCH', `connections/${s.connection}`, { credentials: { sftp_key: newKey().private } });
  await refused(s, /Check the user, password or token/);
});

test('a file on an SFTP server, by password, in the folder of the user', async (t) => {
  const s = await overSftp(t, '~/people.csv', { user: 'hr', password: 'geheim' },
    { sftp_password: 'geheim' });
  await tested(s);
  assert.equal((await s.enable()).status, 'done');
  await until('members', async () => (await s.members()).length === 5);
});

test('an SFTP server is spoken to only when it shows the key that was entered', async (t) => {
  const s = await overSftp(t, '/home/hr/people.csv', { user: 'hr', password: 'geheim' },
    { sftp_password: 'geheim' }, { sftp_host_key: `SHA256:${'A'.repeat(43)}` });
  let seen = false;
  s.server.server.on('connection', (client) => client.on('authentication', () => { seen = true; }));
  await refused(s, /another host key/);
  assert.equal(seen, false);
});

test('an SFTP server that never closes a file holds nobody up for long', async (t) => {
  const s = await overSftp(t, '/home/hr/people.csv', { user: 'hr', password: 'geheim' },
    { sftp_password: 'geheim' });
  s.server.silent = true;
  const { body } = await s.api('POST', `connections/${s.connection}/enable`);
  await until('it is asked to close', () => s.server.closes);
  s.server.silent = false;
  const run = await s.over(body.run_id);
  assert.equal(run.status, 'done', JSON.stringify(run));
  assert.equal(s.server.closes, 2);
});

test('what is wrong at an SFTP server is told', async (t) => {
  const s = await overSftp(t, '/home/hr/nothing.csv', { user: 'hr', password: 'geheim' },
    { sftp_password: 'geheim' });
  await refused(s, /Check the path of the file/);
  const other = await s.api('POST', 'connections', { provider: 'csv', name: 'G',
    settings: { source: 'sftp', sftp_host: '127.0.0.1:1', sftp_path: '/x',
      sftp_host_key: s.server.fingerprint }, credentials: { sftp_user: 'hr', sftp_password: 'x' } });
  const { body } = await s.api('POST', `connections/${other.body.id}/test`);
  assert.match(JSON.stringify(body), /allow-hosts/);
});
