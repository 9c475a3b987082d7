//! Tunnels through a proxy: CONNECT, RFC 9110 section 9.3.6.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::error::{ProxyError, TransportErrorKind};
use super::request::USER_AGENT_TEXT;

/// The longest head of a response to CONNECT, with the interim responses before it, in bytes: as for any other response.
const HEAD_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 100;

/// Asks the proxy at the other end of `stream` for a tunnel to `authority` (`host:port`).
///
/// On success the next byte of `stream` is the first byte of the tunnel.
pub(super) async fn open(
    stream: &mut TcpStream,
    authority: &str,
    authorization: Option<&str>,
) -> Result<(), TransportErrorKind> {
    // A user agent should be named (RFC 9110 section 10.1.5); some proxies refuse requests without one.
    let request =
        format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {USER_AGENT_TEXT}\r\n");
    let mut request = Zeroizing::new(request);
    if let Some(value) = authorization {
        // Reserved at once: a string that grows leaves unwiped copies behind.
        request.reserve(value.len() + 32);
        for part in ["Proxy-Authorization: ", value, "\r\n"] {
            request.push_str(part);
        }
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(TransportErrorKind::ConnectionLost)?;

    let mut received = Vec::with_capacity(512);
    loop {
        match stream.read_buf(&mut received).await {
            Ok(0) => return Err(TransportErrorKind::Proxy(ProxyError::Closed)),
            Ok(_) => {}
            Err(error) => return Err(TransportErrorKind::ConnectionLost(error)),
        }
        if let Some(outcome) = parse(&received, authorization.is_some()) {
            return outcome.map_err(TransportErrorKind::Proxy);
        }
    }
}

/// Parses the final response to CONNECT. `None` while it is incomplete.
fn parse(received: &[u8], has_credentials: bool) -> Option<Result<(), ProxyError>> {
    let mut rest = received;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let mut config = httparse::ParserConfig::default();
        // RFC 9112 section 5.2: a user agent replaces the fold by a space.
        config.allow_obsolete_multiline_headers_in_responses(true);
        // Section 5.1 binds servers and proxies. No header decides where this response ends, so none can be misread to effect.
        config.allow_spaces_after_header_name_in_responses(true);
        let end = match config.parse_response(&mut response, rest) {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) if received.len() < HEAD_MAX => return None,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Some(Err(ProxyError::HeadTooLarge));
            }
            Err(_) => return Some(Err(ProxyError::Malformed)),
        };
        let after = rest.get(end..).unwrap_or_default();
        match response.code {
            // Any number of interim responses may come before the final one (RFC 9110 section 15.2). 101 is final: nothing asked for it.
            Some(100 | 102..=199) => rest = after,
            // The host sends nothing before the client's first byte: bytes after the head are not the host's.
            Some(200..=299) if !after.is_empty() => return Some(Err(ProxyError::Malformed)),
            Some(200..=299) => return Some(Ok(())),
            // 407 is RFC 9110 section 15.5.8; tinyproxy answers a wrong password with 401.
            Some(status @ (401 | 407)) => {
                return Some(Err(authentication_error(status, response.headers, has_credentials)));
            }
            Some(status) => return Some(Err(ProxyError::Status(status))),
            None => return Some(Err(ProxyError::Malformed)),
        }
    }
}

