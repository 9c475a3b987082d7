#!/usr/bin/env bash
# smoltcp's DNS client, which embassy-net uses, drops all name servers but the first, without an error.
#
# Software: smoltcp 0.13.1 (crates.io), with its default settings
# Guess:    three servers are asked in turn, as any stub resolver does; or Socket::new refuses more servers than fit.
# Reality:  one fits; it keeps the first and says nothing. Networks usually give two by DHCP: a device whose first one is down
#           resolves nothing, beside hosts that do. The features dns-max-server-count-2 and up make more fit.
# Source:   src/socket/dns.rs, update_servers; src/lib.rs, DNS_MAX_SERVER_COUNT
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[features]
three = ["smoltcp/dns-max-server-count-3"]
[dependencies]
smoltcp = { version = "=0.13.1", default-features = false, features = ["std", "proto-ipv4", "medium-ip", "socket-dns"] }
TOML
cat > src/main.rs <<'RUST'
//! An interface without a wire. Queries to the first of three name servers get no answer; which servers are asked is printed.
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::dns::{GetQueryResultError, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{DnsQueryType, HardwareAddress, IpAddress, IpCidr};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

#[derive(Clone, Default)]
struct Wire(Rc<RefCell<BTreeSet<u8>>>);
struct Nothing;

impl RxToken for Nothing {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&[])
    }
}

impl TxToken for Wire {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut packet = vec![0; length];
        let result = f(&mut packet);
        // The last byte of the destination.
        self.0.borrow_mut().insert(packet[19]);
        result
    }
}

impl Device for Wire {
    type RxToken<'a> = Nothing;
    type TxToken<'a> = Wire;
    fn receive(&mut self, _: Instant) -> Option<(Nothing, Wire)> {
        None
    }
    fn transmit(&mut self, _: Instant) -> Option<Wire> {
        Some(self.clone())
    }
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1500;
        capabilities
    }
}

fn main() {
    let mut wire = Wire::default();
    let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, Instant::from_millis(0));
    interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, 2), 24)).expect("space"));
    let mut sockets = SocketSet::new(vec![]);
    let servers = [1, 3, 4].map(|last| IpAddress::v4(10, 0, 0, last));
    let handle = sockets.add(Socket::new(&servers, vec![]));
    let socket = sockets.get_mut::<Socket>(handle);
    let query = socket.start_query(interface.context(), "login.sandbox.test", DnsQueryType::A).expect("a query");
    for second in 0..120 {
        interface.poll(Instant::from_secs(second), &mut wire, &mut sockets);
        match sockets.get_mut::<Socket>(handle).get_query_result(query) {
            Err(GetQueryResultError::Pending) => {}
            _ => break,
        }
    }
    let asked: Vec<_> = wire.0.borrow().iter().map(|last| format!("10.0.0.{last}")).collect();
    println!("given: 10.0.0.1 10.0.0.3 10.0.0.4, asked: {}", asked.join(" "));
}
RUST
export CARGO_TARGET_DIR=$folder/target
seen=$(cargo run --quiet; cargo run --quiet --features three)
echo "$seen"
[ "$seen" = "given: 10.0.0.1 10.0.0.3 10.0.0.4, asked: 10.0.0.1
given: 10.0.0.1 10.0.0.3 10.0.0.4, asked: 10.0.0.1 10.0.0.3 10.0.0.4" ]
