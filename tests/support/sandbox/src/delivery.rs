//! Writes an answer to the connection as its [`Delivery`] specifies.

use core::time::Duration;
use std::io;
use std::time::SystemTime;

use tokio::time::sleep;

use crate::behaviour::{Afterwards, Close, CutAt, Delivery, Framing, Message, Pace};
use crate::response::{Response, interim};
use crate::stream::Stream;

/// What happens to the connection after an answer.
pub(crate) enum Next {
    Keep,
    Close(Close),
    CloseIdle(Duration),
}

/// Head and body of an answer as bytes on the wire.
pub(crate) struct Wire {
    head: Vec<u8>,
    body: Vec<u8>,
    next: Next,
}

impl Wire {
    /// Serializes `message`; the caller has replaced [`Message::Service`] by the service's response. `bodiless` is set for HEAD,
    /// `keep` unless the client requested closing.
    pub(crate) fn new(message: Message, delivery: &Delivery, bodiless: bool, keep: bool) -> Self {
        let next = match (delivery.afterwards, &delivery.framing) {
            (Afterwards::Close(close), _) => Next::Close(close),
            (_, Framing::CloseDelimited | Framing::Announced(_)) => Next::Close(Close::Notify),
            _ if !keep => Next::Close(Close::Notify),
            (Afterwards::CloseIdle(idle), _) => Next::CloseIdle(idle),
            (Afterwards::Keep, _) => Next::Keep,
        };
        let response = match message {
            Message::Raw(head) => {
                return Self { head, body: Vec::new(), next };
            }
            Message::Response(response) => response,
            Message::Service { .. } => Response::new(500),
        };
        let (mut framing, mut body) = framed(&response, &delivery.framing);
        if matches!(next, Next::Close(_)) {
            framing.push(("Connection", "close".into()));
        }
        if bodiless {
            body.clear();
        }
        Self { head: response.head(&framing, SystemTime::now()), body, next }
    }

    /// Writes the whole answer, or the part before the cut.
    pub(crate) async fn send(mut self, stream: &mut Stream, delivery: &Delivery) -> io::Result<Next> {
        sleep(delivery.before_head).await;
        for &status in &delivery.interim {
            stream.write(&interim(status)).await?;
        }
        if let Some(cut) = delivery.cut {
            self.next = Next::Close(cut.close);
            match cut.at {
                CutAt::Head(length) => {
                    self.head.truncate(length);
                    self.body.clear();
                }
                CutAt::Body(length) => self.body.truncate(length),
            }
        }
        if delivery.before_body.is_zero() && delivery.pace.is_none() {
            self.head.append(&mut self.body);
            stream.write(&self.head).await?;
        } else {
            write_slowly(stream, &self.head, delivery.pace).await?;
            sleep(delivery.before_body).await;
            write_slowly(stream, &self.body, delivery.pace).await?;
        }
        Ok(self.next)
    }
}

async fn write_slowly(stream: &mut Stream, bytes: &[u8], pace: Option<Pace>) -> io::Result<()> {
    let Some(Pace { piece, pause }) = pace else {
        return stream.write(bytes).await;
    };
    for piece in bytes.chunks(piece.max(1)) {
        stream.write(piece).await?;
        sleep(pause).await;
    }
    Ok(())
}

/// Returns the framing headers and the framed body (RFC 9112 section 6).
fn framed(response: &Response, framing: &Framing) -> (Vec<(&'static str, String)>, Vec<u8>) {
    let body = &response.body;
    if matches!(response.status, 100..=199 | 204 | 304) {
        return (Vec::new(), Vec::new());
    }
    match framing {
        Framing::ContentLength => (vec![("Content-Length", body.len().to_string())], body.clone()),
        Framing::Announced(length) => (vec![("Content-Length", length.to_string())], body.clone()),
        Framing::Chunked(sizes) => (vec![("Transfer-Encoding", "chunked".into())], chunks(body, sizes)),
        Framing::CloseDelimited => (Vec::new(), body.clone()),
    }
}

fn chunks(mut body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut sizes = sizes.iter().copied().filter(|&size| size > 0).cycle();
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(sizes.next().unwrap_or(body.len()).min(body.len()));
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
        body = rest;
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    wire
}
