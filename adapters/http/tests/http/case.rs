//! The cases in `data/responses.txt`.

use genesys_token_http::{Buffers, Connection, Method, Request};

use http_reference::Stream;
use http_reference::differences::{name, name_of_response_error};

/// The sizes of the buffers that the table assumes.
pub(crate) const HEAD: usize = 1024;
pub(crate) const BODY: usize = 64;

pub(crate) struct Case {
    pub(crate) expected: Expected,
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Accepted { end: &'static str, status: u16, body: Vec<u8> },
    Refused(&'static str),
}

impl Case {
    pub(crate) fn method(&self) -> Method {
        if self.name.ends_with("@HEAD") { Method::Head } else { Method::Get }
    }

    /// Returns whether the response determines its own end, and nothing follows it.
    pub(crate) fn is_framed(&self) -> bool {
        matches!(self.expected, Expected::Accepted { end: "keep" | "close", .. })
    }
}

pub(crate) fn cases() -> Vec<Case> {
    include_str!("../data/responses.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut columns = line.splitn(3, " | ");
            let mut column = || columns.next().unwrap_or_else(|| panic!("a column is missing: {line}"));
            let (expected, name, bytes) = (expectation(column()), column(), unescape(column()));
            Case { expected, name, bytes }
        })
        .collect()
}

fn expectation(text: &'static str) -> Expected {
    let mut words = text.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(end), Some(status), Some(body)) => {
            assert!(["keep", "close", "end", "surplus"].contains(&end), "{text}");
            Expected::Accepted { end, status: status.parse().unwrap(), body: unescape(body) }
        }
        (Some(error), None, None) => Expected::Refused(error),
        _ => panic!("no expectation: {text}"),
    }
}

/// `\r`, `\n`, `\t`, `\0`, `\\`, `\xHH`, `\N*HH`, `\e`
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let hexadecimal = |digits: &str| u8::from_str_radix(&digits[..2], 16).unwrap();
        let repeated =
            escape.split_once('*').filter(|(count, _)| count.parse::<usize>().is_ok_and(|n| n > 0));
        rest = if let Some((count, digits)) = repeated {
            bytes.extend(core::iter::repeat_n(hexadecimal(digits), count.parse().unwrap()));
            &digits[2..]
        } else {
            let simple = [("r", 13), ("n", 10), ("t", 9), ("0", 0), ("\\", b'\\')];
            let known = simple.iter().find(|(letter, _)| escape.starts_with(letter));
            match known {
                Some((_, byte)) => bytes.push(*byte),
                None if escape.starts_with('x') => {
                    bytes.push(hexadecimal(&escape[1..]));
                }
                None => assert!(escape.starts_with('e'), "no escape: {escape}"),
            }
            &escape[if escape.starts_with('x') { 3 } else { 1 }..]
        };
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// The outcome of an exchange.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) result: Result<(u16, Vec<u8>), String>,
    pub(crate) keep_alive: bool,
}

impl Outcome {
    /// Returns whether it is the expected one.
    pub(crate) fn is(&self, expected: &Expected) -> bool {
        match (&self.result, expected) {
            (Ok((status, body)), Expected::Accepted { end, status: right, body: right_body }) => {
                (status, body) == (right, right_body) && self.keep_alive == (*end == "keep")
            }
            (Err(error), Expected::Refused(right)) => error == right,
            _ => false,
        }
    }
}

/// Runs one exchange over this stream with buffers of the table's sizes. Returns the outcome and the stream.
pub(crate) fn exchange(stream: Stream, method: Method) -> (Outcome, Stream) {
    let (mut head, mut body) = ([0xaa; HEAD], [0xaa; BODY]);
    let mut connection = Connection::new(stream);
    let request = Request::new(method, "localhost", "/");
    let buffers = Buffers { head: &mut head, body: &mut body };
    let result =
        futures_lite::future::block_on(connection.exchange(&request, buffers, core::future::pending()));
    let outcome = match result {
        Ok(response) => {
            let result = match response.cut {
                None => Ok((response.status, response.body.to_vec())),
                Some(error) => {
                    assert!(!(200..300).contains(&response.status), "a success must be whole");
                    Err(name_of_response_error(&error))
                }
            };
            Outcome { result, keep_alive: response.keep_alive }
        }
        Err(error) => {
            assert!(error.sent, "the request was sent before the response");
            assert!(!error.to_string().is_empty());
            let result = Err(name(&error.kind));
            assert_eq!((head, body), ([0; HEAD], [0; BODY]), "the buffers were wiped");
            Outcome { result, keep_alive: false }
        }
    };
    assert_eq!(connection.is_reusable(), outcome.keep_alive);
    (outcome, connection.into_stream())
}
