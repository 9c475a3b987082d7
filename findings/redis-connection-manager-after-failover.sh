#!/usr/bin/env bash
# The Rust Redis client's ConnectionManager stays connected to a server that has become a replica; every write fails from then on.
#
# Software: redis 1.8.1 (crates.io); Debian redis-server
# Guess:    READONLY, the sign of a failover, makes the manager reconnect: through a host name or a virtual address it then finds the
#           new primary.
# Reality:  it reconnects after lost connections only. The same connection (the client id shows it) keeps answering READONLY. A program
#           has to make a new manager, or close the connection, after ErrorKind::ReadOnly.
# Source:   redis/src/aio/connection_manager.rs: reconnect on is_unrecoverable_error
# Date:     2026-11-29
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
use redis::{AsyncCommands, Client, RedisResult};

fn main() -> RedisResult<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let port = std::env::args().nth(1).expect("a port");
        let mut manager = Client::open(format!("redis://127.0.0.1:{port}/"))?.get_connection_manager().await?;
        let mut other = Client::open(format!("redis://127.0.0.1:{port}/"))?.get_multiplexed_async_connection().await?;
        let before: u64 = redis::cmd("CLIENT").arg("ID").query_async(&mut manager).await?;
        let written: RedisResult<()> = manager.set("key", "value").await;
        println!("before: written {}", written.is_ok());
        // What a failover does to the old primary.
        redis::cmd("REPLICAOF").arg("127.0.0.1").arg("1").query_async::<()>(&mut other).await?;
        for attempt in 1..=3 {
            let written: RedisResult<()> = manager.set("key", "value").await;
            let now: u64 = redis::cmd("CLIENT").arg("ID").query_async(&mut manager).await?;
            let code = written.err().and_then(|error| error.code().map(str::to_owned)).unwrap_or_default();
            println!("attempt {attempt}: {code}, same connection {}", now == before);
        }
        Ok(())
    })
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > redis.log & server=$!
until grep -q 'Ready to accept connections' redis.log 2> /dev/null; do sleep 0.1; done
seen=$(target/debug/finding "$port")
redis-server --version
echo "$seen"
[ "$seen" = "before: written true
attempt 1: READONLY, same connection true
attempt 2: READONLY, same connection true
attempt 3: READONLY, same connection true" ]
