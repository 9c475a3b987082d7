#!/usr/bin/env bash
# reqwless leaves the port out of the Host header, whichever port the URL names.
#
# Software: reqwless 0.14.0 without default features (crates.io)
# Guess:    "Host: api.test:8443" for http://api.test:8443/, as RFC 9110 section 7.2 has it for a port that is not the scheme's default.
# Reality:  "Host: api.test". A server or gateway that chooses by authority, or that builds links from it, answers for the default port;
#           a local gateway on a port of its own has to accept its name without the port.
# Source:   reqwless, src/client.rs: the header is made from the URL's host alone
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
embedded-io-async = "0.7"
embedded-nal-async = "0.9"
futures-lite = "2"
reqwless = { version = "=0.14.0", default-features = false }
TOML
cat > src/main.rs <<'RUST'
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use embedded_nal_async::{AddrType, Dns, TcpConnect};
use reqwless::client::HttpClient;
use reqwless::request::Method;

static SENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A peer that keeps what is sent to it and answers every request with 204.
struct Peer;
struct Connection(&'static [u8]);

impl TcpConnect for Peer {
    type Error = Infallible;
    type Connection<'a> = Connection;
    async fn connect<'a>(&'a self, _: SocketAddr) -> Result<Connection, Infallible> {
        Ok(Connection(b"HTTP/1.1 204 No Content\r\n\r\n"))
    }
}

impl Dns for Peer {
    type Error = Infallible;
    async fn get_host_by_name(&self, _: &str, _: AddrType) -> Result<IpAddr, Infallible> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }
    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, Infallible> {
        unreachable!()
    }
}

impl embedded_io_async::ErrorType for Connection {
    type Error = Infallible;
}

impl embedded_io_async::Read for Connection {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let length = buffer.len().min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

impl embedded_io_async::Write for Connection {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        SENT.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {
    futures_lite::future::block_on(async {
        let mut client = HttpClient::new(&Peer, &Peer);
        let mut request = client.request(Method::GET, "http://api.test:8443/").await.unwrap();
        let mut head = [0; 256];
        request.send(&mut head).await.unwrap();
    });
    print!("{}", String::from_utf8_lossy(&SENT.lock().unwrap()));
}
RUST
CARGO_TARGET_DIR=$folder/target cargo run --quiet > sent
seen=$(tr -d '\r' < sent | grep -i '^host:')
echo "$seen"
[ "$seen" = "Host: api.test" ]
