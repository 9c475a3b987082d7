#!/usr/bin/env bash
# Two callers of hyper-util's pooling client open more than ten connections.
#
# Software: hyper-util 0.1.21, hyper 1.12.0 (crates.io)
# Guess:    a pool has at most as many connections as requests were under way at once; a caller that waits for a connection and gets the one
#           that another has finished with gives up its own attempt.
# Reality:  an attempt that has begun is completed and its connection kept. Two callers that share one kept connection begin an attempt with
#           each request that finds it busy, and all that begin within one slow handshake become connections. A host that limits
#           connections, or a proxy that counts them, sees many times the number of callers. pool_max_idle_per_host limits what is kept,
#           not what is opened.
# Source:   hyper-util, src/client/legacy/client.rs
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
hyper = { version = "=1.12.0", features = ["client", "http1"] }
hyper-util = { version = "=0.1.21", features = ["client-legacy", "http1", "tokio"] }
http-body-util = "=0.1.5"
tokio = { version = "1", features = ["io-util", "net", "rt", "sync", "time"] }
tower-service = "=0.3.3"
TOML
cat > src/main.rs <<'RUST'
use http_body_util::{BodyExt, Empty};
use hyper::{body::Bytes, Uri};
use hyper_util::client::legacy::{connect::HttpConnector, Client};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{future::Future, pin::Pin, task::{Context, Poll}, time::Duration};
use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};

/// A connector that takes its time, as a TLS handshake over a long distance does.
#[derive(Clone)]
struct Slow(HttpConnector);

impl tower_service::Service<Uri> for Slow {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connection = self.0.call(uri);
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(connection.await?)
        })
    }
}

async fn serve(mut stream: TcpStream) {
    let mut buffer = [0; 1000];
    while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    }
}

async fn accepted(callers: usize) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri: Uri = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URI");
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tokio::spawn(serve(stream));
        }
    });
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(Slow(HttpConnector::new()));
    // One kept connection, as after a quiet time.
    let response = client.get(uri.clone()).await.expect("a response");
    response.into_body().collect().await.expect("a body");
    let tasks: Vec<_> = (0..callers).map(|_| {
        let (client, uri) = (client.clone(), uri.clone());
        tokio::spawn(async move {
            for _ in 0..50 {
                let response = client.get(uri.clone()).await.expect("a response");
                response.into_body().collect().await.expect("a body");
            }
        })
    }).collect();
    for task in tasks {
        task.await.expect("a caller");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    count.load(std::sync::atomic::Ordering::Relaxed)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for callers in [1, 2] {
            println!("{callers} callers: {} connections", accepted(callers).await);
        }
    });
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
seen=$(target/debug/finding)
echo "$seen"
grep -qx '1 callers: 1 connections' <<< "$seen"
[ "$(sed -n 's/^2 callers: \(.*\) connections$/\1/p' <<< "$seen")" -gt 10 ]
