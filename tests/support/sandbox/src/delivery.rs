//! Puts an answer on the wire as its [`Delivery`] says.

use core::time::Duration;
use std::io;
use std::time::SystemTime;

use tokio::time::sleep;

use crate::behaviour::{Afterwards, Close, CutAt, Delivery, Framing, Message, Pace};
use crate::response::{Response, interim};
use crate::stream::Stream;

/// What is to become of the connection.
pub(crate) enum Fate {
    Keep,
    Close(Close),
    CloseIdle(Duration),
}

/// The two parts of an answer in their final bytes.
pub(crate) struct Wire {
    head: Vec<u8>,
    body: Vec<u8>,
    fate: Fate,
}

impl Wire {
    /// Bytes for `message`; [`Message::Service`] has been replaced by the service's response. `bodiless` for HEAD; `keep` unless
    /// the client wants the connection closed.
    pub(crate) fn new(message: Message, delivery: &Delivery, bodiless: bool, keep: bool) -> Self {
        let fate = match (delivery.afterwards, &delivery.framing) {
            (Afterwards::Close(close), _) => Fate::Close(close),
            (_, Framing::CloseDelimited | Framing::Announced(_)) => Fate::Close(Close::Notify),
            _ if !keep => Fate::Close(Close::Notify),
            (Afterwards::CloseIdle(idle), _) => Fate::CloseIdle(idle),
            (Afterwards::Keep, _) => Fate::Keep,
        };
        let response = match message {
            Message::Raw(head) => {
                return Self { head, body: Vec::new(), fate };
            }
            Message::Response(response) => response,
            Message::Service { .. } => Response::new(500),
        };
        let (mut framing, mut body) = framed(&response, &delivery.framing);
        if matches!(fate, Fate::Close(_)) {
            framing.push(("Connection", "close".into()));
        }
        if bodiless {
            body.clear();
        }
        Self { head: response.head(&framing, SystemTime::now()), body, fate }
    }

    /// Writes it all, or up to the cut.
    pub(crate) async fn send(mut self, stream: &mut Stream, delivery: &Delivery) -> io::Result<Fate> {
        sleep(delivery.before_head).await;
        for &status in &delivery.interim {
            stream.write(&interim(status)).await?;
        }
        if let Some(cut) = delivery.cut {
            self.fate = Fate::Close(cut.close);
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
            drip(stream, &self.head, delivery.pace).await?;
            sleep(delivery.before_body).await;
            drip(stream, &self.body, delivery.pace).await?;
        }
        Ok(self.fate)
    }
}

async fn drip(stream: &mut Stream, bytes: &[u8], pace: Option<Pace>) -> io::Result<()> {
    let Some(Pace { piece, pause }) = pace else {
        return stream.write(bytes).await;
    };
    for piece in bytes.chunks(piece.max(1)) {
        stream.write(piece).await?;
        sleep(pause).await;
    }
    Ok(())
}

/// The framing headers and the framed body (RFC 9112 section 6).
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
