#!/usr/bin/env bash
# smoltcp's DNS client, which embassy-net uses, needs aliases in order and in the letter case of the other records.
#
# Software: smoltcp 0.13.1 (crates.io)
# Guess:    an address resolves if the answer holds the alias and its target, in any order (RFC 1034 section 3.6 gives the records of a
#           message no order) and in any case (RFC 4343).
# Reality:  an address record before its CNAME is not found, and a CNAME to "Edge.sandbox.test" does not lead to the address of
#           "edge.sandbox.test". Both end at once as Failed; no other name server is asked.
# Source:   src/socket/dns.rs, process
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
smoltcp = { version = "=0.13.1", default-features = false, features = ["std", "proto-ipv4", "medium-ip", "socket-dns"] }
TOML
cat > src/main.rs <<'RUST'
//! An interface without a wire: its packets are answered here by a name server that sends the given records.
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::dns::{GetQueryResultError, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{DnsQueryType, HardwareAddress, IpAddress, IpCidr};
use std::{cell::RefCell, rc::Rc};

#[derive(Clone, Default)]
struct Wire {
    sent: Rc<RefCell<Vec<Vec<u8>>>>,
    received: Rc<RefCell<Vec<Vec<u8>>>>,
}
struct Packet(Vec<u8>);

impl RxToken for Packet {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Wire {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut packet = vec![0; length];
        let result = f(&mut packet);
        self.sent.borrow_mut().push(packet);
        result
    }
}

impl Device for Wire {
    type RxToken<'a> = Packet;
    type TxToken<'a> = Wire;
    fn receive(&mut self, _: Instant) -> Option<(Packet, Wire)> {
        let packet = self.received.borrow_mut().pop()?;
        Some((Packet(packet), self.clone()))
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

fn name(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn record(owner: &str, kind: u16, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    [&name(owner)[..], &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &length.to_be_bytes(), data].concat()
}

fn address(owner: &str) -> Vec<u8> {
    record(owner, 1, &[192, 0, 2, 1])
}

fn alias(owner: &str, target: &str) -> Vec<u8> {
    record(owner, 5, &name(target))
}

/// The IPv4 packet with the answer to a query in an IPv4 packet without options.
fn answer(query: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
    let count = (records.len() as u16).to_be_bytes();
    let head = [&query[28..30], &[0x81, 0x80, 0, 1], &count, &[0; 4]].concat();
    let message = [head, query[40..].to_vec(), records.concat()].concat();
    let length = message.len() as u16;
    let udp = [&[0, 53], &query[20..22], &(length + 8).to_be_bytes(), &[0, 0], &message[..]].concat();
    let mut ip = vec![0x45, 0];
    ip.extend((length + 28).to_be_bytes());
    ip.extend([0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    let sum: u32 = ip.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let checksum = !(((sum >> 16) + (sum & 0xffff)) as u16);
    ip[10..12].copy_from_slice(&checksum.to_be_bytes());
    [ip, udp].concat()
}

fn resolve(records: &[Vec<u8>]) -> String {
    let mut wire = Wire::default();
    let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, Instant::from_millis(0));
    interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, 2), 24)).expect("space"));
    let mut sockets = SocketSet::new(vec![]);
    let handle = sockets.add(Socket::new(&[IpAddress::v4(10, 0, 0, 1)], vec![]));
    let socket = sockets.get_mut::<Socket>(handle);
    let query = socket.start_query(interface.context(), "login.sandbox.test", DnsQueryType::A).expect("a query");
    for millisecond in (0..60_000).step_by(50) {
        interface.poll(Instant::from_millis(millisecond), &mut wire, &mut sockets);
        match sockets.get_mut::<Socket>(handle).get_query_result(query) {
            Ok(addresses) => return format!("{addresses:?}"),
            Err(GetQueryResultError::Pending) => {}
            Err(error) => return format!("{error:?}"),
        }
        for sent in wire.sent.take() {
            wire.received.borrow_mut().push(answer(&sent, records));
        }
    }
    "no result".to_owned()
}

fn main() {
    let (login, edge) = ("login.sandbox.test", "edge.sandbox.test");
    println!("alias, address: {}", resolve(&[alias(login, edge), address(edge)]));
    println!("address, alias: {}", resolve(&[address(edge), alias(login, edge)]));
    println!("alias in another case: {}", resolve(&[alias(login, "Edge.sandbox.test"), address(edge)]));
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = "alias, address: [Ipv4(192.0.2.1)]
address, alias: Failed
alias in another case: Failed" ]
