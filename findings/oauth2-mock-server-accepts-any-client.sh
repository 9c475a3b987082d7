#!/usr/bin/env bash
# A test against oauth2-mock-server passes with a wrong secret, without any credentials, and with a refresh token that never existed.
#
# Software: oauth2-mock-server 8.2.3 (npm)
# Guess:    a wrong client secret is answered with 401 invalid_client, as RFC 6749 section 5.2 asks.
# Reality:  nothing authenticates the client; every request of a known grant type gets a token. An unknown grant type is called
#           invalid_grant instead of unsupported_grant_type.
# Source:   src/lib/oauth2-service.ts, tokenHandler
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts oauth2-mock-server@8.2.3 > npm.log || { cat npm.log; exit 1; }

cat > try.mjs <<'JAVASCRIPT'
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
const url = `http://127.0.0.1:${server.address().port}/token`;
const cases = [
  ['a secret', 'grant_type=client_credentials', { Authorization: `Basic ${btoa('id:any secret')}` }],
  ['no credentials', 'grant_type=client_credentials', {}],
  ['a refresh token of its own invention', 'grant_type=refresh_token&refresh_token=invented', {}],
  ['another grant type', 'grant_type=another', {}],
];
for (const [name, body, headers] of cases) {
  const response = await fetch(url, {
    method: 'POST', body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
  const json = await response.json();
  console.log(`${name}: ${response.status} ${json.error ?? `${json.token_type} token`}`);
}
await server.stop();
JAVASCRIPT
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "a secret: 200 Bearer token
no credentials: 200 Bearer token
a refresh token of its own invention: 200 Bearer token
another grant type: 400 invalid_grant" ]
