//! The store in Redis or Valkey.

#[cfg(feature = "redis-cluster")]
mod cluster;
mod error;
mod link;
mod route;
mod scripts;
mod settings;
mod token;

use std::fmt;

use genesys_token_core::time::Duration;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};
use zeroize::Zeroizing;

use self::error::store_error;
use self::link::Link;
use self::route::{Connection, Route};
use self::scripts::{Script, Scripts};
pub use self::settings::{RedisAddress, RedisLogin, RedisNode, RedisSettings, RedisTls};
use crate::store::{Store, StoreError, StoreFuture};
use crate::values::{
    Claim, Claimed, EngineTime, EntryName, Found, Generation, Lease, Owner, Publication, Published,
};

/// A store in Redis 7.0 or later, or Valkey.
///
/// An entry is one hash, changed by scripts, so that every command is atomic; only a primary executes them. The clock is the server's.
/// A claim reads the token first, and runs its script, which relies on nothing read before, only if that token does not answer the claim.
/// A connection that is lost, or on which a command was not answered, is replaced, with waits that double and are jittered; with Sentinels,
/// the primary is looked up again each time. Commands are repeated by the caller alone, except in a cluster, where the client library repeats
/// one after a redirection or a lost connection.
///
/// Replication is asynchronous: what a primary had not yet replicated when it failed is lost. That may be a token or a lease, and costs
/// at most one exchange each. Numbers still rise, because a claim contains the number that its member has seen, and because of the
/// clock: the clocks of a primary and its successor must agree within the refresh margin.
pub struct RedisStore {
    link: Link,
    scripts: Scripts,
}

impl RedisStore {
    /// Returns a store that connects with its first command. Commands must be sent within a tokio runtime.
    ///
    /// # Errors
    /// The address or the certificates cannot be used.
    pub fn new(settings: &RedisSettings) -> Result<Self, StoreError> {
        Ok(Self { link: Link::new(Route::new(settings)?), scripts: Scripts::new() })
    }

    /// Reads the token of an entry, in a tenth of the server's time that a script takes. Returns `None` if it does not answer the claim, and in
    /// a cluster.
    async fn look_up(
        &self,
        entry: &EntryName,
        claim: &Claim,
    ) -> Result<Option<Found<Zeroizing<String>>>, StoreError> {
        let mut link = self.link.connection().await?;
        let result = match &mut link.connection {
            Connection::Server(connection) => token::query(connection, &key(entry)).await,
            // The library routes each command of a pipeline by its key, and `TIME` has none.
            #[cfg(feature = "redis-cluster")]
            Connection::Cluster(_) => Ok(None),
        };
        match &result {
            Err(error) if !is_answer(error) => {}
            _ => link.answered(),
        }
        let answer = result.map_err(|error| store_error(&error))?;
        Ok(answer.and_then(|(token, now)| token.answer(claim, now)))
    }

    /// Runs a script on an entry. `arguments` adds what follows the key.
    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        entry: &EntryName,
        arguments: impl Fn(&mut Cmd) + Send,
    ) -> Result<T, StoreError> {
        let mut link = self.link.connection().await?;
        let command = |name, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(key(entry));
            arguments(&mut command);
            command
        };
        let mut result = link.connection.query(&command("EVALSHA", &script.hash)).await;
        // A restart or a failover lost the script. `EVAL` loads it on the server that has the entry.
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)) {
            result = link.connection.query(&command("EVAL", script.text)).await;
        }
        match &result {
            Err(error) if !is_answer(error) => {}
            _ => link.answered(),
        }
        result.map_err(|error| store_error(&error))
    }
}

/// Returns whether an error is a server's answer that another connection would not change.
fn is_answer(error: &RedisError) -> bool {
    let other_server = [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown];
    matches!(error.kind(), ErrorKind::Server(kind) if !other_server.contains(&kind))
        || error.kind() == ErrorKind::UnexpectedReturnType
}

impl Store for RedisStore {
    fn claim<'a>(
        &'a self,
        entry: &'a EntryName,
        claim: Claim,
    ) -> StoreFuture<'a, Claimed<Zeroizing<String>>> {
        Box::pin(async move {
            if let Some(found) = self.look_up(entry, &claim).await? {
                return Ok(Claimed::Token(found));
            }
            let arguments = |command: &mut Cmd| {
                command
                    .arg(claim.owner.to_string())
                    .arg(claim.newer_than.number())
                    .arg(claim.margin.as_millis())
                    .arg(claim.lease.as_millis());
            };
            let answer: Vec<Value> = self.run(&self.scripts.claim, entry, arguments).await?;
            claimed(&answer).ok_or_else(unexpected)
        })
    }

    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published> {
        Box::pin(async move {
            let arguments = |command: &mut Cmd| {
                command
                    .arg(publication.owner.to_string())
                    .arg(publication.generation.number())
                    .arg(publication.lifetime.as_millis())
                    .arg(publication.ends_at.as_millis())
                    .arg(publication.text.as_str());
            };
            let stored: i64 = self.run(&self.scripts.publish, entry, arguments).await?;
            Ok(if stored == 1 { Published::Stored } else { Published::Superseded })
        })
    }

    fn release<'a>(&'a self, entry: &'a EntryName, owner: Owner, hold: Duration) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let arguments = |command: &mut Cmd| {
                command.arg(owner.to_string()).arg(hold.as_millis());
            };
            self.run(&self.scripts.release, entry, arguments).await
        })
    }

    fn reconnects(&self) -> u64 {
        self.link.reconnects()
    }
}

/// Returns the key of an entry. The braces would keep further keys of the entry in the same slot of a cluster.
fn key(entry: &EntryName) -> String {
    format!("genesys-token:{{{}}}", entry.as_str())
}

/// Reads the answer to a claim. What a server sends is checked as any other input.
fn claimed(answer: &[Value]) -> Option<Claimed<Zeroizing<String>>> {
    let number = |index: usize| match answer.get(index)? {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::BulkString(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    };
    let span = |index| number(index).map(Duration::from_millis);
    match number(0)? {
        1 => {
            let Value::BulkString(text) = answer.get(4)? else { return None };
            Some(Claimed::Token(Found {
                text: Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned()),
                generation: Generation::new(number(1)?),
                lifetime: span(2)?,
                remaining: span(3)?,
            }))
        }
        2 => Some(Claimed::Granted(Lease {
            generation: Generation::new(number(1)?),
            granted_at: EngineTime::from_millis(number(2)?),
            remaining: span(3)?,
        })),
        3 => Some(Claimed::Busy { remaining: span(1)? }),
        _ => None,
    }
}

fn unexpected() -> StoreError {
    StoreError::new("the Redis server gave an unexpected answer: check its version (7.0 or later)")
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
