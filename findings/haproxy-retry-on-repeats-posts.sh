#!/usr/bin/env bash
# haproxy's retry-on sends a token request again, so that a refresh token whose response was lost is answered by invalid_grant.
#
# Software: haproxy 2.6.12, nginx 1.22.1 (Debian 12: haproxy, nginx, curl)
# Guess:    only requests that are safe to repeat are sent again, as with nginx's proxy_next_upstream: "A proxy MUST NOT automatically retry
#           non-idempotent requests" (RFC 9110 section 9.2.2). A client sees 502 or 503 for a POST, and decides.
# Reality:  `retry-on empty-response` repeats every method. Where refresh tokens are used once, the second request is a replay: the client
#           gets 400 invalid_grant, which is final, instead of 502; a server with reuse detection revokes the whole login. Set
#           `http-request disable-l7-retry if METH_POST`.
# Source:   haproxy, configuration.txt, "retry-on"; nginx, proxy_next_upstream, non_idempotent
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
dpkg-query --show haproxy nginx

cat > server.py <<'PYTHON'
"""A token endpoint where a refresh token is good for one use. The response to the first use is lost."""
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
used = 0
while True:
    connection, _ = listener.accept()
    request = b""
    while b"refresh_token=once" not in request:
        piece = connection.recv(4096)
        if not piece:
            break
        request += piece
    else:
        used += 1
        with open("requests", "a") as log:
            log.write(request.split(b"\r\n")[0].decode() + "\n")
        if used > 1:
            body = b'{"error":"invalid_grant"}'
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    connection.close()
PYTHON
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# try NAME COMMAND: starts the server and the proxy, and sends one request through it.
try() {
    local server proxy
    rm -f requests port
    python3 server.py > port & server=$!
    until [ -s port ]; do sleep 0.1; done
    listen=$(free)
    "$1_configuration" > "$1.conf"
    "${@:2}" "$folder/$1.conf" > "$1.log" 2>&1 & proxy=$!
    until (: < "/dev/tcp/127.0.0.1/$listen") 2> /dev/null; do sleep 0.1; done
    local status
    status=$(curl --silent --noproxy "*" --output body --write-out "%{http_code}" \
        --data "grant_type=refresh_token&refresh_token=once" "http://127.0.0.1:$listen/oauth/token")
    kill $proxy $server
    wait $proxy $server || true
    echo "$1: $(wc -l < requests) request(s), status $status$(grep --only-matching ' *{.*}' body | sed 's/^/, /')"
}
haproxy_configuration() {
    cat <<CONFIGURATION
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    retry-on conn-failure empty-response
listen tokens
    bind 127.0.0.1:$listen
    server first 127.0.0.1:$(cat port)
    server second 127.0.0.1:$(cat port)
CONFIGURATION
}
nginx_configuration() {
    cat <<CONFIGURATION
daemon off;
pid $folder/pid;
error_log $folder/error.log;
events {}
http {
    access_log off;
    client_body_temp_path $folder/temporary;
    upstream tokens { server 127.0.0.1:$(cat port); server 127.0.0.1:$(cat port); }
    server {
        listen 127.0.0.1:$listen;
        location / { proxy_pass http://tokens; proxy_next_upstream error timeout invalid_header; }
    }
}
CONFIGURATION
}
seen=$(try nginx nginx -p "$folder" -c; try haproxy haproxy -db -f)
echo "$seen"
[ "$seen" = 'nginx: 1 request(s), status 502
haproxy: 2 request(s), status 400, {"error":"invalid_grant"}' ]
