#!/usr/bin/env bash
# requests-oauthlib raises InvalidClientIdError for every invalid_request, a rate limit included.
#
# Software: requests-oauthlib 2.0.0 with oauthlib 4.0.1 (PyPI)
# Guess:    an error that names no class of its own becomes a general exception; the code invalid_request becomes InvalidRequestError.
# Reality:  InvalidClientIdError, whose name sends readers to the client id. The classes are searched in the order of their names, and
#           several have the code invalid_request. Genesys Cloud answers a rate limit of the token endpoint with this code: such
#           programs look misconfigured when they only have to wait. Look at the exception's description, not at its class.
# Source:   oauthlib/oauth2/rfc6749/errors.py, raise_from_error
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --target "$folder" requests-oauthlib==2.0.0 oauthlib==4.0.1

cat > "$folder/try.py" <<'PYTHON'
import http.server, os, threading
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"error":"invalid_request","error_description":"rate limit exceeded; try later"}'
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
session = OAuth2Session(client=BackendApplicationClient(client_id="id"))
try:
    session.fetch_token(f"http://127.0.0.1:{server.server_port}/token", client_secret="secret")
except OAuth2Error as error:
    print("exception", type(error).__name__ + ":", error)
PYTHON
seen=$(PYTHONPATH=$folder NO_PROXY=127.0.0.1 python3 "$folder/try.py")
echo "$seen"
[ "$seen" = 'exception InvalidClientIdError: (invalid_request) rate limit exceeded; try later' ]
