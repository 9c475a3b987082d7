#!/usr/bin/env bash
# ntplib returns a server's "too many requests" as the time, in the year 1900.
#
# Software: ntplib 0.4.0 (PyPI); sntpc 0.11.0 with sntpc-net-std 1.3.0 (crates.io)
# Guess:    NTPException for a kiss-o'-death packet (stratum 0: the other fields are not to be used, RFC 5905 section 7.4) and for a server
#           that says that its clock is not synchronized (leap indicator 3), as sntpc has an error for both; after February 2036 the
#           next era.
# Reality:  all three are returned as a time. A clock that is set by tx_time or offset is in 1900 when the server limits the rate, at the server's
#           own start date while that has no source itself, and in 1900 with every answer from 2036 on: no certificate is valid yet
#           then. Check stratum and leap indicator first. sntpc refuses the first two, and counts the era.
# Source:   ntplib, NTPClient.request and NTPPacket.from_data; RFC 4330 sections 3 and 5
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python ntplib==0.4.0

cat > servers.py <<'PYTHON'
"""Four servers. Prints NAME=PORT of each, then answers."""
import calendar, os, selectors, socket, struct

def server(alarm, stratum, reference, seconds):
    """Seconds of the packet: since 1900, modulo 2**32."""
    timestamp = struct.pack("!II", seconds % 2**32, 0)
    head = struct.pack("!BBbbII4s", alarm << 6 | 4 << 3 | 4, stratum, 6, -20, 0, 0, reference)
    return lambda request: head + timestamp + request[40:48] + timestamp + timestamp

def at(year, *rest):
    return calendar.timegm((year, *rest, 0, 0, 0)) + 2208988800

servers = {
    "synchronized": server(0, 2, bytes([192, 0, 2, 1]), at(2026, 11, 30)),
    "rate-limit": server(0, 0, b"RATE", 0),
    "unsynchronized": server(3, 16, bytes(4), at(2001, 9, 9)),
    "march-2036": server(0, 2, bytes([192, 0, 2, 1]), at(2036, 3, 1)),
}
selector = selectors.DefaultSelector()
with open("new", "w") as ports:
    for name, answer in servers.items():
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        endpoint.bind(("127.0.0.1", 0))
        selector.register(endpoint, selectors.EVENT_READ, answer)
        print(f"{name}={endpoint.getsockname()[1]}", file=ports)
os.rename("new", "ports")
while True:
    for key, _ in selector.select():
        request, client = key.fileobj.recvfrom(1024)
        key.fileobj.sendto(key.data(request), client)
PYTHON
cat > try.py <<'PYTHON'
import ntplib, sys, time

for argument in sys.argv[1:]:
    name, port = argument.split("=")
    try:
        print(f"ntplib, {name}:", time.gmtime(ntplib.NTPClient().request("127.0.0.1", port=int(port)).tx_time).tm_year)
    except ntplib.NTPException as error:
        print(f"ntplib, {name}: {error}")
PYTHON
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
sntpc = { version = "=0.11.0", features = ["std", "sync"] }
sntpc-net-std = "=1.3.0"
TOML
cat > src/main.rs <<'RUST'
use std::{env, net::UdpSocket, time::Duration};

use sntpc::{sync::get_time, NtpContext, StdTimestampGen};
use sntpc_net_std::UdpSocketWrapper;

fn main() {
    for argument in env::args().skip(1) {
        let (name, port) = argument.split_once('=').expect("NAME=PORT");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let server = format!("127.0.0.1:{port}").parse().expect("an address");
        match get_time(server, &UdpSocketWrapper::new(socket), NtpContext::new(StdTimestampGen::default())) {
            // A year is 31556952 seconds on average.
            Ok(time) => println!("sntpc, {name}: {}", 1970 + time.sec() / 31_556_952),
            Err(error) => println!("sntpc, {name}: {error:?}"),
        }
    }
}
RUST
python3 servers.py &
until [ -s ports ]; do sleep 0.1; done
seen=$(PYTHONPATH=python python3 try.py $(cat ports); CARGO_TARGET_DIR=$folder/target cargo run --quiet -- $(cat ports))
echo "$seen"
[ "$seen" = 'ntplib, synchronized: 2026
ntplib, rate-limit: 1900
ntplib, unsynchronized: 2001
ntplib, march-2036: 1900
sntpc, synchronized: 2026
sntpc, rate-limit: KissOfDeath(Rate)
sntpc, unsynchronized: UnsynchronizedClock
sntpc, march-2036: 2036' ]
