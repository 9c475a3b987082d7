//! The rules for URLs of hosts, written a second time.

/// Host, port and path, or the name of the error.
pub fn parse(text: &str) -> Result<(String, u16, Option<String>), &'static str> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("http://") {
        return Err("ClearText");
    }
    let text = if lower.starts_with("https://") { &text["https://".len()..] } else { text };
    // A path, a query or a fragment follows.
    let end = text.chars().take_while(|character| !"/?#".contains(*character)).map(char::len_utf8).sum();
    let (authority, path) = text.split_at(end);
    // Another scheme, or one with a slash too few.
    let scheme = authority.strip_suffix(':');
    if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || path.starts_with("//")) {
        return Err("InvalidHost");
    }
    // A user.
    if authority.contains('@') {
        return Err("InvalidHost");
    }
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, "")) => (host, None),
        // After the bracket only a port may follow.
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or("InvalidPort")?)),
        // One colon separates the port; more are an address of IPv6.
        None if authority.matches(':').count() == 1 => {
            let (host, port) = authority.split_once(':').unwrap_or_default();
            (host, Some(port))
        }
        None => (authority, None),
    };
    let path = (path.len() > 1).then(|| path.to_owned());
    Ok((host.to_owned(), port.map_or(Ok(443), number)?, path))
}

fn number(text: &str) -> Result<u16, &'static str> {
    let mut number = 0_u32;
    for digit in text.chars() {
        // Leading zeros may be many: the number stays small.
        number = (number * 10 + digit.to_digit(10).ok_or("InvalidPort")?).min(100_000);
    }
    if text.is_empty() { Err("InvalidPort") } else { u16::try_from(number).map_err(|_| "InvalidPort") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_accept_and_refuse() {
        let url = |host: &str, port, path: Option<&str>| Ok((host.to_owned(), port, path.map(str::to_owned)));
        assert_eq!(parse(" HTTPS://[::1]:8443/a "), url("::1", 8443, Some("/a")));
        assert_eq!(parse("::1"), url("::1", 443, None));
        assert_eq!(parse("a:0443/"), url("a", 443, None));
        for wrong in ["a:", "a:+1", "[::1]1", "a:65536"] {
            assert_eq!(parse(wrong), Err("InvalidPort"), "{wrong}");
        }
        assert_eq!(parse("HTTP://a"), Err("ClearText"));
        for wrong in ["wss://a", "https:/a", "HTTPS:", "user@a", "https://user:secret@a/b"] {
            assert_eq!(parse(wrong), Err("InvalidHost"), "{wrong}");
        }
        assert_eq!(parse("a:1?b=c"), url("a", 1, Some("?b=c")));
    }
}
