#!/usr/bin/env bash
# REQUESTS_CA_BUNDLE wins over the CA file that a program set as session.verify.
#
# Software: requests 2.34.2 (PyPI); openssl for the certificates
# Guess:    what the program sets wins; the environment is for programs that set nothing, as with timeouts and credentials.
# Reality:  the variable replaces session.verify, and the server's certificate is unknown. Where a company sets the variable for all
#           programs, a CA file of one's own works only as the argument verify of each request (or with session.trust_env = False).
# Source:   requests/sessions.py, Session.merge_environment_settings
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --target "$folder" requests==2.34.2
cd "$folder"
for name in own company; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out $name.pem -days 10 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
done

cat > try.py <<'PYTHON'
import http.server, os, ssl, threading
import requests

class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem", "own.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"https://localhost:{server.server_port}/"
session = requests.Session()
session.verify = "own.pem"

def get(**arguments):
    try:
        return session.get(url, **arguments).status_code
    except requests.exceptions.SSLError:
        return "certificate refused"

print("session.verify alone:", get())
os.environ["REQUESTS_CA_BUNDLE"] = "company.pem"
print("session.verify, and the variable:", get())
print("verify of the request, and the variable:", get(verify="own.pem"))
PYTHON
seen=$(env -u REQUESTS_CA_BUNDLE -u CURL_CA_BUNDLE PYTHONPATH="$folder" NO_PROXY=localhost python3 try.py)
echo "$seen"
[ "$seen" = "session.verify alone: 204
session.verify, and the variable: certificate refused
verify of the request, and the variable: 204" ]
