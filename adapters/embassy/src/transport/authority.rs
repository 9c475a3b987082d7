//! The value of the `Host` header.

use genesys_token_core::text::Text;

/// A host name of 253 bytes, `:` and a port.
pub(crate) type Authority = Text<259>;

/// `host`, or `host:port` unless the port is 443. Without `core::fmt`, which a device's image would contain for this purpose only.
pub(crate) fn authority(host: &str, port: u16) -> Authority {
    let mut authority = Text::EMPTY;
    // Core's host names fit. If one did not, the authority would be empty, and the exchange would reject it.
    let mut push = |text: &str| authority.push_str("host", text).unwrap_or_default();
    push(host);
    if port != 443 {
        push(":");
        for unit in [10_000, 1000, 100, 10, 1] {
            let digit = usize::from(port.checked_div(unit).unwrap_or(0) % 10);
            if port >= unit {
                push("0123456789".get(digit..=digit).unwrap_or_default());
            }
        }
    }
    authority
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn authority_names_every_port_except_443() {
        for (port, expected) in [
            (443, "api.example"),
            (1, "api.example:1"),
            (10, "api.example:10"),
            (442, "api.example:442"),
            (8043, "api.example:8043"),
            (10_000, "api.example:10000"),
            (65_535, "api.example:65535"),
        ] {
            assert_eq!(authority("api.example", port).as_str(), expected);
        }
    }
}
