//! Addresses, logins and TLS of the servers.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use redis::TlsCertificates;
use zeroize::Zeroizing;

/// The time limit for a connection, and for each answer. The caller's own limit for a command is usually shorter, and includes the wait for
/// a new connection.
pub(super) const LONGEST: Duration = Duration::from_secs(5);

/// The address of a store in Redis or Valkey, and the login there.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// The address.
    pub address: RedisAddress,
    /// The login at the servers that store tokens.
    pub login: RedisLogin,
    /// The number of the database; a cluster has only number 0, unless it is Valkey 9.0 or later.
    pub database: u32,
}

/// User and password at a server. The default is the server's default user without a password.
#[derive(Clone, Default)]
pub struct RedisLogin {
    /// The user of the server's access control list; `None` for its default user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Zeroizing<String>>,
}

/// The way to a server that stores tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RedisAddress {
    /// One server, or a proxy in front of one.
    Server {
        /// Its address.
        node: RedisNode,
        /// TLS. `None` is for loopback addresses only, which is not checked: the password is sent in clear text.
        tls: Option<RedisTls>,
    },
    /// A Unix socket.
    Unix(PathBuf),
    /// The primary that Sentinels name. They are asked again after a lost connection, after a command without an answer, and after an answer of
    /// a server that is no longer the primary.
    Sentinel {
        /// The Sentinels, at least one. They are asked in turn until one leads to the primary.
        sentinels: Vec<RedisNode>,
        /// The name under which they monitor the primary.
        service: String,
        /// The login at the Sentinels.
        login: RedisLogin,
        /// TLS to the Sentinels and to the primary. `None` only for loopback addresses: a primary elsewhere is refused.
        tls: Option<RedisTls>,
    },
    /// A cluster. An entry is in one slot, and its node is found through any other.
    #[cfg(feature = "redis-cluster")]
    Cluster {
        /// Some of its nodes.
        nodes: Vec<RedisNode>,
        /// TLS to all nodes. `None` only for loopback addresses: a node elsewhere is refused.
        tls: Option<RedisTls>,
    },
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisNode {
    /// The name or the address of the host; with TLS, one that the certificate contains.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The verification of the servers' certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedisTls {
    /// Certificates in PEM that are trusted instead of the platform's.
    pub roots: Option<Vec<u8>>,
}

impl RedisNode {
    /// Returns whether the host is this machine, by its address or as `localhost`.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl RedisTls {
    pub(super) fn certificates(&self) -> TlsCertificates {
        TlsCertificates { client_tls: None, root_cert: self.roots.clone() }
    }
}

/// Returns whether a name or an address is that of this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The user, never the password.
impl fmt::Debug for RedisLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLogin").field("user", &self.user).finish_non_exhaustive()
    }
}
