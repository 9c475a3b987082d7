#!/usr/bin/env bash
# A dropped TcpConnection of embassy-net tells its peer nothing: no FIN, no RST.
#
# Software: embassy-net 0.9.1 (crates.io), two of its stacks in one process
# Guess:    dropping it sends FIN, as embedded-nal-async asks of it: its Drop calls close().
# Reality:  close() only marks the socket, which is removed in the same Drop, before the stack has run. The peer's connection stays
#           established until it sends something itself, which a server that waits for the next request does not: each exchange of a
#           device leaves a connection until the server's idle timeout. With a TcpSocket, await flush() between close() and the drop;
#           the traits of embedded-nal-async have no such call.
# Source:   embassy-net, src/tcp.rs, the two impls of Drop
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
critical-section = { version = "1", features = ["std"] }
embassy-futures = "=0.1.2"
embassy-net = { version = "=0.9.1", features = ["medium-ip", "proto-ipv4", "tcp"] }
embassy-time = { version = "=0.5.1", features = ["std", "generic-queue-8"] }
embedded-io-async = "0.7"
embedded-nal-async = "0.9.0"
TOML
cat > src/main.rs <<'RUST'
use embassy_futures::{block_on, join::join, select::select, yield_now};
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_net::tcp::{client::{TcpClient, TcpClientState}, TcpSocket};
use embassy_net::{Config, IpListenEndpoint, Ipv4Address, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use embassy_time::{with_timeout, Duration, Timer};
use embedded_io_async::Write;
use embedded_nal_async::TcpConnect;
use std::{cell::RefCell, collections::VecDeque, net::{Ipv4Addr, SocketAddr}, rc::Rc, task::Context};

type Packets = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// One end of a cable. The executor polls without rest, so that no waker is needed.
struct Cable {
    received: Packets,
    sent: Packets,
    name: &'static str,
}

struct Received(Vec<u8>);
struct Sent(Packets, &'static str);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, read: F) -> R {
        read(&mut self.0)
    }
}

impl TxToken for Sent {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        let header = usize::from(packet[0] & 15) * 4;
        let flags = packet[header + 13];
        for (bit, flag) in [(1, "FIN"), (4, "RST")] {
            if flags & bit != 0 {
                println!("  {} sends {flag}", self.1);
            }
        }
        self.0.borrow_mut().push_back(packet);
        result
    }
}

impl Driver for Cable {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sent;

    fn receive(&mut self, _: &mut Context) -> Option<(Received, Sent)> {
        let packet = self.received.borrow_mut().pop_front()?;
        Some((Received(packet), Sent(self.sent.clone(), self.name)))
    }

    fn transmit(&mut self, _: &mut Context) -> Option<Sent> {
        Some(Sent(self.sent.clone(), self.name))
    }

    fn link_state(&mut self, _: &mut Context) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1500;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ip
    }
}

fn stack(last: u8, cable: Cable) -> (Stack<'static>, Runner<'static, Cable>) {
    let address = Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, last), 24);
    let config = Config::ipv4_static(StaticConfigV4 { address, gateway: None, dns_servers: Default::default() });
    embassy_net::new(cable, config, Box::leak(Box::new(StackResources::<3>::new())), last.into())
}

/// The device connects, sends a byte, and ends the connection in one of these ways; the peer waits for the end.
async fn try_ending(ending: &str, device: Stack<'static>, peer: Stack<'static>, port: u16) {
    println!("{ending}:");
    let waiting = async {
        let (mut input, mut output) = ([0; 1000], [0; 1000]);
        let mut socket = TcpSocket::new(peer, &mut input, &mut output);
        socket.accept(IpListenEndpoint::from(port)).await.expect("a connection");
        let mut buffer = [0; 10];
        socket.read(&mut buffer).await.expect("a byte");
        match with_timeout(Duration::from_secs(3), socket.read(&mut buffer)).await {
            Ok(end) => println!("  peer reads {end:?}"),
            Err(_) => {
                println!("  peer still waits after 3 s, {:?}", socket.state());
                socket.write_all(b"2").await.expect("written");
                println!("  peer writes, and then reads {:?}", socket.read(&mut buffer).await);
            }
        }
    };
    let ended = async {
        Timer::after_millis(50).await;
        let address = SocketAddr::new(Ipv4Addr::new(192, 0, 2, 2).into(), port);
        if ending == "TcpConnection dropped" {
            let state = TcpClientState::<1, 1000, 1000>::new();
            let client = TcpClient::new(device, &state);
            let mut connection = client.connect(address).await.expect("a connection");
            connection.write_all(b"1").await.expect("written");
            connection.flush().await.expect("flushed");
            drop(connection);
        } else {
            let (mut input, mut output) = ([0; 1000], [0; 1000]);
            let mut socket = TcpSocket::new(device, &mut input, &mut output);
            socket.connect((Ipv4Address::new(192, 0, 2, 2), port)).await.expect("a connection");
            socket.write_all(b"1").await.expect("written");
            socket.flush().await.expect("flushed");
            socket.close();
            if ending == "TcpSocket closed, flushed, dropped" {
                socket.flush().await.expect("flushed");
            }
        }
        yield_now().await;
    };
    join(waiting, ended).await;
}

fn main() {
    let (one, other) = (Packets::default(), Packets::default());
    let (device, mut device_runner) = stack(1, Cable { received: one.clone(), sent: other.clone(), name: "device" });
    let (peer, mut peer_runner) = stack(2, Cable { received: other, sent: one, name: "peer" });
    block_on(select(join(device_runner.run(), peer_runner.run()), async {
        for (index, ending) in ["TcpConnection dropped", "TcpSocket closed, dropped", "TcpSocket closed, flushed, dropped"].into_iter().enumerate() {
            try_ending(ending, device, peer, 8000 + index as u16).await;
        }
    }));
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
[ "$seen" = "TcpConnection dropped:
  peer still waits after 3 s, Established
  device sends RST
  peer writes, and then reads Err(ConnectionReset)
TcpSocket closed, dropped:
  peer still waits after 3 s, Established
  device sends RST
  peer writes, and then reads Err(ConnectionReset)
TcpSocket closed, flushed, dropped:
  device sends FIN
  peer reads Ok(0)" ]
