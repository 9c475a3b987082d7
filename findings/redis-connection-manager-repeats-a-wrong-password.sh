#!/usr/bin/env bash
# The Rust Redis client's ConnectionManager sends a wrong password seven times before it reports it.
#
# Software: redis 1.8.1 (crates.io); Debian redis-server
# Guess:    retries are for servers that cannot be reached: a wrong password, to which the server answers WRONGPASS, is reported after one
#           attempt, as a plain connection reports it.
# Reality:  seven attempts, several seconds, whatever the error is: a mistyped password looks like a slow server, and each
#           start of the program is seven failed logins in ACL LOG. Open a plain connection first, which reports
#           the error at once.
# Source:   redis/src/aio/connection_manager.rs, new_connection
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
redis = { version = "=1.8.1", default-features = false, features = ["tokio-comp", "connection-manager"] }
tokio = { version = "1", features = ["rt"] }
TOML
cat > src/main.rs <<'RUST'
use redis::{Client, RedisError, RedisResult};

/// Returns how many connections the server has counted so far, the one that asks included.
async fn counted(port: &str) -> RedisResult<u64> {
    let mut asking = Client::open(format!("redis://:right@127.0.0.1:{port}/"))?.get_multiplexed_async_connection().await?;
    let statistics: redis::InfoDict = redis::cmd("INFO").arg("stats").query_async(&mut asking).await?;
    Ok(statistics.get("total_connections_received").expect("a count"))
}

fn code(error: Option<RedisError>) -> String {
    error.map_or("none".into(), |error| error.code().map_or(format!("{:?}", error.kind()), str::to_owned))
}

fn main() -> RedisResult<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let port = std::env::args().nth(1).expect("a port");
        let client = Client::open(format!("redis://:wrong@127.0.0.1:{port}/"))?;
        let before = counted(&port).await?;
        let error = code(client.get_multiplexed_async_connection().await.err());
        let between = counted(&port).await?;
        println!("connection: {} attempts, error {error}", between - before - 1);
        let error = code(client.get_connection_manager().await.err());
        println!("manager: {} attempts, error {error}", counted(&port).await? - between - 1);
        Ok(())
    })
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --requirepass right > redis.log & server=$!
until grep -q 'Ready to accept connections' redis.log 2> /dev/null; do sleep 0.1; done
redis-server --version
seen=$(target/debug/finding "$port")
echo "$seen"
[ "$seen" = "connection: 1 attempts, error AuthenticationFailed
manager: 7 attempts, error AuthenticationFailed" ]
