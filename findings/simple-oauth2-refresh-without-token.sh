#!/usr/bin/env bash
# Refreshing a client-credentials token with simple-oauth2 sends a request with an empty refresh token.
#
# Software: simple-oauth2 5.1.0 (npm)
# Guess:    AccessToken.refresh() on a token without refresh_token throws locally; no request is sent.
# Reality:  it sends grant_type=refresh_token&refresh_token= with the client's credentials. What follows depends on the server: an error
#           that names a grant the program did not use, or a lenient server's token. New client credentials tokens need getToken().
# Source:   lib/access-token.js, refresh
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts simple-oauth2@5.1.0 > npm.log || { cat npm.log; exit 1; }

cat > try.mjs <<'JAVASCRIPT'
import http from 'node:http';
import { ClientCredentials } from 'simple-oauth2';

const bodies = [];
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => { body += piece; });
  request.on('end', () => {
    bodies.push(body);
    response.setHeader('Content-Type', 'application/json');
    response.end('{"access_token":"abc","token_type":"bearer","expires_in":86399}');
  });
});
server.listen(0, '127.0.0.1', async () => {
  const auth = { tokenHost: `http://127.0.0.1:${server.address().port}` };
  const token = await new ClientCredentials({ client: { id: 'id', secret: 'secret' }, auth }).getToken({});
  await token.refresh();
  bodies.forEach((body, index) => console.log(`request ${index + 1}: ${body}`));
  process.exit(0);
});
JAVASCRIPT
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "request 1: grant_type=client_credentials
request 2: grant_type=refresh_token&refresh_token=" ]
