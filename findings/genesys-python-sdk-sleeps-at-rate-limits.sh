#!/usr/bin/env bash
# The official Python SDK sleeps through a 429 with Retry-After, ten times, before the program hears of it.
#
# Software: PureCloudPlatformClientV2 269.0.0 (PyPI), urllib3 2.8.0
# Guess:    a 429 becomes an ApiException with status 429 and the headers, with Retry-After as without, so that the program decides how
#           long it waits.
# Reality:  without the header so. With it the call sleeps as long as the header says, without a limit, and asks again, eleven requests in
#           all: "Retry-After: 60" is a call that hangs for ten minutes, with nothing in the SDK's log. A program that waits by itself as
#           the header says waits once more after that.
# Source:   PureCloudPlatformClientV2/rest.py: urllib3.util.Retry() with POST among its methods; urllib3, respect_retry_after_header
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target "$folder" PureCloudPlatformClientV2==269.0.0 urllib3==2.8.0
cat > "$folder/try.py" <<'PYTHON'
import http.server, threading, time
import PureCloudPlatformClientV2 as genesys

class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.count += 1
        body = b'{"code":"too.many.requests","status":429}'
        self.send_response(429)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.server.wait:
            self.send_header("Retry-After", self.server.wait)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
genesys.configuration.host = f"http://127.0.0.1:{server.server_port}"
for wait in (None, "1"):
    server.count, server.wait = 0, wait
    before = time.monotonic()
    try:
        genesys.api_client.ApiClient().get_client_credentials_token("id", "secret")
    except Exception as error:
        print(f"Retry-After {wait}: {server.count} requests, at least 10 s: {time.monotonic() - before >= 10}, {type(error).__name__},",
              "status", getattr(error, "status", None))
PYTHON
seen=$(HOME=$folder PYTHONPATH=$folder NO_PROXY=127.0.0.1 python3 "$folder/try.py")
echo "$seen"
[ "$seen" = "Retry-After None: 1 requests, at least 10 s: False, ApiException, status 429
Retry-After 1: 11 requests, at least 10 s: True, ApiException, status 429" ]
