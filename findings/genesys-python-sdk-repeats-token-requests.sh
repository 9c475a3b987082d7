#!/usr/bin/env bash
# The official Python SDK sends a token request eleven times if its response is cut off.
#
# Software: PureCloudPlatformClientV2 269.0.0 (PyPI)
# Guess:    once: urllib3 repeats only idempotent methods after a response has begun or was lost, and POST is none of them.
# Reality:  eleven requests one after another, and then MaxRetryError, which is no ApiException. The token endpoint has a rate limit of
#           its own, and each request that the service had answered has made a token.
# Source:   PureCloudPlatformClientV2/rest.py
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target "$folder" PureCloudPlatformClientV2==269.0.0 urllib3==2.8.0
cat > "$folder/try.py" <<'PYTHON'
import http.server, os, threading
import PureCloudPlatformClientV2 as genesys

class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.count += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b'{"access_token":')
        self.close_connection = True
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.count = 0
threading.Thread(target=server.serve_forever, daemon=True).start()
genesys.configuration.host = f"http://127.0.0.1:{server.server_port}"
try:
    genesys.api_client.ApiClient().get_client_credentials_token("id", "secret")
except Exception as error:
    print("exception", type(error).__name__, "ApiException:", isinstance(error, genesys.rest.ApiException))
print("token requests:", server.count)
PYTHON
seen=$(HOME=$folder PYTHONPATH=$folder NO_PROXY=127.0.0.1 python3 "$folder/try.py")
echo "$seen"
[ "$seen" = "exception MaxRetryError ApiException: False
token requests: 11" ]
