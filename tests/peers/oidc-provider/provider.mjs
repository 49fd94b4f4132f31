// An OpenID provider for tests: real protocol code, made-up people, and a way to meddle while it runs.
//
// Usage: node provider.mjs SETTINGS.json, with
//   port      where to listen on 127.0.0.1; the issuer is http://127.0.0.1:PORT
//   modules   the folder that `npm ci` filled
//   clients   client metadata as in dynamic registration
//   ttl       seconds that access tokens live
//   addresses names the provider resolves by itself, as {"name": "address"}; names below localhost need not be listed
//
// What a test meddles with is below /control; see `controls`.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const library = path.join(settings.modules, 'node_modules/oidc-provider/lib/index.js');
const { Provider, interactionPolicy, errors } = await import(pathToFileURL(library));
const issuer = `http://127.0.0.1:${settings.port}`;
const STRONG = 'urn:example:mfa';

// `factors` and `authentication` are about the login, everything else are claims.
const people = {
  alice: { name: 'Alice Archer', email: 'alice@example.test', email_verified: true, groups: ['admins', 'dev'] },
  bob: { name: 'Bob Baker', email: 'bob@example.test', email_verified: true, groups: ['dev'] },
  carol: { name: 'Carol Cook', email: 'carol@example.test', email_verified: 'true', groups: ['dev'] },
  dave: { name: 'Dave Dyer', email: 'dave@example.test', email_verified: false },
  mallory: { name: 'Mallory', email: 'mallory@evil.test@example.test', email_verified: true, groups: ['dev'] },
  olga: { name: 'Olga', groups: Array.from({ length: 201 }, (_, index) => `group-${index}`) },
  sam: { name: 'Sam Smith', email: 'sam@example.test', email_verified: true, groups: 'dev' },
};

// --- what the provider remembers; it outlives a change of keys -----------------------------------------------------

const rows = new Map();
const clients = new Map();
for (const client of settings.clients) clients.set(client.client_id, client);

class Memory {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload, expiresIn) {
    rows.set(this.key(id), { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
  }
  async find(id) {
    if (this.model === 'Client') return clients.get(id);
    const row = rows.get(this.key(id));
    return row && row.until > Date.now() ? row.payload : undefined;
  }
  async by(field, value) {
    for (const [key, row] of rows) {
      if (key.startsWith(`${this.model}:`) && row.payload[field] === value) return row.payload;
    }
    return undefined;
  }
  async findByUid(uid) { return this.by('uid', uid); }
  async findByUserCode(code) { return this.by('userCode', code); }
  async consume(id) {
    const row = rows.get(this.key(id));
    if (row) row.payload.consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) { rows.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const [key, row] of rows) if (row.payload.grantId === grant) rows.delete(key);
  }
}

// --- the provider --------------------------------------------------------------------------------------------------

let generation = 0;
let keys = [];
function newKeys(keep) {
  generation += 1;
  const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  keys = [
    { ...rsa, kid: `rsa-${generation}`, alg: 'RS256', use: 'sig' },
    { ...ec, kid: `ec-${generation}`, alg: 'ES256', use: 'sig' },
    ...(keep ? keys : []),
  ];
}

// Asked for the strong way to sign in, a session that began with a password alone is not enough.
function policy() {
  const policy = interactionPolicy.base();
  policy.get('login').checks.add(new interactionPolicy.Check('too_weak', 'a stronger sign-in is needed', ({ oidc }) => {
    const wanted = (oidc.params.acr_values || '').split(' ').includes(STRONG);
    return wanted && oidc.session.acr !== STRONG && !oidc.result?.login;
  }));
  return policy;
}

async function claims(id) {
  const { factors, authentication, disabled, ...rest } = people[id];
  return { sub: id, preferred_username: id, ...rest };
}

function provider() {
  const made = new Provider(issuer, {
    adapter: Memory,
    jwks: { keys },
    cookies: { keys: ['for tests only'] },
    claims: {
      openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'], groups: ['groups'],
      acr: null, amr: null, auth_time: null, sid: null, iss: null,
    },
    acrValues: [STRONG],
    scopes: ['openid', 'offline_access', 'email', 'profile', 'groups'],
    conformIdTokenClaims: settings.userinfo_only === true,
    pkce: { required: () => true },
    interactions: { policy: policy(), url: (_, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(_, id) {
      const person = people[id];
      return person && !person.disabled ? { accountId: id, claims: () => claims(id) } : undefined;
    },
    async loadExistingGrant({ oidc }) {
      const known = oidc.session.grantIdFor(oidc.client.clientId);
      const grant = known
        ? await oidc.provider.Grant.find(known)
        : new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid offline_access email profile groups');
      await grant.save();
      return grant;
    },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
      backchannelLogout: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    ttl: { AccessToken: () => settings.ttl, IdToken: 60, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
    fetch: outgoing,
  });
  made.on('grant.success', ({ oidc }) => count(`token:${oidc.params.grant_type}`));
  made.on('grant.error', ({ oidc }, error) => count(`refused:${oidc?.params?.grant_type}:${error.error}`));
  made.on('backchannel.success', () => count('backchannel:success'));
  made.on('backchannel.error', (_, error) => { count('backchannel:error'); console.error('back-channel:', error); });
  made.on('server_error', (_, error) => console.error(error));
  return made;
}

// Requests to the gateway: names below localhost are this machine, and loopback is no secret here.
function outgoing(url, options) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const address = settings.addresses?.[hostname] ?? (hostname.endsWith('localhost') ? '127.0.0.1' : hostname);
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(new Headers(options.headers)), host };
    const body = options.body === undefined ? undefined : String(options.body);
    if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
    const asked = http.request({ host: address, port, path: pathname + search, method: options.method, headers, timeout: 5000 }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const empty = answer.statusCode === 204 || answer.statusCode === 304;
        resolve(new Response(empty ? null : Buffer.concat(parts), { status: answer.statusCode }));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', reject);
    asked.end(body);
  });
}

