#!/usr/bin/env bash
# smoltcp asks for one hardware address a second in all: a neighbour that is switched off can keep all others from being asked for.
#
# Software: smoltcp 0.13.1 (crates.io), the stack below embassy-net
# Guess:    the limit of one ARP request a second is for each neighbour: packets to two of them are preceded by two requests at once.
# Reality:  both sockets wait a second for the first request, and then the first one asks for its neighbour again: the second neighbour is
#           never asked for while the first does not answer. A device that sends to a dead DNS server of its own network sends nothing
#           to another neighbour, as the gateway, before it stops; and after a request that was answered, a connection attempt through
#           the gateway sends no SYN for up to a second.
# Source:   smoltcp, src/iface/neighbor.rs: the cache has one silent_until for all addresses
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
smoltcp = { version = "=0.13.1", default-features = false, features = ["std", "medium-ethernet", "proto-ipv4", "socket-udp"] }
TOML
cat > src/main.rs <<'RUST'
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{ArpPacket, EthernetAddress, EthernetFrame, EthernetProtocol, IpAddress, IpCidr};

/// A network in which no host answers.
#[derive(Default)]
struct Silent {
    sent: Vec<Vec<u8>>,
}

struct Nothing;
struct Frame<'a>(&'a mut Vec<Vec<u8>>);

impl RxToken for Nothing {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, _: F) -> R {
        unreachable!()
    }
}

impl TxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let result = write(&mut frame);
        self.0.push(frame);
        result
    }
}

impl Device for Silent {
    type RxToken<'a> = Nothing;
    type TxToken<'a> = Frame<'a>;
    fn receive(&mut self, _: Instant) -> Option<(Nothing, Frame<'_>)> {
        None
    }
    fn transmit(&mut self, _: Instant) -> Option<Frame<'_>> {
        Some(Frame(&mut self.sent))
    }
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

fn main() {
    let mut device = Silent::default();
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let mut interface = Interface::new(config, &mut device, Instant::ZERO);
    interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, 1), 24)).unwrap());
    let mut sockets = SocketSet::new(Vec::new());
    for (port, last) in [(1000, 2), (1001, 3)] {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 1], vec![0; 16]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).unwrap();
        socket.send_slice(b"?", (IpAddress::v4(10, 0, 0, last), 53)).unwrap();
        sockets.add(socket);
    }
    for ms in (0..=3000).step_by(100) {
        interface.poll(Instant::from_millis(ms), &mut device, &mut sockets);
        for frame in device.sent.drain(..) {
            let frame = EthernetFrame::new_checked(&frame[..]).unwrap();
            assert_eq!(frame.ethertype(), EthernetProtocol::Arp);
            let target = ArpPacket::new_checked(frame.payload()).unwrap().target_protocol_addr().to_vec();
            println!("{ms} ms: who has {target:?}");
        }
    }
}
RUST
CARGO_TARGET_DIR=$folder/target cargo run --quiet > seen
cat seen
[ "$(cat seen)" = "$(for s in 0 1000 2000 3000; do echo "$s ms: who has [10, 0, 0, 2]"; done)" ]
