#!/usr/bin/env bash
# dnsmasq's address=/login.test/10.0.0.1 redirects IPv4 alone: AAAA queries for the name go to the upstream server.
#
# Software: dnsmasq 2.90 (Debian 12: dnsmasq-base), dnspython 2.8.0 (PyPI)
# Guess:    the name belongs to dnsmasq from then on: A is answered with the address, and AAAA and all other types with no data, since none were
#           configured.
# Reality:  AAAA and HTTPS queries are forwarded, and the upstream server's addresses are returned. A test network or gateway that redirects the login
#           host sends every client that prefers IPv6 to the real service, with its secret, while `dig` shows the redirection.
#           host-record= is the same. With local=/login.test/ beside it, AAAA has no data.
# Source:   dnsmasq, CHANGELOG of 2.86 and dnsmasq(8), --address
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target . dnspython==2.8.0
dpkg-query --show dnsmasq-base

cat > upstream.py <<'PYTHON'
"""A name server that has addresses of both families for every name."""
import dns.message, dns.rdatatype, dns.rrset, socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
addresses = {dns.rdatatype.A: "192.0.2.1", dns.rdatatype.AAAA: "2001:db8::1"}
while True:
    packet, client = server.recvfrom(4096)
    query = dns.message.from_wire(packet)
    answer, question = dns.message.make_response(query), query.question[0]
    if question.rdtype in addresses:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, addresses[question.rdtype]))
    server.sendto(answer.to_wire(), client)
PYTHON
cat > ask.py <<'PYTHON'
import dns.message, dns.query, dns.rcode, sys, time

def ask(name, kind):
    for _ in range(50):
        try:
            return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=int(sys.argv[1]), timeout=1)
        except OSError:
            time.sleep(0.1)

for kind in ("A", "AAAA"):
    answer = ask("login.test", kind)
    print(sys.argv[2], kind, dns.rcode.to_text(answer.rcode()), *(item for record in answer.answer for item in record))
PYTHON
python3 upstream.py > port &
until [ -s port ]; do sleep 0.1; done

dnsmasq_with() {
    local free
    free=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= --server="127.0.0.1#$(cat port)" \
        --port="$free" --listen-address=127.0.0.1 --bind-interfaces "$@" &
    python3 ask.py "$free" "$*:"
    kill $!
    wait $! || true
}
seen=$(dnsmasq_with --address=/login.test/10.0.0.1
dnsmasq_with --host-record=login.test,10.0.0.1
dnsmasq_with --address=/login.test/10.0.0.1 --local=/login.test/)
echo "$seen"
[ "$seen" = '--address=/login.test/10.0.0.1: A NOERROR 10.0.0.1
--address=/login.test/10.0.0.1: AAAA NOERROR 2001:db8::1
--host-record=login.test,10.0.0.1: A NOERROR 10.0.0.1
--host-record=login.test,10.0.0.1: AAAA NOERROR 2001:db8::1
--address=/login.test/10.0.0.1 --local=/login.test/: A NOERROR 10.0.0.1
--address=/login.test/10.0.0.1 --local=/login.test/: AAAA NOERROR' ]
