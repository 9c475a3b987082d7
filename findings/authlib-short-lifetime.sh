#!/usr/bin/env bash
# Authlib fetches a new token before every request if tokens live for no more than its leeway.
#
# Software: Authlib 1.9.0 with requests 2.34.2 (PyPI)
# Guess:    a token with a lifetime of 50 s is used for most of that time; a margin is shortened for short lifetimes.
# Reality:  it counts as expired from the start, since the leeway is fixed at 60 s: three API calls make four token requests. A token
#           that lives for a little longer than the leeway works, so that a test with another lifetime shows nothing. Set
#           OAuth2Session(leeway=…) where the server issues short tokens.
# Source:   authlib/oauth2/client.py, OAuth2Client.ensure_active_token
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --target "$folder" Authlib==1.9.0 requests==2.34.2

cat > "$folder/try.py" <<'PYTHON'
import http.server, json, os, threading

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
from authlib.integrations.requests_client import OAuth2Session

class Server(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer({})
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.exchanges += 1
        self.answer({"access_token": "abc", "token_type": "bearer", "expires_in": self.server.lifetime})
    def log_message(self, *arguments):
        pass

def exchanges(lifetime):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.exchanges, server.lifetime = 0, lifetime
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    session = OAuth2Session("id", "secret", token_endpoint=base + "/token", grant_type="client_credentials")
    session.fetch_token()
    for _ in range(3):
        session.get(base + "/api").raise_for_status()
    return server.exchanges

for lifetime in (90, 50):
    print(f"lifetime {lifetime} s: {exchanges(lifetime)} token requests for three calls")
PYTHON
seen=$(PYTHONPATH=$folder NO_PROXY=127.0.0.1 python3 "$folder/try.py")
echo "$seen"
[ "$seen" = 'lifetime 90 s: 1 token requests for three calls
lifetime 50 s: 4 token requests for three calls' ]
