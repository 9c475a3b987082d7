//! One request of a browser and its answer.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// The longest request head, in bytes: a code and a state have some hundred, cookies of other programs on `localhost` some thousand.
const HEAD_MAX: usize = 32 * 1024;
/// The most header fields of a request.
const FIELDS_MAX: usize = 100;

/// The request of a browser. Without `Debug`: the target of a redirect contains the code.
pub(super) enum Asked {
    /// The redirect: path and query.
    Redirect(Zeroizing<String>),
    /// Another path, such as that of an icon.
    OtherPath,
    /// Another method than GET.
    OtherMethod,
    /// Another host, as of a web page whose name was bound to this address.
    OtherHost,
    /// Not HTTP/1.1.
    Malformed,
}

/// A page to show.
#[derive(Clone, Copy)]
pub(super) struct Page {
    status: &'static str,
    text: &'static str,
}

impl Page {
    pub(super) const DONE: Self =
        Self { status: "200 OK", text: "The login is complete. You can close this window." };
    pub(super) const REFUSED: Self =
        Self { status: "200 OK", text: "The login has failed. The program that began it shows the reason." };
    pub(super) const OF_ANOTHER_REQUEST: Self = Self {
        status: "400 Bad Request",
        text: "This page belongs to another login. Finish the newest one, or begin again.",
    };

    /// Returns the page for requests other than the redirect.
    pub(super) const fn for_other(asked: &Asked) -> Self {
        match asked {
            Asked::OtherMethod => {
                Self { status: "405 Method Not Allowed", text: "Only GET is allowed here." }
            }
            Asked::OtherHost => {
                Self { status: "421 Misdirected Request", text: "This is not the host of the redirect URI." }
            }
            Asked::Malformed => Self { status: "400 Bad Request", text: "This is not an HTTP request." },
            Asked::OtherPath | Asked::Redirect(_) => {
                Self { status: "404 Not Found", text: "There is nothing here." }
            }
        }
    }
}

/// Reads the head of a request. A body is not read.
pub(super) async fn read(stream: &mut TcpStream, authority: &str, path: &str) -> io::Result<Asked> {
    // Of the final size from the start: growing would leave unwiped copies of the code behind.
    let mut head = Zeroizing::new(vec![0; HEAD_MAX]);
    let mut length = 0;
    loop {
        let Some(free) = head.get_mut(length..).filter(|free| !free.is_empty()) else {
            return Ok(Asked::Malformed);
        };
        let count = stream.read(free).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += count;
        if let Some(asked) = parse(head.get(..length).unwrap_or_default(), authority, path) {
            return Ok(asked);
        }
    }
}

/// Returns the kind of request, once the head is complete.
fn parse(head: &[u8], authority: &str, path: &str) -> Option<Asked> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Err(_) => return Some(Asked::Malformed),
    }
    let mut hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
    // RFC 9110 section 7.2: exactly one.
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Some(Asked::Malformed) };
    if !host.value.eq_ignore_ascii_case(authority.as_bytes()) {
        return Some(Asked::OtherHost);
    }
    let target = request.path.unwrap_or_default();
    let asked_path = target.split('?').next().unwrap_or_default();
    Some(match request.method {
        _ if asked_path != path => Asked::OtherPath,
        Some("GET") => Asked::Redirect(Zeroizing::new(target.to_owned())),
        _ => Asked::OtherMethod,
    })
}

/// Sends a page and ends the connection.
pub(super) async fn answer(stream: &mut TcpStream, page: Page) -> io::Result<()> {
    let Page { status, text } = page;
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Login</title></head>\n\
         <body><p>{text}</p></body>\n</html>\n"
    );
    // The URL contains the code: no script runs here, and no other page learns the URL.
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nAllow: GET\r\n\
         Connection: close\r\n\r\n{body}",
        body.len(),
    );
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}
