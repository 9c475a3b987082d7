#!/usr/bin/env bash
# hyper takes an HTTP/2 response that the server breaks off with RST_STREAM(NO_ERROR) for complete, whatever its Content-Length is.
#
# Software: hyper 1.12.0, h2 0.4.20 (crates.io); h2 4.3.0 (PyPI) as the server
# Guess:    a response whose stream is reset before END_STREAM ends with an error whatever the code of RST_STREAM is, at least if fewer bytes
#           than its Content-Length have arrived, as over HTTP/1.1.
# Reality:  only other codes are errors. After NO_ERROR the body ends as if END_STREAM had come: RFC 9113 section 8.1 has this code for the
#           end of a complete response, and neither hyper nor h2 then compares what has arrived with Content-Length. A document that is
#           written to a file, or lines of NDJSON, are short without a sign of it; compare with Content-Length where there is one.
# Source:   hyper, src/body/incoming.rs
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
hyper = { version = "=1.12.0", features = ["client", "http2"] }
h2 = "=0.4.20"
hyper-util = { version = "=0.1.21", features = ["tokio"] }
http-body-util = "=0.1.5"
tokio = { version = "1", features = ["net", "rt"] }
TOML
cat > src/main.rs <<'RUST'
use http_body_util::{BodyExt, Empty};
use hyper::{body::Bytes, client::conn::http2, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::error::Error;

async fn ask(port: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let stream = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(format!("http://127.0.0.1:{port}/{path}")).body(Empty::<Bytes>::new())?;
    match sender.send_request(request).await?.into_body().collect().await {
        Ok(body) => println!("{path}: complete, {} bytes", body.to_bytes().len()),
        Err(error) => println!("{path}: {error}"),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let port = std::env::args().nth(1).expect("a port");
    runtime.block_on(async {
        for path in ["NO_ERROR", "NO_ERROR/length", "CANCEL", "CANCEL/length"] {
            ask(&port, path).await?;
        }
        Ok(())
    })
}
RUST
cat > server.py <<'PYTHON'
import socket
import h2.config, h2.connection, h2.errors, h2.events

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    stream, _ = listener.accept()
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    stream.sendall(connection.data_to_send())
    while received := stream.recv(65536):
        for event in connection.receive_data(received):
            if isinstance(event, h2.events.RequestReceived):
                _, code, length = (dict(event.headers)[b":path"].decode() + "/").split("/")[:3]
                headers = [(":status", "200")] + ([("content-length", "100")] if length else [])
                connection.send_headers(event.stream_id, headers)
                connection.send_data(event.stream_id, b'{"access_token":')
                # The rest of the response does not come.
                connection.reset_stream(event.stream_id, h2.errors.ErrorCodes[code])
        stream.sendall(connection.data_to_send())
PYTHON
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target python h2==4.3.0
CARGO_TARGET_DIR=$folder/target cargo build --quiet
PYTHONPATH=python python3 server.py > port & server=$!
until [ -s port ]; do sleep 0.1; done
seen=$(target/debug/finding "$(cat port)")
echo "$seen"
[ "$seen" = "NO_ERROR: complete, 16 bytes
NO_ERROR/length: complete, 16 bytes
CANCEL: error reading a body from connection
CANCEL/length: error reading a body from connection" ]
