// An OpenID provider for the tests: the certified oidc-provider, in memory, on loopback, with a login form of our own.
//
// node provider.mjs ADDRESS...   addresses of Guard, whose redirect URIs are known. Prints its issuer once it listens.
// PUT /test/groups {"login": "ada", "groups": [...]} changes what it says of somebody.

import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { Provider } from 'oidc-provider';

const addresses = process.argv.slice(2);
const API = 'https://guard.test/api';
const people = new Map([
  ['ada', { groups: ['staff'] }],
  ['otto', { groups: ['staff', 'audit'] }],
  ['ann', { groups: ['admins'] }],
  ['nobody', { groups: ['visitors'] }],
  ['admin', { groups: ['staff'] }], // the name of a local account
]);

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const account = (id) => people.has(id) && {
  accountId: id,
  claims: () => ({ sub: id, preferred_username: id, groups: people.get(id).groups }),
};

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'guard',
      client_secret: 'guard-secret',
      redirect_uris: addresses.map((each) => `${each}/login/oidc/callback`),
      post_logout_redirect_uris: addresses.map((each) => `${each}/login`),
      require_auth_time: true,
    },
    {
      client_id: 'notebook', // an application that calls Guard's API for its person
      redirect_uris: ['http://127.0.0.1:9/done'],
      token_endpoint_auth_method: 'none',
    },
    {
      client_id: 'robot', // one that calls it for itself
      client_secret: 'robot-secret',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256', kid: 'first' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  scopes: ['openid', 'profile', 'groups', 'chat'],
  pkce: { required: () => true },
  findAccount: (ctx, id) => account(id),
  extraTokenClaims: (ctx, token) => {
    const known = account(token.accountId);
    return known ? known.claims() : { groups: ['robots'] };
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page('Sign out of the provider?', `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
      },
    },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'chat', audience: API, accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  // Nobody is asked for consent.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile groups chat');
    grant.addResourceScope(API, 'chat');
    await grant.save();
    return grant;
  },
});
const handle = provider.callback();

function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
}

async function read(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

function answer(response, status, type, body) {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

function form(response, status, problem = '') {
  answer(response, status, 'text/html', page('The provider', `<p role="alert">${problem}</p><form method="post">
    <label for="login">Login</label> <input id="login" name="login" autofocus>
    <label for="secret">Secret</label> <input id="secret" name="secret" type="password">
    <button>Go on</button></form>`));
}

async function interact(request, response) {
  await provider.interactionDetails(request, response);
  if (request.method === 'GET') return form(response, 200);
  const sent = new URLSearchParams(await read(request));
  const login = sent.get('login');
  if (!people.has(login) || sent.get('secret') !== `secret of ${login}`) return form(response, 401, 'That is wrong.');
  return provider.interactionFinished(request, response, { login: { accountId: login } });
}

server.on('request', (request, response) => {
  const failed = (error) => answer(response, 500, 'text/plain', String(error));
  if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch(failed);
  } else if (request.method === 'PUT' && request.url === '/test/groups') {
    read(request).then((text) => {
      const { login, groups } = JSON.parse(text);
      people.set(login, { groups });
      answer(response, 204, 'text/plain', '');
    }).catch(failed);
  } else {
    handle(request, response);
  }
});
console.log(`issuer ${issuer}`);
