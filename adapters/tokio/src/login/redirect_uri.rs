//! Redirect URIs of the loopback interface, RFC 8252 section 7.3.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;
use http::uri::Scheme;

/// A redirect URI that a program on the user's machine can listen on.
#[derive(Debug)]
pub(super) struct LoopbackUri {
    /// As in the URI, with an IPv6 address in brackets.
    host: String,
    port: u16,
    pub(super) path: String,
}

impl LoopbackUri {
    /// Parses `http://HOST[:PORT]/PATH`. Without a port it is 80, as a browser would take it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let host = authority.host().to_ascii_lowercase();
        let is_legal = uri.scheme() == Some(&Scheme::HTTP)
            && matches!(&*host, "localhost" | "127.0.0.1" | "[::1]")
            && !authority.as_str().contains('@')
            && uri.query().is_none()
            && !text.contains('#');
        let names_port = authority.as_str().len() > host.len();
        let port = if names_port { authority.port_u16()? } else { 80 };
        is_legal.then(|| Self { host, port, path: uri.path().to_owned() })
    }

    /// Returns the addresses to listen on. For `localhost` browsers try both.
    pub(super) fn addresses(&self) -> &'static [IpAddr] {
        const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
        match &*self.host {
            "localhost" => &[V4, V6],
            "[::1]" => &[V6],
            _ => &[V4],
        }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Sets the port that the operating system has chosen in place of 0.
    pub(super) fn set_port(&mut self, address: SocketAddr) {
        self.port = address.port();
    }

    /// Returns host and port, as the `Host` header has them (RFC 9110 section 7.2).
    pub(super) fn authority(&self) -> String {
        if self.port == 80 { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_uris_are_understood() {
        for (text, authority, path, count) in [
            ("http://localhost:8085/callback", "localhost:8085", "/callback", 2),
            ("HTTP://LOCALHOST:8085", "localhost:8085", "/", 2),
            ("http://127.0.0.1:0/a/b", "127.0.0.1:0", "/a/b", 1),
            ("http://[::1]:1/", "[::1]:1", "/", 1),
            ("http://localhost/x", "localhost", "/x", 2),
        ] {
            let uri = LoopbackUri::parse(text).expect(text);
            assert_eq!(
                (&*uri.authority(), &*uri.path, uri.addresses().len()),
                (authority, path, count),
                "{text}"
            );
        }
    }

    #[test]
    fn uris_of_other_hosts_are_refused() {
        for text in [
            "https://localhost:8085/",
            "http://app.example:8085/",
            "http://127.0.0.2:8085/",
            "http://0.0.0.0:8085/",
            "http://user@localhost:8085/",
            "http://localhost:8085/?a=b",
            "http://localhost:8085/#a",
            "http://localhost:/",
            "http://localhost:70000/",
            "localhost:8085",
            "",
        ] {
            assert!(LoopbackUri::parse(text).is_none(), "{text}");
        }
    }
}
