//! Answers of a malicious peer, or of a peer that does not speak HTTP.

use crate::behaviour::{Answer, Behaviour, Framing};
use crate::response::Response;

/// A token response that a client would accept if it missed the fault.
const TOKEN: &str = r#"{"access_token":"hostile","token_type":"bearer","expires_in":86399}"#;
/// More than any client should buffer.
const OVERSIZED: usize = 2 * 1024 * 1024;

/// Answers with their names. None of them may yield a token, exhaust a client's memory or occupy it beyond its deadline.
#[must_use]
pub fn hostile() -> Vec<(&'static str, Behaviour)> {
    let length = TOKEN.len();
    let honest = format!("Content-Length: {length}");
    let with = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{TOKEN}");
    let chunked = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let many = |line: &str| line.repeat(OVERSIZED / line.len());
    let padded =
        format!(r#"{{"access_token":"hostile","token_type":"bearer","expires_in":1,"x":"{}"}}"#, many("x"));
    let raw = [
        ("another protocol", format!("SSH-2.0-Sandbox\r\n{TOKEN}")),
        ("an older HTTP", TOKEN.into()),
        ("a status code that is no number", format!("HTTP/1.1 2OO OK\r\n{honest}\r\n\r\n{TOKEN}")),
        ("a status line without version", format!("200 OK\r\n{honest}\r\n\r\n{TOKEN}")),
        ("a header line without colon", with(&format!("X\r\n{honest}"))),
        ("a header name with a space", with(&format!("X Y: z\r\n{honest}"))),
        ("a NUL in a header value", with(&format!("X: a\0b\r\n{honest}"))),
        ("two contradicting lengths", with(&format!("{honest}\r\nContent-Length: {}", length - 1))),
        ("a negative length", with("Content-Length: -1")),
        ("a length beyond 64 bits", with("Content-Length: 18446744073709551683")),
        ("a chunk size that is no number", chunked(&format!("xyz\r\n{TOKEN}\r\n0\r\n\r\n"))),
        ("a chunk size beyond 64 bits", chunked(&format!("10000000000000043\r\n{TOKEN}\r\n0\r\n\r\n"))),
        ("a chunk longer than its size", chunked(&format!("1\r\n{TOKEN}\r\n0\r\n\r\n"))),
        ("chunks without the last", chunked(&format!("{length:x}\r\n{TOKEN}\r\n"))),
        ("an endless chunk extension", chunked(&format!("{length:x};{}\r\n{TOKEN}\r\n0\r\n\r\n", many("x")))),
        (
            "endless trailer fields",
            chunked(&format!("{length:x}\r\n{TOKEN}\r\n0\r\n{}\r\n", many("X: y\r\n"))),
        ),
        ("endless header lines", with(&format!("{}{honest}", many("X: y\r\n")))),
        ("an endless header line", with(&format!("X: {}\r\n{honest}", many("y")))),
        ("endless interim responses", many("HTTP/1.1 102 Processing\r\n\r\n")),
        ("another protocol agreed to", format!("HTTP/1.1 101 Switching Protocols\r\n\r\n{TOKEN}")),
    ];
    let framed = [
        (
            "a body longer than announced",
            Answer::from(Response::token("hostile", 86_399)).framed(Framing::Announced(40)),
        ),
        (
            "a body shorter than announced",
            Answer::from(Response::token("hostile", 86_399)).framed(Framing::Announced(OVERSIZED)),
        ),
        ("an endless body", Response::new(200).json(padded.clone()).into()),
        ("an endless chunked body", Answer::from(Response::new(200).json(padded)).chunked([4096])),
    ];
    let raw = raw.into_iter().map(|(name, bytes)| (name, Answer::raw(bytes)));
    raw.chain(framed).map(|(name, answer)| (name, answer.into())).collect()
}
