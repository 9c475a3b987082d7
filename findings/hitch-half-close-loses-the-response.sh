#!/usr/bin/env bash
# A client that sends close_notify after its request gets its response through haproxy, nginx and stunnel, and nothing through hitch.
#
# Software: hitch 1.7.2, haproxy 2.6.12, nginx 1.22.1, stunnel 5.68 (Debian 12: hitch, haproxy, nginx, stunnel4, openssl)
# Guess:    all of them deliver the response: in TLS 1.3 a close_notify ends the sender's direction alone and "does not have any effect on its
#           read side" (RFC 8446 section 6.1), as a FIN does in TCP.
# Reality:  hitch closes both directions and the response is lost, while the backend has executed the request: a token request has made a token that is
#           never received. A device that says early that it has nothing more to send works with other terminators, and gets no response
#           at all behind this one. Send close_notify after the response.
# Source:   RFC 8446 section 6.1; hitch, src/hitch.c, handle_fatal_ssl_error
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
dpkg-query --show hitch haproxy nginx stunnel4

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem -days 2 \
    -subj /CN=host.test -addext subjectAltName=DNS:host.test 2> openssl.log
cat key.pem certificate.pem > both.pem

cat > backend.py <<'PYTHON'
"""Answers each request after half a second."""
import os, socket, threading, time

def serve(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(4096)
        if not piece:
            return connection.close()
        request += piece
    time.sleep(0.5)
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
    except OSError:
        pass
    connection.close()

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
with open("new", "w") as port:
    print(listener.getsockname()[1], file=port)
os.rename("new", "backend")
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
PYTHON
cat > client.py <<'PYTHON'
import socket, ssl, sys

def response(port, early):
    """The last line of the response. With early, close_notify follows the request."""
    context = ssl.create_default_context(cafile="certificate.pem")
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="host.test")

    def until_done(action):
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                piece = connection.recv(65536)
                incoming.write(piece) if piece else incoming.write_eof()

    until_done(tls.do_handshake)
    tls.write(b"GET / HTTP/1.1\r\nHost: host.test\r\nConnection: close\r\n\r\n")
    if early:
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass
    connection.sendall(outgoing.read())
    received = b""
    try:
        while piece := until_done(lambda: tls.read(4096)):
            received += piece
    except (ssl.SSLError, ConnectionResetError):
        pass
    return received.split(b"\r\n")[-1].decode() or "nothing"

print(f"{sys.argv[1]}: {response(int(sys.argv[2]), False)}; after an early close_notify: {response(int(sys.argv[2]), True)}")
PYTHON
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

haproxy_() {
    cat > haproxy.cfg <<CONFIGURATION
defaults
    mode http
    timeout connect 9s
    timeout client 9s
    timeout server 9s
listen tls
    bind 127.0.0.1:$1 ssl crt $folder/both.pem
    server backend 127.0.0.1:$backend
CONFIGURATION
    exec haproxy -db -f haproxy.cfg
}
nginx_() {
    cat > nginx.conf <<CONFIGURATION
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log $folder/nginx-error.log;
events {}
http {
    access_log off;
    client_body_temp_path $folder/temporary;
    server {
        listen 127.0.0.1:$1 ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate $folder/certificate.pem;
        ssl_certificate_key $folder/key.pem;
        location / { proxy_pass http://127.0.0.1:$backend; }
    }
}
CONFIGURATION
    exec nginx -p "$folder" -c nginx.conf
}
stunnel_() {
    printf 'foreground = yes\npid =\n[tls]\naccept = 127.0.0.1:%s\nconnect = 127.0.0.1:%s\ncert = %s\n' "$1" "$backend" "$folder/both.pem" > stunnel.conf
    exec stunnel4 stunnel.conf
}
hitch_() { exec hitch --quiet --user=daemon --frontend="[127.0.0.1]:$1" --backend="[127.0.0.1]:$backend" both.pem; }
python3 backend.py &
until [ -s backend ]; do sleep 0.1; done
backend=$(cat backend)
try() {
    local port
    port=$(free)
    "$1_" "$port" > "$1.log" 2>&1 &
    until (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do kill -0 $! || { cat "$1.log"; exit 1; }; sleep 0.1; done
    python3 client.py "$1" "$port"
    kill $!
    wait $! || true
}
seen=$(for terminator in haproxy nginx stunnel hitch; do try $terminator; done)
echo "$seen"
[ "$seen" = 'haproxy: hello; after an early close_notify: hello
nginx: hello; after an early close_notify: hello
stunnel: hello; after an early close_notify: hello
hitch: hello; after an early close_notify: nothing' ]
