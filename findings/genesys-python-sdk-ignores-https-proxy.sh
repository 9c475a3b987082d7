#!/usr/bin/env bash
# The official Python SDK does not use HTTPS_PROXY: behind a firewall it times out where curl and requests get through.
#
# Software: PureCloudPlatformClientV2 269.0.0 (PyPI)
# Guess:    it uses HTTPS_PROXY, as requests, curl and the JavaScript SDK do.
# Reality:  it connects directly. A proxy has to be set as PureCloudPlatformClientV2.configuration.proxy before the first client, since
#           the connection pool is created once.
# Source:   PureCloudPlatformClientV2/rest.py: urllib3.PoolManager, which reads no environment
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target "$folder" PureCloudPlatformClientV2==269.0.0

cat > "$folder/try.py" <<'PYTHON'
import http.server, os, socket, threading

seen = []

class Server(http.server.BaseHTTPRequestHandler):
    """The service, and the proxy: a proxy sees a host in the request line."""
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen.append(self.server.name)
        body = b'{"access_token":"abc","token_type":"bearer","expires_in":86399}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = do_CONNECT = answer
    def log_message(self, *arguments):
        pass

def start(name):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.name = name
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"

service, proxy = start("service"), start("proxy")
for name in ("NO_PROXY", "no_proxy"):
    os.environ.pop(name, None)
for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
    os.environ[name] = proxy

import requests
requests.get(service)
print("requests asks the", seen.pop())

import PureCloudPlatformClientV2 as genesys
genesys.configuration.host = service
genesys.api_client.ApiClient().get_client_credentials_token("id", "secret")
print("the SDK asks the", seen.pop())
PYTHON
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target "$folder/other" requests==2.34.2
seen=$(PYTHONPATH="$folder:$folder/other" python3 "$folder/try.py")
echo "$seen"
[ "$seen" = "requests asks the proxy
the SDK asks the service" ]
