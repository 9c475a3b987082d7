#!/usr/bin/env bash
# tinyproxy answers CONNECT with a wrong password by 401, the status of a server that refuses the client itself.
#
# Software: tinyproxy 1.11.1 (Debian 12: tinyproxy-bin, curl)
# Guess:    407 Proxy Authentication Required with Proxy-Authenticate, with no credentials as with wrong ones (RFC 9110 section 15.5.8).
# Reality:  407 only without credentials. Wrong ones get 401 and WWW-Authenticate: a client that takes the status of a failed CONNECT for
#           that of the request looks for the fault in its client secret, and one that asks for proxy credentials at 407 does not ask.
# Source:   tinyproxy, src/reqs.c, handle_connection
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > tinyproxy.conf <<CONF
Port $port
Listen 127.0.0.1
Timeout 10
MaxClients 5
LogFile "$folder/log"
BasicAuth user secret
CONF
tinyproxy -v
tinyproxy -d -c tinyproxy.conf > /dev/null 2>&1 & server=$!
until curl --silent --output /dev/null "http://127.0.0.1:$port/"; do sleep 0.1; done
connect() {
    curl --silent --output /dev/null --dump-header head --write-out '%{http_connect}' --noproxy '' --proxy "http://$1127.0.0.1:$port" \
        "https://login.test/oauth/token" || true
    if grep -qi '^Proxy-Authenticate:' head; then echo ', Proxy-Authenticate'
    elif grep -qi '^WWW-Authenticate:' head; then echo ', WWW-Authenticate'
    else echo; fi
}
seen="without credentials: $(connect '')
with a wrong password: $(connect user:wrong@)"
echo "$seen"
[ "$seen" = "without credentials: 407, Proxy-Authenticate
with a wrong password: 401, WWW-Authenticate" ]