/// Returns why the proxy refused the credentials, or the lack of them.
fn authentication_error(status: u16, headers: &[httparse::Header<'_>], has_credentials: bool) -> ProxyError {
    let is_challenge = |name: &str| {
        name.eq_ignore_ascii_case("proxy-authenticate") || name.eq_ignore_ascii_case("www-authenticate")
    };
    let challenges = headers.iter().filter(|header| is_challenge(header.name));
    let schemes = || challenges.clone().flat_map(|header| schemes(header.value));
    if schemes().next().is_none() || schemes().any(|scheme| scheme.eq_ignore_ascii_case(b"basic")) {
        return if has_credentials {
            ProxyError::CredentialsRejected(status)
        } else {
            ProxyError::CredentialsRequired(status)
        };
    }
    let known = ["Negotiate", "NTLM", "Kerberos", "Digest", "Bearer"];
    let offered =
        known.into_iter().find(|known| schemes().any(|scheme| scheme.eq_ignore_ascii_case(known.as_bytes())));
    ProxyError::AuthenticationUnsupported(offered.unwrap_or("one that is unknown here"))
}

/// Returns the schemes of a list of challenges, RFC 9110 section 11.6.1: a scheme begins an element of the list, a parameter has `=`.
/// White space may be a fold, which the parser leaves in the value.
fn schemes(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut in_quotes, mut is_escaped) = (false, false);
    let is_comma_of_list = move |byte: &u8| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match byte {
            // Section 5.6.4: in a quoted string a backslash takes its meaning from the next character.
            b'\\' => is_escaped = in_quotes && !was_escaped,
            b'"' if !was_escaped => in_quotes = !in_quotes,
            _ => {}
        }
        *byte == b',' && !in_quotes
    };
    value.split(is_comma_of_list).filter_map(|element| {
        let word = element.trim_ascii().split(u8::is_ascii_whitespace).next()?;
        (!word.is_empty() && !word.contains(&b'=')).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_to_connect_is_parsed() {
        let parse = |bytes: &[u8]| parse(bytes, false);
        assert_eq!(parse(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(Ok(())));
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\nVia: x\r\n\r\n"), Some(Ok(())));
        assert_eq!(parse(b"HTTP/1.1 20"), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nsmuggled"), Some(Err(ProxyError::Malformed)));
        assert_eq!(parse(b"\x15\x03\x01\x00\x02"), Some(Err(ProxyError::Malformed)));
        let mut endless = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        endless.resize(HEAD_MAX, b'x');
        assert_eq!(parse(&endless), Some(Err(ProxyError::HeadTooLarge)));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(HEADERS_MAX + 1));
        assert_eq!(parse(many.as_bytes()), Some(Err(ProxyError::HeadTooLarge)));
    }

    /// RFC 9112 section 5.1 forbids the space, and says what servers and proxies do about it, not what clients do. No header of this
    /// response decides where it ends, so nothing depends on how it is read; curl opens the tunnel.
    #[test]
    fn a_space_before_a_colon_does_not_matter() {
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\nProxy-agent : x\r\n\r\n", false), Some(Ok(())));
    }

    #[test]
    fn interim_responses_and_folded_headers_are_skipped() {
        let early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n";
        for end in 1..early.len() {
            assert_eq!(parse(&early[..end], false), None, "{end}");
        }
        assert_eq!(parse(early, false), Some(Ok(())));
        assert_eq!(parse(b"HTTP/1.1 101 No\r\n\r\n", false), Some(Err(ProxyError::Status(101))));
    }

    #[test]
    fn authentication_errors_say_what_the_proxy_offers() {
        let error = |challenge: &str, has_credentials| {
            parse(format!("HTTP/1.1 407 No\r\n{challenge}\r\n").as_bytes(), has_credentials)
                .unwrap()
                .unwrap_err()
        };
        let basic = "Proxy-Authenticate: Basic realm=\"a, b\"\r\n";
        assert_eq!(error(basic, false), ProxyError::CredentialsRequired(407));
        assert_eq!(error(basic, true), ProxyError::CredentialsRejected(407));
        assert_eq!(error("", false), ProxyError::CredentialsRequired(407));
        for (challenge, scheme) in [
            ("Proxy-Authenticate: Negotiate\r\n", "Negotiate"),
            ("proxy-authenticate: NTLM\r\nProxy-Authenticate: negotiate\r\n", "Negotiate"),
            ("Proxy-Authenticate: Digest realm=\"basic\", nonce=\"x\"\r\n", "Digest"),
        ] {
            for has_credentials in [false, true] {
                let expected = ProxyError::AuthenticationUnsupported(scheme);
                assert_eq!(error(challenge, has_credentials), expected, "{challenge}");
            }
        }
        // A scheme within a quoted string is none (RFC 9110 section 5.6.4).
        let quoted = r#"Proxy-Authenticate: Digest realm="\", basic , y", nonce="a""#;
        assert_eq!(error(&format!("{quoted}\r\n"), false), ProxyError::AuthenticationUnsupported("Digest"));
        // RFC 9112 section 5.2: the fold stands for a space, which ends the scheme.
        let folded = "Proxy-Authenticate: Basic\r\n\trealm=\"x\"\r\n";
        assert_eq!(error(folded, false), ProxyError::CredentialsRequired(407));
        let both = "Proxy-Authenticate: Negotiate, Basic realm=\"x\"\r\n";
        assert_eq!(error(both, true), ProxyError::CredentialsRejected(407));
    }
}
