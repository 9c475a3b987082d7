#!/usr/bin/env bash
# squid logs "Accepting HTTP Socket connections" before it listens.
#
# Software: squid 5.7 (Debian 12: squid, strace)
# Guess:    the port is open when the line appears, so that a script, a test or a service manager may wait for it.
# Reality:  the line comes after bind(2) and before listen(2): a client that connects as soon as it appears can be refused. On a busy
#           machine this happens now and then. Wait until a connection succeeds.
# Source:   squid, src/client_side.cc, clientListenerConnectionOpened
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"; rm -f /dev/shm/"finding$$"-*' EXIT
cd "$folder"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > squid.conf <<CONF
http_port 127.0.0.1:$port
visible_hostname finding
pid_filename none
access_log none
cache_log /dev/null
cache_store_log none
coredump_dir /
pinger_enable off
cache deny all
http_access deny all
shutdown_lifetime 0 seconds
CONF
squid -v | head -1
# -D: the process that is started is squid itself. Its service's name (-n) is part of the names of its shared memory.
strace -D -f -s 200 -e trace=write,bind,listen -o trace squid -N -d 2 -n "finding$$" -f squid.conf 2> log & server=$!
until (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do sleep 0.1; done
kill "$server"; wait "$server" 2> /dev/null || true; server=
seen=$(sed -nE -e "s/.* bind\\(.*htons\\($port\\).* = 0/bind/p" -e 's/.* write\(2,.*(Accepting HTTP Socket connections).*/reported: \1/p' \
    -e 's/.* listen\(.* = 0/listen/p' trace)
echo "$seen"
[ "$seen" = "bind
reported: Accepting HTTP Socket connections
listen" ]
