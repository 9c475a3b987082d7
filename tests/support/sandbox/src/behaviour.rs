//! What a host does with one request: plain data, so that one list of scenarios can be run over several transports.

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

/// What a host does with one request, or with one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answer the request.
    Answer(Box<Answer>),
    /// Read the request, keep the connection open and say nothing, until the client gives up.
    NeverAnswer,
    /// Read the request and close: what a client sees that used a kept-alive connection too late.
    CloseUnanswered(Close),
    /// Spoil a new connection before any request. When a request comes over an older connection first, that one is closed
    /// unanswered, so that the client has to make the new connection.
    Connection(ConnectionFault),
}

/// Faults before the first request of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// TCP is accepted, then nothing comes, not even a TLS handshake.
    Silence,
    /// The handshake is answered by the fatal alert `handshake_failure`.
    RefuseTls,
    /// These bytes come instead of a TLS handshake, then the connection is closed.
    Bytes(Vec<u8>),
    /// The connection is closed at once.
    Close(Close),
}

/// An answer: what is said and how it travels. Made from a [`Response`] or by [`Answer::service`], then spoilt by its methods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What is said.
    pub message: Message,
    /// How it travels.
    pub delivery: Delivery,
}

/// What an answer says.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Message {
    /// Whatever the faithful service says to this request.
    Service {
        /// An access token issued by this answer dies so soon, whatever its `expires_in` says.
        token_dies_after: Option<Duration>,
    },
    /// This response.
    Response(Response),
    /// These bytes, which need not be HTTP. Framing does not apply; a [`Cut`] counts in its head.
    Raw(Vec<u8>),
}

/// How an answer travels. The default is one piece with `Content-Length`, at once, on a connection that is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// Waiting time before the first byte, interim responses included.
    pub before_head: Duration,
    /// Status codes of interim (1xx) responses sent before the final one.
    pub interim: Vec<u16>,
    /// Waiting time between head and body.
    pub before_body: Duration,
    /// How the end of the body is told.
    pub framing: Framing,
    /// Slow drip of head and body.
    pub pace: Option<Pace>,
    /// Where the answer breaks off.
    pub cut: Option<Cut>,
    /// What becomes of the connection after a complete answer.
    pub afterwards: Afterwards,
}

/// How the end of a body is told (RFC 9112 section 6).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    ContentLength,
    /// `Content-Length` with this number, true or not; the whole body is sent, then the connection is closed.
    Announced(usize),
    /// `Transfer-Encoding: chunked` with pieces of these sizes, repeated in turn; empty or zero means one piece.
    Chunked(Vec<usize>),
    /// The end of the connection.
    CloseDelimited,
}

/// Pieces of so many bytes with a pause after each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Bytes per write; 0 counts as 1.
    pub piece: usize,
    /// Waiting time after each write.
    pub pause: Duration,
}

/// Where an answer breaks off and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The last byte sent.
    pub at: CutAt,
    /// How the connection ends.
    pub close: Close,
}

/// A place in an answer; beyond the end of its part means the part's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CutAt {
    /// After so many bytes of the head.
    Head(usize),
    /// After the head and so many bytes of the framed body.
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
    /// TCP RST. Bytes the client has not read yet may be lost.
    Reset,
}

/// What becomes of the connection after a complete answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Afterwards {
    /// It is kept, unless framing or the client want otherwise.
    #[default]
    Keep,
    /// `Connection: close` is said, then it is closed.
    Close(Close),
    /// It looks kept, but is closed when no further request began within this time.
    CloseIdle(Duration),
}

impl Answer {
    /// What the faithful service says.
    #[must_use]
    pub fn service() -> Self {
        Message::Service { token_dies_after: None }.into()
    }

    /// What the faithful service says, but a token issued dies after `life`.
    #[must_use]
    pub fn short_lived_token(life: Duration) -> Self {
        Message::Service { token_dies_after: Some(life) }.into()
    }

    /// These bytes, then the connection is closed.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::from(Message::Raw(bytes.into())).then(Afterwards::Close(Close::Notify))
    }

    /// With a waiting time before the first byte.
    #[must_use]
    pub fn delayed(mut self, wait: Duration) -> Self {
        self.delivery.before_head = wait;
        self
    }

    /// With a waiting time between head and body.
    #[must_use]
    pub fn pausing_before_body(mut self, wait: Duration) -> Self {
        self.delivery.before_body = wait;
        self
    }

    /// With interim responses of these status codes before it.
    #[must_use]
    pub fn after_interim(mut self, statuses: impl Into<Vec<u16>>) -> Self {
        self.delivery.interim = statuses.into();
        self
    }

    /// With another framing.
    #[must_use]
    pub fn framed(mut self, framing: Framing) -> Self {
        self.delivery.framing = framing;
        self
    }

    /// Chunked, in pieces of these sizes.
    #[must_use]
    pub fn chunked(self, sizes: impl Into<Vec<usize>>) -> Self {
        self.framed(Framing::Chunked(sizes.into()))
    }

    /// In pieces of `piece` bytes with a pause after each.
    #[must_use]
    pub fn dripping(mut self, piece: usize, pause: Duration) -> Self {
        self.delivery.pace = Some(Pace { piece, pause });
        self
    }

    /// Broken off.
    #[must_use]
    pub fn cut(mut self, at: CutAt, close: Close) -> Self {
        self.delivery.cut = Some(Cut { at, close });
        self
    }

    /// With another fate of the connection.
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
