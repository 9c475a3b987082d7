//! Behaviours of a host as plain data, so that one list of scenarios runs over several transports.

use core::time::Duration;

use crate::response::Response;

/// One of the two hosts of a region.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Host {
    /// `login.<domain>`: the token endpoint.
    Login,
    /// `api.<domain>`: the Platform API.
    Api,
}

/// The behaviour of a host for one request or one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answers the request.
    Answer(Box<Answer>),
    /// Reads the request and keeps the connection open without a response until the client gives up.
    NeverAnswer,
    /// Reads the request and closes without a response, as when a server closes an idle connection while a request is on its way.
    CloseUnanswered(Close),
    /// Injects a fault into a new connection before any request. If a request arrives on an existing connection first, that
    /// connection is closed without a response, so that the client has to open a new one.
    Connection(ConnectionFault),
}

/// Faults before the first request of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// Accepts TCP, then sends nothing, not even a TLS handshake.
    Silence,
    /// Answers the TLS handshake with the fatal alert `handshake_failure`.
    RefuseTls,
    /// Sends these bytes instead of a TLS handshake, then closes the connection.
    Bytes(Vec<u8>),
    /// Closes the connection immediately.
    Close(Close),
}

/// An answer: its content and its delivery. Created from a [`Response`] or by [`Answer::service`], then modified by its methods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The content.
    pub message: Message,
    /// The delivery.
    pub delivery: Delivery,
}

/// The content of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Message {
    /// The service's regular response to this request.
    Service {
        /// Actual lifetime of an access token issued by this answer; its `expires_in` is unchanged.
        token_expires_after: Option<Duration>,
    },
    /// A fixed response.
    Response(Response),
    /// Raw bytes, which need not be HTTP. Framing does not apply; a [`Cut`] counts them as the head.
    Raw(Vec<u8>),
}

/// The delivery of an answer. The default is one write with `Content-Length`, without delay, on a connection that stays open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// Delay before the first byte, interim responses included.
    pub before_head: Duration,
    /// Status codes of interim (1xx) responses sent before the final one.
    pub interim: Vec<u16>,
    /// Delay between head and body.
    pub before_body: Duration,
    /// How the end of the body is indicated.
    pub framing: Framing,
    /// Write size and pauses, for slow delivery of head and body.
    pub pace: Option<Pace>,
    /// Where the answer is cut off.
    pub cut: Option<Cut>,
    /// What happens to the connection after a complete answer.
    pub afterwards: Afterwards,
}

/// How the end of a body is indicated (RFC 9112 section 6).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    ContentLength,
    /// `Content-Length` with this value, correct or not; the whole body is sent, then the connection is closed.
    Announced(usize),
    /// `Transfer-Encoding: chunked` with chunks of these sizes, used in rotation; without a size above 0, a single chunk.
    Chunked(Vec<usize>),
    /// The end of the connection.
    CloseDelimited,
}

/// The size of each write and the pause after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Bytes per write; 0 counts as 1.
    pub piece: usize,
    /// Pause after each write.
    pub pause: Duration,
}

/// Where and how an answer is cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The last byte sent.
    pub at: CutAt,
    /// How the connection ends.
    pub close: Close,
}

/// A position in an answer. A value beyond the end of a part means the end of that part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CutAt {
    /// After this number of bytes of the head.
    Head(usize),
    /// After the head and this number of bytes of the framed body.
    Body(usize),
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Close {
    /// TLS `close_notify`, then TCP FIN.
    #[default]
    Notify,
    /// TCP FIN without `close_notify`: to a TLS client this is a truncation (RFC 8446 section 6.1).
    Truncate,
    /// TCP RST. Bytes that the client has not read yet may be lost.
    Reset,
}

/// What happens to the connection after a complete answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Afterwards {
    /// Keeps the connection open, unless the framing or the client requires closing.
    #[default]
    Keep,
    /// Sends `Connection: close`, then closes the connection.
    Close(Close),
    /// Sends no `Connection: close`, but closes the connection when no further request begins within this time.
    CloseIdle(Duration),
}

impl Answer {
    /// Returns the service's regular response.
    #[must_use]
    pub fn service() -> Self {
        Message::Service { token_expires_after: None }.into()
    }

    /// Returns the service's regular response, but an access token in it becomes invalid after `life`.
    #[must_use]
    pub fn short_lived_token(life: Duration) -> Self {
        Message::Service { token_expires_after: Some(life) }.into()
    }

    /// Sends these bytes, then closes the connection.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::from(Message::Raw(bytes.into())).then(Afterwards::Close(Close::Notify))
    }

    /// Adds a delay before the first byte.
    #[must_use]
    pub fn delayed(mut self, wait: Duration) -> Self {
        self.delivery.before_head = wait;
        self
    }

    /// Adds a delay between head and body.
    #[must_use]
    pub fn pausing_before_body(mut self, wait: Duration) -> Self {
        self.delivery.before_body = wait;
        self
    }

    /// Sends interim responses of these status codes first.
    #[must_use]
    pub fn after_interim(mut self, statuses: impl Into<Vec<u16>>) -> Self {
        self.delivery.interim = statuses.into();
        self
    }

    /// Sets the framing.
    #[must_use]
    pub fn framed(mut self, framing: Framing) -> Self {
        self.delivery.framing = framing;
        self
    }

    /// Sends the body in chunks of these sizes.
    #[must_use]
    pub fn chunked(self, sizes: impl Into<Vec<usize>>) -> Self {
        self.framed(Framing::Chunked(sizes.into()))
    }

    /// Sends `piece` bytes per write with a pause after each write.
    #[must_use]
    pub fn dripping(mut self, piece: usize, pause: Duration) -> Self {
        self.delivery.pace = Some(Pace { piece, pause });
        self
    }

    /// Cuts the answer off.
    #[must_use]
    pub fn cut(mut self, at: CutAt, close: Close) -> Self {
        self.delivery.cut = Some(Cut { at, close });
        self
    }

    /// Sets what happens to the connection afterwards.
    #[must_use]
    pub fn then(mut self, afterwards: Afterwards) -> Self {
        self.delivery.afterwards = afterwards;
        self
    }
}

impl From<Message> for Answer {
    fn from(message: Message) -> Self {
        Self { message, delivery: Delivery::default() }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Message::Response(response).into()
    }
}

impl From<Answer> for Behaviour {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl From<Response> for Behaviour {
    fn from(response: Response) -> Self {
        Answer::from(response).into()
    }
}

impl From<ConnectionFault> for Behaviour {
    fn from(fault: ConnectionFault) -> Self {
        Self::Connection(fault)
    }
}
