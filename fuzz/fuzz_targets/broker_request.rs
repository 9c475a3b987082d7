//! What a consumer sends to the broker: whatever it is, the answer is a sequence of whole responses, and no token is among them.
#![no_main]

use std::sync::LazyLock;

use genesys_token_broker::fuzzing::Broker;
use libfuzzer_sys::{Corpus, fuzz_target};

static BROKER: LazyLock<Broker> = LazyLock::new(|| Broker::new().expect("a fixed configuration"));

/// The longest input: beyond hyper's limit of a head, with a body.
const INPUT_MAX: usize = 64 * 1024;

const STATUSES: [u16; 16] = [200, 400, 401, 403, 404, 405, 408, 413, 414, 429, 431, 500, 501, 502, 503, 504];

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((kind, bytes)) = input.split_first() else { return Corpus::Reject };
    if bytes.len() > INPUT_MAX {
        return Corpus::Reject;
    }
    let is_known = *kind == b'u';
    let answer = BROKER.answer(bytes, is_known);
    assert!(!contains(&answer, b"access_token"), "{}", String::from_utf8_lossy(&answer));
    let is_head = contains(bytes, b"HEAD ");
    let expects_continue = contains(&bytes.to_ascii_lowercase(), b"100-continue");
    let mut rest = answer.as_slice();
    while !rest.is_empty() {
        let (status, length) = response(&mut rest);
        // The only interim response (RFC 9110 section 15.2.1): it has no body, and the response follows.
        let is_continue = status == 100 && length == 0 && expects_continue;
        assert!(is_continue || STATUSES.contains(&status), "status {status}");
        // A length without a body: only a request with HEAD is answered so.
        let Some(after) = rest.get(length..) else {
            assert!(is_head, "{length} bytes announced, {} there", rest.len());
            return Corpus::Keep;
        };
        if is_head {
            return Corpus::Keep;
        }
        rest = after;
    }
    let health = BROKER.answer(b"GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n", false);
    assert!(health.starts_with(b"HTTP/1.1 200 OK\r\n"));
    Corpus::Keep
});

/// Takes a head, and returns its status and the length of its body.
fn response(rest: &mut &[u8]) -> (u16, usize) {
    let end = rest.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head") + 4;
    let head = std::str::from_utf8(&rest[..end]).expect("text");
    let mut lines = head.lines();
    let first = lines.next().expect("a status line");
    let version = ["HTTP/1.1 ", "HTTP/1.0 "].into_iter().find_map(|version| first.strip_prefix(version));
    let status = version.and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    let length = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().expect("a length"));
    *rest = &rest[end..];
    (status.unwrap_or_else(|| panic!("{first}")), length)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
