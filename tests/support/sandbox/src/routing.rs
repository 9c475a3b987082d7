//! The host that a connection or a request is for.

use crate::behaviour::Host;

/// What a listener serves.
#[derive(Clone, Copy)]
pub(crate) enum Listener {
    /// One host.
    Only(Host),
    /// Both hosts on one port.
    Both,
}

impl Listener {
    /// Returns the host of a request: by SNI if the client sent `login.…` or `api.…`, otherwise by the path.
    pub(crate) fn host(self, server_name: Option<&str>, path: &str) -> Host {
        match self {
            Self::Only(host) => host,
            Self::Both => match server_name.and_then(|name| name.split_once('.')) {
                Some((label, _)) if label.eq_ignore_ascii_case("login") => Host::Login,
                Some((label, _)) if label.eq_ignore_ascii_case("api") => Host::Api,
                _ if path.starts_with("/oauth/") => Host::Login,
                _ => Host::Api,
            },
        }
    }

    /// Returns the hosts whose connection faults apply to a new connection, in this order.
    pub(crate) fn hosts(self) -> &'static [Host] {
        match self {
            Self::Only(Host::Login) => &[Host::Login],
            Self::Only(Host::Api) => &[Host::Api],
            Self::Both => &[Host::Login, Host::Api],
        }
    }

    /// Returns the host whose certificate is presented, and which the record names for a connection.
    pub(crate) fn first(self) -> Host {
        self.hosts()[0]
    }
}
