//! The other end of a connection.

use std::net::IpAddr;

/// The identity of a peer, as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A process of this machine, with its credentials at the time of the connection.
    Unix {
        /// Its effective user.
        uid: u32,
        /// Its effective group.
        gid: u32,
    },
    /// A TCP peer.
    Tcp(IpAddr),
}

/// The key by which connections are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PeerKey {
    User(u32),
    Address(IpAddr),
}

impl Peer {
    pub(crate) const fn key(&self) -> PeerKey {
        match *self {
            Self::Unix { uid, .. } => PeerKey::User(uid),
            Self::Tcp(address) => PeerKey::Address(address),
        }
    }
}
