// The OAuth 2 server of the interop tests: oidc-provider, unmodified, with the client_credentials grant, the clients of
// clients.json and one protected resource. Plain HTTP on 127.0.0.1; nginx is the TLS terminator in front of it.
//
// Environment: PORT (default 0: the system chooses), TOKEN_LIFETIME (seconds, default 60).
// Standard output: one JSON object per line, first {"event":"listening","port":…}, then one {"event":"request",…} per request, written
// before its response is sent. The lines contain no secret and no access token.
//
// Paths: POST /token, POST /chunked/token (the same, with a chunked response body), POST /token/revocation (RFC 7009), and
// GET /api/check, the protected resource: 401 unless a live access token is presented (RFC 6750).
import { readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const port = Number(process.env.PORT ?? 0);
const tokenLifetime = Number(process.env.TOKEN_LIFETIME ?? 60);
const clients = JSON.parse(readFileSync(new URL('clients.json', import.meta.url), 'utf8'));

// Two scopes exist. A request for more is granted these, and the response says so (RFC 6749 section 3.3).
const scope = 'read write';
const resource = 'urn:genesys-token:interop';

const provider = new Provider('https://localhost', {
  clients: clients.map(({ id, secret, auth }) => ({
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: auth,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({ scope, accessTokenFormat: 'opaque', accessTokenTTL: tokenLifetime }),
    },
  },
});
provider.proxy = true;
provider.on('server_error', (_ctx, error) => console.error(error));

const emit = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

// nginx adds headers about the connection.
const record = ({ method, headers }, seen) => emit({
  event: 'request',
  method,
  path: headers['x-original-uri'] ?? null,
  tls: headers['x-tls-version'] ?? null,
  tls_resumed: headers['x-tls-resumed'] === 'r',
  connection: Number(headers['x-connection'] ?? 0),
  ...seen,
});

// oidc-provider accepts a secret in the header or in the body from every client; only this record says which was used.
const presentedIn = (ctx, parameters) => {
  if (/^basic /i.test(ctx.get('authorization'))) return 'header';
  return parameters?.client_secret === undefined ? 'nowhere' : 'body';
};

provider.use(async (ctx, next) => {
  await next();
  record(ctx, {
    status: ctx.status,
    secret_in: presentedIn(ctx, ctx.oidc?.params),
    client_id: ctx.oidc?.client?.clientId ?? null,
  });
});

async function check(req, res) {
  const [, presented] = /^bearer ([\w.~+/-]+=*)$/i.exec(req.headers.authorization ?? '') ?? [];
  const token = presented && await provider.ClientCredentials.find(presented);
  const live = Boolean(token?.isValid);
  record(req, { status: live ? 200 : 401, secret_in: 'nowhere', client_id: token?.clientId ?? null });

  const body = JSON.stringify(live ? { client_id: token.clientId, scope: token.scope } : { error: 'invalid_token' });
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  // RFC 6750 section 3.1: no error code for a request that presented no token.
  if (!live) res.setHeader('WWW-Authenticate', presented ? 'Bearer error="invalid_token"' : 'Bearer');
  res.writeHead(live ? 200 : 401).end(body);
}

// Without a Content-Length node frames the body in chunks.
function frameInChunks(res) {
  const setHeader = res.setHeader.bind(res);
  setHeader('Transfer-Encoding', 'chunked');
  res.setHeader = (name, value) => (name.toLowerCase() === 'content-length' ? res : setHeader(name, value));
}

const oauth = provider.callback();

const server = createServer((req, res) => {
  req.headers['x-original-uri'] ??= req.url;
  if (req.url === '/api/check') {
    check(req, res).catch((error) => {
      console.error(error);
      res.writeHead(500).end();
    });
    return;
  }
  if (req.url === '/chunked/token') {
    req.url = '/token';
    frameInChunks(res);
  }
  oauth(req, res);
});

server.listen(port, '127.0.0.1', () => emit({ event: 'listening', port: server.address().port }));
