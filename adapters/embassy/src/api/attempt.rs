//! One attempt of a call: a seat at the desk, a token, an exchange.

use embassy_time::{Instant, Timer, with_deadline};
use genesys_token_core::call::Loss;
use genesys_token_core::lifecycle::Generation;
use genesys_token_core::wire::ResponseHead;

use super::{ApiError, ApiRequest};
use crate::client::TokenClient;
use crate::desk::Seat;
use crate::error::TokenErrorKind;
use crate::remote::Remote;
use crate::transport::{Phase, Service, TransportError, TransportErrorKind};
use crate::wiped::WipedBytes;
use genesys_token_http::{Buffers, Connection, HttpErrorKind};

/// A response, whatever it says.
pub(super) struct Answer {
    pub(super) head: ResponseHead,
    /// How much of the caller's buffer the body is.
    pub(super) length: usize,
    /// Of the token that it was asked with.
    pub(super) generation: Generation,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status())
    }
}

/// No response.
pub(super) struct Failed {
    pub(super) error: ApiError,
    /// The connection was lost before a response began.
    pub(super) loss: Option<Loss>,
}

impl<E: Into<ApiError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), loss: None }
    }
}

impl<const TOKEN: usize, const HEADS: usize> TokenClient<'_, TOKEN, HEADS> {
    pub(super) async fn attempt(&self, request: &ApiRequest<'_>, body: &mut [u8]) -> Result<Answer, Failed> {
        if request.has_too_many_headers() {
            return Err(ApiError::TooManyHeaders.into());
        }
        let mut seat = match self.shared.desk.sit_down().await {
            Ok(seat) => seat,
            Err(_) if self.shared.is_closed() => return Err(TokenErrorKind::Closed.into()),
            Err(kind) => return Err(transport(Phase::Network, kind).into()),
        };
        // Free: whoever used it before has left the seat.
        let mut heads = self.heads.lock().await;
        let mut heads = WipedBytes(heads.as_mut_slice());
        let (token, head) = heads.split_at_mut_checked(TOKEN).unwrap_or_default();
        let token = self.token(token).await.map_err(ApiError::Token)?;

        let deadline = Instant::now() + request.timeout.unwrap_or(self.shared.config.total_timeout);
        let reused = match with_deadline(deadline, seat.open(deadline)).await {
            Ok(Ok(reused)) => reused,
            Ok(Err(kind)) => {
                let error = self.closed_or(transport(seat.phase(), kind));
                return Err(Failed { error, loss: Some(Loss::Unsent { reused: false }) });
            }
            Err(_) => return Err(transport(seat.phase(), TransportErrorKind::TimedOut).into()),
        };
        let headers = request.all_headers();
        let outgoing = request.outgoing(self.shared.config.api_authority.as_str(), &headers);
        let outgoing = outgoing.with_bearer(token.expose());

        let mut connection = Connection::new(Remote::new(&mut seat));
        let exchanged = connection.exchange(&outgoing, Buffers { head, body }, Timer::at(deadline)).await;
        let (result, keep) = match exchanged {
            Ok(response) => {
                let (head, length) = (response.head(), response.body.len());
                (Ok(Answer { head, length, generation: token.generation() }), response.keep_alive)
            }
            Err(error) => (Err(error), false),
        };
        let answered = connection.into_stream().is_answered();
        let phase = seat.phase();
        let result = result.map_err(|error| {
            let broke = matches!(
                error.kind,
                HttpErrorKind::Closed | HttpErrorKind::WriteZero | HttpErrorKind::Stream(_)
            );
            let loss = (broke && error.sent && !answered).then_some(Loss::Unanswered { reused });
            Failed { error: self.closed_or(transport(phase, error.kind.into())), loss }
        });
        leave(seat, keep).await;
        result
    }

    /// The runner ended because the client was closed.
    fn closed_or(&self, error: TransportError) -> ApiError {
        if self.shared.is_closed() { TokenErrorKind::Closed.into() } else { error.into() }
    }
}

/// A connection that is kept is handed back; one that is not is given up, which nobody has to wait for.
async fn leave(mut seat: Seat<'_>, keep: bool) {
    if keep {
        seat.release(true).await;
    }
}

const fn transport(phase: Phase, kind: TransportErrorKind) -> TransportError {
    TransportError::new(Service::Api, phase, kind)
}
