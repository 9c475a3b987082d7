//! Whom the token is for.

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::client::TokenClient;

const HTTPS_PORT: u16 = 443;

/// A host over `https`.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    host: Box<str>,
    port: u16,
}

impl Origin {
    pub(super) fn of_api(client: &TokenClient) -> Self {
        let (host, port) = client.shared().api.host_and_port();
        Self { host: host.into(), port }
    }

    pub(super) fn of_authority(authority: &Authority) -> Self {
        Self { host: authority.host().into(), port: authority.port_u16().unwrap_or(HTTPS_PORT) }
    }

    /// Whether this URI leads there. What is said of a user in front of the host does not count.
    pub(super) fn is_of(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&Scheme::HTTPS)
            && uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host))
            && port(uri) == Some(self.port)
    }
}

/// `None` for what stands in the place of a port and is none.
fn port(uri: &Uri) -> Option<u16> {
    let names_none = uri.authority()?.as_str().ends_with(uri.host()?);
    uri.port_u16().or(names_none.then_some(HTTPS_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(origin: &str, uri: &str) -> bool {
        Origin::of_authority(&origin.parse().expect("an authority")).is_of(&uri.parse().expect("a URI"))
    }

    #[test]
    fn the_token_goes_to_the_very_host_and_port_over_https() {
        for uri in
            ["https://api.test/a?b", "https://API.test", "https://api.test:443/", "https://user@api.test/"]
        {
            assert!(leads("api.test", uri), "{uri}");
        }
        assert!(leads("API.test:8443", "https://api.test:8443/") && leads("[::1]:1", "https://[::1]:1/"));
        for uri in [
            "http://api.test/",
            "http://api.test:443/",
            "https://api.test:8443/",
            "https://api.test.evil.test/",
            "https://evil.test/api.test",
            "https://api.test@evil.test/",
            "https://login.test/",
            "https://api.test./",
            "https://api.test:99999/",
            "https://api.test:/",
            "wss://api.test/",
            "/api/v2/tokens/me",
            "api.test:443",
            "*",
        ] {
            assert!(!leads("api.test", uri), "{uri}");
        }
    }
}
