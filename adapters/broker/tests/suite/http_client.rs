//! One request on one connection, written byte for byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct Request {
    line: String,
    headers: String,
    body: String,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self { line: format!("GET {path} HTTP/1.1"), headers: String::new(), body: String::new() }
    }

    pub(crate) fn post(path: &str, content_type: &str, body: &str) -> Self {
        let headers = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
        Self { line: format!("POST {path} HTTP/1.1"), headers, body: body.to_owned() }
    }

    /// Returns a token request of RFC 6749 section 4.4.
    pub(crate) fn token(path: &str, body: &str) -> Self {
        Self::post(path, "application/x-www-form-urlencoded", body)
    }

    /// Replaces the method.
    pub(crate) fn method(mut self, method: &str) -> Self {
        let (_, rest) = self.line.split_once(' ').unwrap();
        self.line = format!("{method} {rest}");
        self
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    pub(crate) fn basic(self, id: &str, secret: &str) -> Self {
        self.header(&format!("Authorization: Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        format!("{}\r\nHost: broker\r\nConnection: close\r\n{}\r\n{}", self.line, self.headers, self.body)
            .into_bytes()
    }

    pub(crate) fn over_unix(&self, socket: &Path) -> Reply {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        self.over(stream)
    }

    pub(crate) fn over_tcp(&self, address: SocketAddr) -> Reply {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        self.over(stream)
    }

    fn over(&self, mut stream: impl Read + Write) -> Reply {
        stream.write_all(&self.bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Reply::parse(&String::from_utf8(bytes).unwrap())
    }
}

impl Reply {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole response head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.to_owned()
        };
        Self { status, head: head.to_owned(), body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

fn unchunked(mut text: &str) -> String {
    let mut body = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        body.push_str(&rest[..size]);
        text = &rest[size + 2..];
        if size == 0 {
            break;
        }
    }
    body
}
