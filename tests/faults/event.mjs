// A change's id, made again from its content as docs/schema/change-event.json
// says: what the stream holds is compared with what was sent by this digest,
// and none of our own code takes part in it.
import { createHash } from 'node:crypto';

const FIELDS = ['employee_number', 'first_name', 'last_name', 'preferred_name',
  'email', 'department', 'job_title', 'seniority_level', 'start_date', 'end_date',
  'manager_id', 'location', 'employment_type'];

// What is missing counts as a word of its own, so that no mangled event can
// pass for another.
const netstring = (text = '\0') => `${Buffer.byteLength(text)}:${text},`;

// e: {organization, connection, kind, version, effective_ms?, person}
export function changeId(e) {
  const p = e.person;
  const words = ['hrisd-change-1', e.organization, e.connection, p.id, e.kind,
    p.status ?? '', p.status_word ?? '', String(e.version),
    String(e.effective_ms ?? 0)];
  for (const name of FIELDS)
    if (p[name] !== undefined) words.push(name, p[name] ?? '');
  return createHash('sha256').update(words.map(netstring).join(''))
    .digest('hex').slice(0, 32);
}
