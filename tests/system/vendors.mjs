// Connections to the sandbox company, by each vendor's own way.
import assert from 'node:assert/strict';

export const json = async (answer) => {
  assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
  return answer.json();
};

// As an admin would: enter the key, register the webhook at the vendor, enter
// its secret, enable.
export const connect = {
  async bamboohr(s, base) {
    const { bamboohr } = await json(await s.ask('GET', 'sandbox/credentials'));
    const made = await s.api('POST', 'connections', { provider: 'bamboohr', name: 'B',
      credentials: { api_key: bamboohr.api_key },
      settings: { subdomain: 'sandbox', base_url: base } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const auth = { authorization: `Basic ${btoa(`${bamboohr.api_key}:x`)}`,
      accept: 'application/json' };
    const hook = await json(await s.ask('POST', 'api/v1/webhooks', { name: 'hrisd',
      url: made.body.webhook_url, format: 'json', monitorFields: ['jobTitle', 'status'],
      events: ['employee.created', 'employee.updated', 'employee.deleted'] }, auth));
    await s.api('PATCH', `connections/${made.body.id}`,
      { credentials: { webhook_secret: hook.privateKey } });
    return made.body;
  },
  async hibob(s, base) {
    const { hibob } = await json(await s.ask('GET', 'sandbox/credentials'));
    const made = await s.api('POST', 'connections', { provider: 'hibob', name: 'H',
      credentials: { service_user_id: hibob.service_user_id, service_user_token: hibob.token,
        webhook_secret: 'bob-webhook-secret' },
      settings: { base_url: base } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    // Registering sends Bob's "Ping test", which must be answered at once,
    // while the connection is still a draft.
    await json(await s.ask('POST', 'sandbox/subscriptions', { provider: 'hibob',
      url: made.body.webhook_url, secret: 'bob-webhook-secret' }));
    return made.body;
  },
  async rippling(s, base) {
    const { rippling } = await json(await s.ask('GET', 'sandbox/credentials'));
    const made = await s.api('POST', 'connections', { provider: 'rippling', name: 'R',
      credentials: { api_token: rippling.token, webhook_secret: 'a-long-static-bearer-token' },
      settings: { base_url: base } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await json(await s.ask('POST', 'sandbox/subscriptions', { provider: 'rippling',
      url: made.body.webhook_url, secret: 'a-long-static-bearer-token' }));
    return made.body;
  },
};

// The connection test passes, and the fields that its records have are shown
// with samples: the one that gives the email.
export async function lookedInto(s) {
  const tested = await s.at('POST', 'test');
  assert.equal(tested.status, 200, JSON.stringify(tested.body));
  assert.equal(tested.body.ok, true, JSON.stringify(tested.body));
  assert.ok(tested.body.checks.length > 1);

  const fields = await s.at('GET', 'fields');
  assert.equal(fields.status, 200, JSON.stringify(fields.body));
  const mail = fields.body.fields.find((f) => f.feeds.includes('email'));
  assert.match(mail.samples[0], /@example\.com$/);
  return mail;
}