// --- pages ---------------------------------------------------------------------------------------------------------

const escaped = (text) => String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
const page = (title, body) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;

function logoutSource(ctx, form) {
  ctx.body = page('Sign out', `${form}<button id="yes" form="op.logoutForm" type="submit" name="logout" value="yes">Sign out</button>`);
}

function postLogoutSuccessSource(ctx) {
  ctx.body = page('Signed out', '<p>You are signed out of the provider.</p>');
}

function loginPage({ prompt, params }, complaint) {
  return page('Sign in at the provider', `
    <p role="alert">${escaped(complaint)}</p>
    <p id="why">${escaped(prompt.reasons.join(' '))}</p>
    <form method="post">
      <label>Name <input id="login" name="login" value="${escaped(params.login_hint ?? '')}"></label>
      <label>Password <input id="password" name="password" type="password"></label>
      <label>Code <input id="code" name="code" autocomplete="off"></label>
      <button type="submit">Sign in</button>
    </form>
    <form method="post"><input type="hidden" name="cancel" value="yes"><button id="cancel" type="submit">Cancel</button></form>`);
}

// Everybody agrees to everything, also when asked expressly.
async function agree(request, response, { grantId, params, session, prompt }) {
  const grant = grantId
    ? await current.Grant.find(grantId)
    : new current.Grant({ clientId: params.client_id, accountId: session.accountId });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  const consent = { grantId: await grant.save() };
  return current.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

// The password is the name and `-pw`; the second factor is the code 123456.
async function interaction(request, response) {
  const details = await current.interactionDetails(request, response);
  if (details.prompt.name === 'consent') return agree(request, response, details);
  const answer = (status, text) => { response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }); response.end(text); };
  if (request.method !== 'POST') return answer(200, loginPage(details, ''));
  const form = new URLSearchParams(await text(request));
  if (form.get('cancel')) {
    return current.interactionFinished(request, response, { error: 'access_denied', error_description: 'the person said no' });
  }
  const id = form.get('login');
  const person = Object.hasOwn(people, id) ? people[id] : undefined;
  if (!person || person.disabled || form.get('password') !== `${id}-pw`) return answer(401, loginPage(details, 'Wrong name or password'));
  const strong = form.get('code') === '123456';
  const login = {
    accountId: id,
    acr: strong ? STRONG : undefined,
    amr: person.factors ?? (strong ? ['pwd', 'otp', 'mfa'] : ['pwd']),
    ts: person.authentication,
    ...person.acr && { acr: person.acr },
  };
  return current.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

// --- meddling ------------------------------------------------------------------------------------------------------

const counts = {};
const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };
let mood = 'ok';

const controls = {
  // How often each path was asked for and each kind of grant was given.
  'GET counts': () => counts,
  // Merges claims into a person: `groups`, `email_verified`, `disabled`, `factors` (amr), `acr`, `authentication` (auth_time).
  'POST person': ({ person, ...change }) => {
    people[person] = { ...people[person], ...change };
    for (const [claim, value] of Object.entries(change)) if (value === null) delete people[person][claim];
  },
  // New keys; `keep` publishes the old ones beside them.
  'POST rotate': ({ keep }) => { newKeys(keep); current = provider(); serve = current.callback(); },
  // ok, hang (takes requests and says nothing), reset (drops connections), error (503 for everything)
  'POST mood': (change) => { mood = change.mood; },
};

async function text(request) {
  let whole = '';
  for await (const part of request) whole += part;
  return whole;
}

async function control(request, response, name) {
  const deed = controls[`${request.method} ${name}`];
  const given = request.method === 'POST' ? JSON.parse(await text(request)) : {};
  const said = deed ? deed(given) ?? {} : { error: 'no such control' };
  response.writeHead(deed ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(said));
}

newKeys(false);
let current = provider();
let serve = current.callback();

async function answer(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (pathname.startsWith('/control/')) return control(request, response, pathname.slice('/control/'.length));
  if (mood === 'hang') return undefined;
  if (mood === 'reset') return request.socket.destroy();
  if (mood === 'error') { response.writeHead(503); return response.end('out of order'); }
  count(`${request.method} ${pathname}`);
  if (pathname.startsWith('/interaction/')) return interaction(request, response);
  return serve(request, response);
}

http.createServer((request, response) => {
  answer(request, response).catch?.((error) => {
    const gone = error instanceof errors.SessionNotFound;
    if (!gone) console.error(error);
    response.writeHead(gone ? 400 : 500, { 'content-type': 'text/plain' });
    response.end(gone ? 'this sign-in is over; begin again' : 'an error of the test provider');
  });
}).listen(settings.port, '127.0.0.1', () => console.log(`ready ${issuer}`));
