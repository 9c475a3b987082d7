#!/usr/bin/env bash
# A token response that grants fewer scopes than requested raises an exception in requests-oauthlib, and the token is lost.
#
# Software: requests-oauthlib 2.0.0 with oauthlib 4.0.1 (PyPI)
# Guess:    the token is returned, and token["scope"] has the granted scopes.
# Reality:  fetch_token raises a Warning (the class, as an exception) "Scope has changed …". RFC 6749 section 3.3 allows a server to
#           grant less. The environment variable OAUTHLIB_RELAX_TOKEN_SCOPE=1 turns it off.
# Source:   oauthlib/oauth2/rfc6749/parameters.py, validate_token_parameters
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --target "$folder" requests-oauthlib==2.0.0 oauthlib==4.0.1

cat > "$folder/try.py" <<'PYTHON'
import http.server, os, threading
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"access_token":"abc","token_type":"bearer","expires_in":86399,"scope":"read"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
session = OAuth2Session(client=BackendApplicationClient(client_id="id"), scope=["read", "write"])
try:
    token = session.fetch_token(f"http://127.0.0.1:{server.server_port}/token", client_secret="secret")
    print("token with scope", token["scope"])
except Warning as error:
    print("exception", type(error).__name__ + ":", error)
print("authorized:", session.authorized)
PYTHON
seen=$(PYTHONPATH=$folder NO_PROXY=127.0.0.1 python3 "$folder/try.py")
echo "$seen"
# The order of the requested scopes in the text is that of a set.
grep -Eqx 'exception Warning: Scope has changed from "(read write|write read)" to "read"\.' <<< "$seen"
grep -qx 'authorized: False' <<< "$seen"
