//! The store in Redis or Valkey.

mod error;
mod scripts;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration as StdDuration;

use genesys_token_core::time::Duration;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo, TlsCertificates, Value};
use zeroize::Zeroizing;

use self::error::store_error;
use self::scripts::Scripts;
use crate::store::{Store, StoreError, StoreFuture};
use crate::values::{
    Claim, Claimed, EngineTime, EntryName, Found, Generation, Lease, Owner, Publication, Published,
};

/// The time for a connection, and for each answer. The caller's own limit for a command is usually shorter, and includes the wait for
/// a new connection.
const LONGEST: StdDuration = StdDuration::from_secs(5);
/// Waits between attempts to connect again: they double, and are jittered.
const FIRST_WAIT: StdDuration = StdDuration::from_millis(100);
const LONGEST_WAIT: StdDuration = StdDuration::from_secs(2);

/// Where a server listens, and how to log in.
#[derive(Clone)]
pub struct RedisSettings {
    /// The address.
    pub address: RedisAddress,
    /// The user of the server's access control list; `None` for its default user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Zeroizing<String>>,
    /// The number of the database.
    pub database: u32,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisAddress {
    /// TLS, verified against these PEM certificates, or the platform's trust anchors.
    Tls {
        /// The name, which the certificate has to contain.
        host: String,
        /// The port.
        port: u16,
        /// Certificates in PEM that are trusted instead of the platform's.
        roots: Option<Vec<u8>>,
    },
    /// TCP without TLS: for loopback addresses.
    ClearText {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

/// A store in Redis 7.0 or later, or Valkey.
///
/// An entry is one hash, changed by scripts, so that every command is one step. The clock is the server's. A connection that is lost is
/// made again with waits that double and are jittered; no command is sent twice by the client library. Commands go to one server
/// at a time: with replication, what a primary had not yet replicated when it failed is lost, which costs an exchange at most.
pub struct RedisStore {
    connection: ConnectionManager,
    scripts: Scripts,
}

impl RedisStore {
    /// Returns a store that connects with its first command. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The address or the certificates cannot be used.
    pub fn new(settings: &RedisSettings) -> Result<Self, StoreError> {
        let roots = match &settings.address {
            RedisAddress::Tls { roots, .. } => roots.clone(),
            _ => None,
        };
        let address = match &settings.address {
            RedisAddress::Tls { host, port, .. } => {
                ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure: false, tls_params: None }
            }
            RedisAddress::ClearText { host, port } => ConnectionAddr::Tcp(host.clone(), *port),
            RedisAddress::Unix(path) => ConnectionAddr::Unix(path.clone()),
        };
        let mut login = RedisConnectionInfo::default().set_db(settings.database.into());
        if let Some(user) = &settings.user {
            login = login.set_username(user);
        }
        if let Some(password) = &settings.password {
            login = login.set_password(password.as_str());
        }
        let invalid = |error: redis::RedisError| store_error(&error);
        let info = address.into_connection_info().map_err(invalid)?.set_redis_settings(login);
        let client = match settings.address {
            RedisAddress::Tls { .. } => {
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: roots })
            }
            _ => Client::open(info),
        };
        let config = ConnectionManagerConfig::new()
            .set_min_delay(FIRST_WAIT)
            .set_max_delay(LONGEST_WAIT)
            .set_connection_timeout(Some(LONGEST))
            .set_response_timeout(Some(LONGEST));
        let connection = ConnectionManager::new_lazy_with_config(client.map_err(invalid)?, config);
        Ok(Self { connection: connection.map_err(invalid)?, scripts: Scripts::new() })
    }
}

impl Store for RedisStore {
    fn claim<'a>(
        &'a self,
        entry: &'a EntryName,
        claim: Claim,
    ) -> StoreFuture<'a, Claimed<Zeroizing<String>>> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut script = self.scripts.claim.key(key(entry));
            script
                .arg(claim.owner.to_string())
                .arg(claim.newer_than.number())
                .arg(claim.margin.as_millis())
                .arg(claim.lease.as_millis());
            let answer: Vec<Value> =
                script.invoke_async(&mut connection).await.map_err(|error| store_error(&error))?;
            claimed(&answer).ok_or_else(unexpected)
        })
    }

    fn publish<'a>(
        &'a self,
        entry: &'a EntryName,
        publication: Publication<Zeroizing<String>>,
    ) -> StoreFuture<'a, Published> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut script = self.scripts.publish.key(key(entry));
            script
                .arg(publication.owner.to_string())
                .arg(publication.generation.number())
                .arg(publication.lifetime.as_millis())
                .arg(publication.ends_at.as_millis())
                .arg(publication.text.as_str());
            let stored: i64 =
                script.invoke_async(&mut connection).await.map_err(|error| store_error(&error))?;
            Ok(if stored == 1 { Published::Stored } else { Published::Superseded })
        })
    }

    fn release<'a>(&'a self, entry: &'a EntryName, owner: Owner, hold: Duration) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut script = self.scripts.release.key(key(entry));
            script.arg(owner.to_string()).arg(hold.as_millis());
            script.invoke_async(&mut connection).await.map_err(|error| store_error(&error))
        })
    }
}

/// All that belongs to an entry is below one key: the braces keep further ones in the same slot of a cluster.
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

/// The address, never the password.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
