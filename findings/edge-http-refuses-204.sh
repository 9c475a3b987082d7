#!/usr/bin/env bash
# edge-http refuses every 204 on a kept connection.
#
# Software: edge-http 0.8.0 with edge-nal-std 0.7.0, reqwless 0.14.0 without default features (crates.io)
# Guess:    a 204 is a response with an empty body: a server "MUST NOT send" Content-Length with it (RFC 9110 section 8.6), and its end is the end
#           of its head (RFC 9112 section 6.3).
# Reality:  edge-http takes the missing Content-Length for an error, "Unknown body type in a response with a Keep-Alive connection": a call that
#           deletes something is executed and reported as failed, and a program that tries again gets 404. reqwless
#           returns the 204. Send "Connection: close" with such requests.
# Source:   edge-http, src/lib.rs, BodyType::resolve
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
edge-http = { version = "=0.8.0", features = ["std"] }
edge-nal-std = "=0.7.0"
embedded-io-async = "0.7"
embedded-nal-async = "0.9"
futures-lite = "2"
reqwless = { version = "=0.14.0", default-features = false }
TOML
cat > src/main.rs <<'RUST'
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener};
use std::{convert::Infallible, thread};

use edge_http::io::client::Connection;
use edge_http::Method;
use embedded_io_async::Read as _;
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use reqwless::client::HttpClient;

/// A peer of reqwless that responds with these bytes and then closes.
struct Peer(&'static [u8]);
struct Remaining(&'static [u8]);

impl TcpConnect for Peer {
    type Error = Infallible;
    type Connection<'a> = Remaining;
    async fn connect<'a>(&'a self, _: SocketAddr) -> Result<Remaining, Infallible> {
        Ok(Remaining(self.0))
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

impl embedded_io_async::ErrorType for Remaining {
    type Error = Infallible;
}

impl embedded_io_async::Read for Remaining {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let length = buffer.len().min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

impl embedded_io_async::Write for Remaining {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

async fn reqwless(response: &'static [u8]) -> String {
    let peer = Peer(response);
    let mut client = HttpClient::new(&peer, &peer);
    let mut request = client.request(reqwless::request::Method::GET, "http://api.test/").await.expect("a request");
    let mut buffer = [0; 1024];
    match request.send(&mut buffer).await {
        Err(error) => format!("{error:?}"),
        Ok(response) => {
            let status = response.status.0;
            match response.body().read_to_end().await {
                Ok(body) => format!("{status} {:?}", String::from_utf8_lossy(body)),
                Err(error) => format!("{status}, then {error:?}"),
            }
        }
    }
}

/// The address of a server that responds with these bytes to one request and then closes.
fn server(response: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let (mut request, mut piece) = (Vec::new(), [0; 1024]);
        while !request.ends_with(b"\r\n\r\n") {
            let length = connection.read(&mut piece).expect("a request");
            request.extend_from_slice(&piece[..length]);
        }
        connection.write_all(response).expect("a response");
        connection.shutdown(Shutdown::Write).expect("a shutdown");
        let _ = connection.read(&mut piece);
    });
    address
}

async fn edge_http(response: &'static [u8]) -> String {
    let (stack, mut buffer) = (edge_nal_std::Stack::new(), [0; 4096]);
    let mut connection: Connection<_> = Connection::new(&mut buffer, &stack, server(response));
    connection.initiate_request(true, Method::Get, "/", &[("Host", "api.test")]).await.expect("a request");
    if let Err(error) = connection.initiate_response().await {
        return format!("{error}");
    }
    let status = connection.headers().expect("a head").code;
    let (mut body, mut piece) = (Vec::new(), [0; 64]);
    loop {
        match connection.read(&mut piece).await {
            Ok(0) => break,
            Ok(length) => body.extend_from_slice(&piece[..length]),
            Err(error) => return format!("{status}, then {error}"),
        }
    }
    let end = connection.complete().await;
    format!("{status} {:?}, at its end {end:?}", String::from_utf8_lossy(&body))
}

fn main() {
    futures_lite::future::block_on(async {
        for response in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..],
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        ] {
            println!("{:?}", String::from_utf8_lossy(response));
            println!("    reqwless:  {}", reqwless(response).await);
            println!("    edge-http: {}", edge_http(response).await);
        }
    });
}
RUST
seen=$(CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = '"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    reqwless:  200 ""
    edge-http: 200 "", at its end Ok(())
"HTTP/1.1 204 No Content\r\n\r\n"
    reqwless:  204 ""
    edge-http: Headers mismatch: Body type mismatch: Unknown body type in a response with a Keep-Alive connection. This is not allowed.
"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    reqwless:  204 ""
    edge-http: 204 "", at its end Ok(())' ]
