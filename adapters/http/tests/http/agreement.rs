//! Both readers agree, except for the differences in `differences.txt` of http-reference. Exceptions are asserted, not skipped.

use core::fmt;
use std::collections::{HashMap, HashSet};

use genesys_token_http::Method;
use proptest::prelude::*;

use crate::case::{Case, Expected, cases, exchange, unescape};
use http_reference::Stream;
use http_reference::differences::{differences, without_size};
use http_reference::hyper;

const fn name(method: Method) -> &'static str {
    match method {
        Method::Head => "HEAD",
        _ => "GET",
    }
}

#[test]
fn hyper_agrees_except_for_listed_differences() {
    let differences = differences();
    let mut shown: HashMap<String, HashSet<&str>> = HashMap::new();
    for Case { expected, name: case, bytes } in &cases() {
        let method = if case.ends_with("@HEAD") { "HEAD" } else { "GET" };
        match (expected, hyper::read(bytes, method)) {
            (Expected::Accepted { status, body, .. }, theirs) => {
                let theirs = theirs.unwrap_or_else(|error| panic!("{case}: hyper says {error:?}"));
                assert_eq!((theirs.status, &theirs.body), (*status, body), "{case}");
            }
            (Expected::Refused(error), Ok(_)) => {
                shown.entry(without_size(error)).or_default().insert(case);
            }
            (Expected::Refused(_), Err(_)) => {}
        }
    }
    assert_eq!(
        shown, differences,
        "left: cases that hyper accepts; right: those that the list of differences has"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn responses_made_of_pieces(bytes in response(), to_head in prop::bool::weighted(0.1)) {
        agree(&bytes.0, if to_head { Method::Head } else { Method::Get })?;
    }

    #[test]
    fn cases_of_the_table_with_a_piece_exchanged(
        case in prop::sample::select(cases().into_iter().map(|case| Text(case.bytes)).collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
        remove in 0_usize..3,
        piece in prop::sample::select(PIECES),
    ) {
        let case = case.0;
        let at = at.index(case.len() + 1);
        let rest = case.get(at + remove..).unwrap_or_default();
        let bytes = [&case[..at], &unescape(piece), rest].concat();
        agree(&bytes, Method::Get)?;
    }
}

fn agree(bytes: &[u8], method: Method) -> Result<(), TestCaseError> {
    let (ours, _) = exchange(Stream::new(bytes), method);
    match (ours.result, hyper::read(bytes, name(method))) {
        (Ok((status, body)), Ok(theirs)) => prop_assert_eq!((status, body), (theirs.status, theirs.body)),
        (Ok(ours), Err(theirs)) => prop_assert!(false, "hyper says {:?} to {:?}", theirs, ours),
        (Err(ours), Ok(theirs)) => {
            prop_assert!(
                differences().contains_key(&without_size(&ours)),
                "hyper accepts: {:?}, {}",
                theirs,
                ours
            );
        }
        (Err(_), Err(_)) => {}
    }
    Ok(())
}

/// Bytes with a readable `Debug`.
#[derive(Clone)]
struct Text(Vec<u8>);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Returns a response made of pieces most of which are valid.
fn response() -> impl Strategy<Value = Text> {
    let beginning = prop::sample::select(BEGINNINGS);
    let fields = prop::collection::vec(prop::sample::select(FIELDS), 0..4);
    let body = prop::collection::vec(prop::sample::select(PIECES), 0..8);
    (beginning, fields, body).prop_map(|(beginning, fields, body)| {
        let parts = [beginning].into_iter().chain(fields).chain(["\\r\\n"]).chain(body);
        Text(parts.flat_map(unescape).collect())
    })
}

const BEGINNINGS: &[&str] = &[
    "HTTP/1.1 200 OK\\r\\n",
    "HTTP/1.1 200 OK\\r\\n",
    "HTTP/1.1 200\\r\\n",
    "HTTP/1.0 200 OK\\r\\n",
    "HTTP/1.1 204 No Content\\r\\n",
    "HTTP/1.1 304 Not Modified\\r\\n",
    "HTTP/1.1 400 Bad Request\\r\\n",
    "HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n",
    "HTTP/1.1 101 Switching Protocols\\r\\n",
];

const FIELDS: &[&str] = &[
    "Content-Length: 5\\r\\n",
    "Content-Length: 0\\r\\n",
    "Content-Length: 6\\r\\n",
    "Content-Length: +5\\r\\n",
    "Content-Length: 5, 5\\r\\n",
    "Transfer-Encoding: chunked\\r\\n",
    "Transfer-Encoding: chunked\\r\\n",
    "Transfer-Encoding: Chunked\\r\\n",
    "Transfer-Encoding: gzip\\r\\n",
    "Transfer-Encoding: gzip, chunked\\r\\n",
    "Connection: close\\r\\n",
    "Connection: keep-alive\\r\\n",
    "A: b\\r\\n",
    "A: \\r\\n",
    "A : b\\r\\n",
    "A: b\\n",
    " folded\\r\\n",
];

const PIECES: &[&str] = &[
    "5\\r\\nhello\\r\\n",
    "5\\r\\nhello\\r\\n",
    "05;a=b\\r\\nhello\\r\\n",
    "5 \\r\\nhello\\r\\n",
    "5 ;a\\r\\nhello\\r\\n",
    "0\\r\\n\\r\\n",
    "0\\r\\n\\r\\n",
    "0\\r\\na: b\\r\\n\\r\\n",
    "hello",
    "h",
    "5",
    "0",
    "f",
    " ",
    "\\t",
    ",",
    ";",
    ":",
    "-",
    "+",
    "\\r\\n",
    "\\r",
    "\\n",
    "\\0",
    "\\x7f",
    "\\xff",
    "HTTP/1.1 100 Continue\\r\\n\\r\\n",
    "Content-Length: 5\\r\\n",
    "Transfer-Encoding: chunked\\r\\n",
];
