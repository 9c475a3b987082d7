#!/usr/bin/env bash
# openid-client percent-encodes the hyphens of a client id in Basic credentials: a server that does not decode knows no GUID.
#
# Software: openid-client 6.9.0 (npm)
# Guess:    the id is sent as it is, or form-encoded as RFC 6749 section 2.3.1 asks; both leave the hyphens of a GUID alone (they are
#           unreserved in RFC 3986 and safe in the form encoding of the URL standard).
# Reality:  "-", "_" and "." are sent as %2D, %5F and %2E. Servers that decode see no difference; one that compares the text as it is
#           answers invalid_client to every GUID, with the right secret. ClientSecretPost sends the id unchanged.
# Source:   oauth4webapi, formUrlEncode
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' > package.json
npm install --silent --no-audit --no-fund openid-client@6.9.0
cat > try.mjs <<'JS'
import { createServer } from 'node:http';
import * as oauth from 'openid-client';

const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { authorization } = request.headers;
  console.log(authorization ? Buffer.from(authorization.split(' ')[1], 'base64').toString() : body);
  response.setHeader('Content-Type', 'application/json');
  response.end('{"access_token":"abc","token_type":"bearer","expires_in":60}');
});
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const id = '7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75';
  for (const method of [oauth.ClientSecretBasic('a_secret.1'), oauth.ClientSecretPost('a_secret.1')]) {
    const configuration = new oauth.Configuration({ issuer, token_endpoint: issuer }, id, undefined, method);
    oauth.allowInsecureRequests(configuration);
    await oauth.clientCredentialsGrant(configuration);
  }
  server.close();
});
JS
seen=$(node try.mjs)
echo "$seen"
grep -qx '7a1c2e90%2D5d34%2D4b8e%2D9f06%2D3c1d8e2b4a75:a%5Fsecret%2E1' <<< "$seen"
grep -q 'client_id=7a1c2e90-5d34-4b8e-9f06-3c1d8e2b4a75&client_secret=a_secret.1' <<< "$seen"
