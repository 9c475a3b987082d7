//! The list of hosts that are reached without the proxy: `NO_PROXY`.
//!
//! There is no standard; these are the rules that curl and Go have in common, and the networks that both support.

use std::net::IpAddr;

/// A parsed list.
#[derive(Clone, Debug, Default)]
pub(super) struct NoProxy(Vec<Rule>);

#[derive(Clone, Debug)]
enum Rule {
    All,
    Network { address: IpAddr, prefix: u32, port: Option<u16> },
    Name { name: String, with_itself: bool, port: Option<u16> },
}

impl NoProxy {
    /// Parses a list. Never fails: an entry of no other form is a name, which may match no host.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|letter: char| letter == ',' || letter.is_ascii_whitespace());
        Self(entries.filter(|entry| !entry.is_empty()).map(Rule::parse).collect())
    }

    /// Returns whether an entry matches this host and port.
    pub(super) fn covers(&self, host: &str, port: u16) -> bool {
        let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        self.0.iter().any(|rule| rule.covers(host, address, port))
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::All;
        }
        if let Some((address, prefix)) = entry.split_once('/')
            && let (Ok(address), Ok(prefix)) = (address.parse::<IpAddr>(), prefix.parse::<u32>())
        {
            return Self::Network { address, prefix, port: None };
        }
        let (host, port) = without_port(entry);
        let unbracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = unbracketed.parse::<IpAddr>() {
            return Self::Network { address: address.to_canonical(), prefix: 128, port };
        }
        let name = host.strip_prefix('*').unwrap_or(host);
        let suffix = name.strip_prefix('.');
        Self::Name {
            name: suffix.unwrap_or(name).trim_end_matches('.').to_ascii_lowercase(),
            with_itself: suffix.is_none(),
            port,
        }
    }

    fn covers(&self, host: &str, address: Option<IpAddr>, port: u16) -> bool {
        let port_fits = |rule: &Option<u16>| rule.is_none_or(|rule| rule == port);
        match self {
            Self::All => true,
            Self::Network { address: network, prefix, port } => {
                port_fits(port) && address.is_some_and(|address| in_network(address, *network, *prefix))
            }
            Self::Name { name, with_itself, port } => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                let below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                port_fits(port) && !name.is_empty() && (below || (*with_itself && host == *name))
            }
        }
    }
}

/// Splits off a port. More than one colon outside brackets is an IPv6 address.
fn without_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// A prefix longer than the address means the whole address.
fn in_network(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let different = address.to_bits() ^ network.to_bits();
            different.leading_zeros() >= prefix.min(32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let different = address.to_bits() ^ network.to_bits();
            different.leading_zeros() >= prefix.min(128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::NoProxy;

    #[test]
    fn each_kind_of_entry_matches_its_hosts() {
        // (list, covered, not covered)
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("", &[], &["login.mypurecloud.de"]),
            ("*", &["login.mypurecloud.de", "::1"], &[]),
            ("mypurecloud.de", &["mypurecloud.de", "login.MyPureCloud.de"], &["notmypurecloud.de", "de"]),
            (".mypurecloud.de", &["login.mypurecloud.de"], &["mypurecloud.de"]),
            ("*.mypurecloud.de", &["a.b.mypurecloud.de"], &["mypurecloud.de"]),
            ("a.test, b.test\tc.test", &["a.test", "b.test", "c.test"], &["d.test"]),
            ("10.0.0.0/8", &["10.1.2.3", "::ffff:10.1.2.3"], &["11.0.0.1", "10.example"]),
            ("0.0.0.0/0", &["192.0.2.1"], &["2001:db8::1"]),
            ("fd00::/8", &["fd12::1"], &["fe80::1"]),
            ("192.0.2.1,[2001:db8::1]", &["192.0.2.1", "2001:db8::1"], &["192.0.2.2"]),
            ("2001:db8::1", &["2001:db8::1"], &["2001:db8::2"]),
            ("a.test:443 b.test:8443 [::1]:443", &["a.test", "::1"], &["b.test"]),
            (".", &[], &["a.test"]),
        ];
        for (list, covered, not_covered) in cases {
            let list = NoProxy::parse(list);
            for host in *covered {
                assert!(list.covers(host, 443), "{list:?} {host}");
            }
            for host in *not_covered {
                assert!(!list.covers(host, 443), "{list:?} {host}");
            }
        }
    }
}
