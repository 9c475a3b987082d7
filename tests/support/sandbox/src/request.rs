//! The reader of HTTP/1.1 requests (RFC 9112), strict and bounded.

use std::io;

use crate::stream::Stream;

/// One request, framing removed.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the client allows keeping the connection open.
    pub(crate) keep: bool,
}

/// The next input on a connection.
pub(crate) enum Incoming {
    Request(Request),
    /// The client closed the connection between requests.
    Closed,
    /// The input is not a valid HTTP/1.1 request, for this reason.
    Malformed(&'static str),
}

const HEAD_LIMIT: usize = 64 * 1024;
const BODY_LIMIT: usize = 1024 * 1024;
const HEADER_LIMIT: usize = 64;

/// Buffers bytes received beyond the current request.
#[derive(Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Returns the value of the header, or `None` if it is missing or repeated.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(present, _)| present.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

impl Reader {
    /// Reads the next request. Cancel safe: bytes already read stay in the buffer.
    pub(crate) async fn next(&mut self, stream: &mut Stream) -> io::Result<Incoming> {
        loop {
            match parse(&self.buffer) {
                Parsed::Complete(request, length) => {
                    self.buffer.drain(..length);
                    return Ok(Incoming::Request(request));
                }
                Parsed::Malformed(reason) => return Ok(Incoming::Malformed(reason)),
                Parsed::Partial => {}
            }
            let mut piece = [0; 2 * 1024];
            match stream.read(&mut piece).await? {
                0 if self.buffer.is_empty() => return Ok(Incoming::Closed),
                0 => return Ok(Incoming::Malformed("the request is incomplete")),
                length => self.buffer.extend_from_slice(&piece[..length]),
            }
        }
    }
}

enum Parsed {
    Complete(Request, usize),
    Partial,
    Malformed(&'static str),
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
    let mut head = httparse::Request::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() > HEAD_LIMIT => {
            return Parsed::Malformed("the head is too long");
        }
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(_) => return Parsed::Malformed("the head is not HTTP/1.1"),
    };
    let mut request = Request {
        method: head.method.unwrap_or_default().into(),
        target: head.path.unwrap_or_default().into(),
        headers: Vec::new(),
        body: Vec::new(),
        keep: head.version == Some(1),
    };
    for header in head.headers.iter() {
        let value = String::from_utf8_lossy(header.value).into();
        request.headers.push((header.name.into(), value));
    }
    if request.keep && request.header("Host").is_none() {
        return Parsed::Malformed("exactly one Host is required"); // RFC 9112 section 3.2
    }
    request.keep &= !request.header("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    match body(&request, &bytes[start..]) {
        Ok(Some((body, length))) => {
            request.body = body;
            Parsed::Complete(request, start + length)
        }
        Ok(None) => Parsed::Partial,
        Err(reason) => Parsed::Malformed(reason),
    }
}

/// Returns the body and its length on the wire, or `None` while it is incomplete (RFC 9112 section 6.3).
fn body(request: &Request, bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    let count =
        |name: &str| request.headers.iter().filter(|(present, _)| present.eq_ignore_ascii_case(name)).count();
    match (count("Content-Length"), count("Transfer-Encoding")) {
        (0, 0) => Ok(Some((Vec::new(), 0))),
        (1, 0) => {
            let text = request.header("Content-Length").unwrap_or_default();
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let length = text.parse().ok().filter(|&length: &usize| digits && length <= BODY_LIMIT);
            let length = length.ok_or("the Content-Length is invalid or too large")?;
            Ok(bytes.get(..length).map(|body| (body.to_vec(), length)))
        }
        (0, 1)
            if request
                .header("Transfer-Encoding")
                .is_some_and(|value| value.eq_ignore_ascii_case("chunked")) =>
        {
            chunked(bytes)
        }
        _ => Err("the framing of the body is ambiguous"),
    }
}

/// Decodes chunks without trailer fields (RFC 9112 section 7.1).
fn chunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let size = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete((line, size))) => {
                at += line;
                usize::try_from(size)
                    .ok()
                    .filter(|size| body.len() + size <= BODY_LIMIT)
                    .ok_or("a chunk is too long")?
            }
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("a chunk size is not a number"),
        };
        let Some(chunk) = bytes.get(at..at + size + 2) else {
            return Ok(None);
        };
        let (data, end) = chunk.split_at(size);
        if end != b"\r\n" {
            return Err("a chunk is longer than its size");
        }
        body.extend_from_slice(data);
        at += size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}
