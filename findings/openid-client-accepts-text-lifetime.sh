#!/usr/bin/env bash
# openid-client accepts expires_in as text but rejects optional members that are null.
#
# Software: openid-client 6.9.0 (npm)
# Guess:    strict as it is otherwise, it rejects "expires_in":"86399".
# Reality:  the text becomes the number 86399. Strict is the other direction: "refresh_token":null or "scope":null, which many
#           servers send for "none", makes the whole token response invalid. A test server that sends text instead of a number does not
#           show that other clients (the Rust crate oauth2, for one) reject it.
# Source:   oauth4webapi, processGenericAccessTokenResponse
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts openid-client@6.9.0 > npm.log || { cat npm.log; exit 1; }

cat > try.mjs <<'JAVASCRIPT'
import http from 'node:http';
import * as oauth from 'openid-client';

let body;
const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(body);
});
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const configuration = new oauth.Configuration({ issuer, token_endpoint: `${issuer}/token` }, 'id', 'secret');
  oauth.allowInsecureRequests(configuration);
  for (const members of ['"expires_in":"86399"', '"expires_in":86399,"refresh_token":null', '"expires_in":86399,"scope":null']) {
    body = `{"access_token":"abc","token_type":"bearer",${members}}`;
    try {
      const token = await oauth.clientCredentialsGrant(configuration);
      console.log(`${members}: expires_in is the ${typeof token.expires_in} ${token.expires_in}`);
    } catch (error) {
      console.log(`${members}: ${error.code}`);
    }
  }
  process.exit(0);
});
JAVASCRIPT
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = '"expires_in":"86399": expires_in is the number 86399
"expires_in":86399,"refresh_token":null: OAUTH_INVALID_RESPONSE
"expires_in":86399,"scope":null: OAUTH_INVALID_RESPONSE' ]
