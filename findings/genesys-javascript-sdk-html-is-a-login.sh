#!/usr/bin/env bash
# With the official JavaScript SDK, a proxy's HTML page with status 200 is a successful login.
#
# Software: purecloud-platform-client-v2 262.0.0 (npm)
# Guess:    loginClientCredentialsGrant rejects a response that is no JSON or has no access_token.
# Reality:  it resolves, with accessToken undefined. The failure shows later, as a 401 of some API call, far from its cause (a captive
#           portal, a wrong gateway path). Check the accessToken that it returns.
# Source:   ApiClient.loginClientCredentialsGrant
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts purecloud-platform-client-v2@262.0.0
cat > try.mjs <<'JS'
import { createServer } from 'node:http';
import platformClient from 'purecloud-platform-client-v2';

const server = createServer(async (request, response) => {
  for await (const _ of request);
  response.setHeader('Content-Type', 'text/html');
  response.end('<html><title>Sign in to the guest network</title></html>');
});
server.listen(0, '127.0.0.1', async () => {
  const client = platformClient.ApiClient.instance;
  const port = String(server.address().port);
  client.setGateway({ host: '127.0.0.1', port, protocol: 'http', path_params_login: '', path_params_api: '' });
  try {
    const { accessToken } = await client.loginClientCredentialsGrant('id', 'secret');
    console.log('logged in with the token', accessToken);
  } catch (error) {
    console.log('refused:', error.message);
  }
  process.exit();
});
JS
seen=$(HOME=$folder NO_PROXY=127.0.0.1 node try.mjs)
echo "$seen"
[ "$seen" = 'logged in with the token undefined' ]
