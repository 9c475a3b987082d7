//! The other end of a connection.

use std::net::IpAddr;

/// Who connected, as far as the kernel knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A process of this machine, with the credentials that it had when it connected.
    Unix {
        /// Its effective user.
        uid: u32,
        /// Its effective group.
        gid: u32,
    },
    /// A TCP peer.
    Tcp(IpAddr),
}

/// What connections are counted by.
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
