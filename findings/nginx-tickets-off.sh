#!/usr/bin/env bash
# nginx with "ssl_session_tickets off" still sends two NewSessionTicket messages after each TLS 1.3 handshake.
#
# Software: nginx 1.22.1 with OpenSSL 3.0 (Debian 12: nginx, openssl); the version is printed
# Guess:    no ticket is sent.
# Reality:  two, as with "on". Only their content differs: with "off" they name a session in the server's cache instead of holding it.
#           A device that can use no ticket still has to read and skip two records after every handshake.
# Source:   OpenSSL, SSL_CTX_set_options(3), SSL_OP_NO_TICKET: "stateful tickets" in TLS 1.3
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem -days 10 -subj /CN=localhost 2> /dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
tickets() {
    cat > nginx.conf <<CONF
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate certificate.pem; ssl_certificate_key key.pem;
        ssl_protocols TLSv1.3; ssl_session_tickets $1;
        location / { return 200 "hello"; }
    }
}
CONF
    rm -f nginx.pid
    nginx -e stderr -p "$folder" -c nginx.conf & server=$!
    until [ -s nginx.pid ]; do sleep 0.1; done
    { printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'; sleep 2; } |
        openssl s_client -connect "127.0.0.1:$port" -tls1_3 -msg -ign_eof > messages.txt 2> /dev/null || true
    kill "$server"; wait "$server" 2> /dev/null || true; server=
    echo "ssl_session_tickets $1: $(grep -c '<<<.*NewSessionTicket' messages.txt) tickets"
}
nginx -v 2>&1
openssl version
tickets on > seen.txt; tickets off >> seen.txt
cat seen.txt
[ "$(cat seen.txt)" = "ssl_session_tickets on: 2 tickets
ssl_session_tickets off: 2 tickets" ]
