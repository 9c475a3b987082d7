#!/usr/bin/env bash
# Authlib cannot log in at oidc-provider with about half of all base64 secrets: those with a plus sign.
#
# Software: Authlib 1.9.0, requests-oauthlib 2.0.0, requests 2.34.2 (PyPI); oidc-provider 9.13.3, openid-client 6.9.0 (npm)
# Guess:    both sides of client_secret_basic form-encode the id and the secret, as RFC 6749 section 2.3.1 asks; a secret from
#           `openssl rand -base64 32` works with any client.
# Reality:  Authlib and requests-oauthlib put the secret into the header as it is, and the server form-decodes: "+" is read as a space, and the
#           answer is invalid_client, "/" and "=" do no harm. A new secret after a rotation works or not, depending on its random characters (a base64
#           text of 43 characters has a "+" in 49 of 100 cases). Use secrets in base64url or hexadecimal, or client_secret_post.
# Source:   authlib/oauth2/auth.py, encode_client_secret_basic; oidc-provider, lib/shared/client_auth.js
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python Authlib==1.9.0 requests-oauthlib==2.0.0 requests==2.34.2
npm install --silent --no-audit --no-fund --ignore-scripts oidc-provider@9.13.3 openid-client@6.9.0 > npm.log || { cat npm.log; exit 1; }

cat > clients.json <<'JSON'
{"slash": "q1Zk/7xw9TtLrJbM2hVd5A==", "plus": "q1Zk+7xw9TtLrJbM2hVd5A=="}
JSON
cat > server.mjs <<'JAVASCRIPT'
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';

const clients = Object.entries(JSON.parse(readFileSync('clients.json'))).map(([client_id, client_secret]) => (
  { client_id, client_secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }));
const features = { clientCredentials: { enabled: true }, devInteractions: { enabled: false } };
const server = new Provider('http://127.0.0.1', { clients, features }).listen(0, '127.0.0.1', () => {
  writeFileSync('new', `http://127.0.0.1:${server.address().port}/token`);
  renameSync('new', 'address');
});
JAVASCRIPT
cat > try.py <<'PYTHON'
import json, os

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
from authlib.integrations.requests_client import OAuth2Session
from oauthlib.oauth2 import BackendApplicationClient
import requests_oauthlib

address = open("address").read()

def authlib(id, secret):
    return OAuth2Session(id, secret).fetch_token(address, grant_type="client_credentials")

def oauthlib(id, secret):
    session = requests_oauthlib.OAuth2Session(client=BackendApplicationClient(client_id=id))
    return session.fetch_token(address, client_id=id, client_secret=secret)

for client in authlib, oauthlib:
    for id, secret in json.load(open("clients.json")).items():
        try:
            print(f"{client.__name__}, {id}: {'a token' if client(id, secret)['access_token'] else 'no token'}")
        except Exception as error:
            print(f"{client.__name__}, {id}: {getattr(error, 'error', error)}")
PYTHON
cat > try.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import * as client from 'openid-client';

const token_endpoint = readFileSync('address', 'utf8');
for (const [id, secret] of Object.entries(JSON.parse(readFileSync('clients.json')))) {
  const configuration = new client.Configuration({ issuer: token_endpoint, token_endpoint }, id, undefined, client.ClientSecretBasic(secret));
  client.allowInsecureRequests(configuration);
  const { access_token: token } = await client.clientCredentialsGrant(configuration);
  console.log(`openid-client, ${id}: ${token ? 'a token' : 'no token'}`);
}
JAVASCRIPT
node server.mjs > server.log 2>&1 &
until [ -s address ]; do kill -0 $! || { cat server.log; exit 1; }; sleep 0.2; done
seen=$(PYTHONPATH=python NO_PROXY=127.0.0.1 python3 try.py; node try.mjs)
echo "$seen"
[ "$seen" = 'authlib, slash: a token
authlib, plus: invalid_client
oauthlib, slash: a token
oauthlib, plus: invalid_client
openid-client, slash: a token
openid-client, plus: a token' ]
