//! One attempt of a call: the API channel, a token, a connection, an exchange.

use embassy_time::{Instant, Timer, with_deadline};
use genesys_token_core::call::Loss;
use genesys_token_core::lifecycle::Generation;
use genesys_token_core::wire::ResponseHead;
use genesys_token_http::{Buffers, Connection, HttpErrorKind};

use super::{ApiError, ApiRequest};
use crate::api_channel::{ChannelGuard, ChannelStream};
use crate::client::TokenClient;
use crate::error::TokenErrorKind;
use crate::transport::{Phase, Service, TransportError, TransportErrorKind};
use crate::wiped::WipedBytes;

/// A response of any status.
pub(super) struct Answer {
    pub(super) head: ResponseHead,
    /// The length of the body at the beginning of the caller's buffer.
    pub(super) length: usize,
    /// The generation of the token that the request was sent with.
    pub(super) generation: Generation,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status())
    }
}

/// An attempt without a response.
pub(super) struct Failed {
    pub(super) error: ApiError,
    /// Set if the connection was lost before a response began.
    pub(super) loss: Option<Loss>,
}

impl<E: Into<ApiError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), loss: None }
    }
}

impl<const TOKEN: usize> TokenClient<'_, TOKEN> {
    pub(super) async fn attempt(&self, request: &ApiRequest<'_>, body: &mut [u8]) -> Result<Answer, Failed> {
        if request.has_too_many_headers() {
            return Err(ApiError::TooManyHeaders.into());
        }
        let mut guard = match self.shared.api_channel.acquire().await {
            Ok(guard) => guard,
            Err(_) if self.shared.is_closed() => return Err(TokenErrorKind::Closed.into()),
            Err(kind) => return Err(transport(Phase::Network, kind).into()),
        };
        // Not locked: the previous holder of the channel has dropped it.
        let mut heads = self.heads.lock().await;
        let mut heads = WipedBytes(&mut heads);
        let (token, head) = heads.split_at_mut_checked(TOKEN).unwrap_or_default();
        let token = self.token(token).await.map_err(ApiError::Token)?;

        let deadline = Instant::now() + request.timeout.unwrap_or(self.shared.config.total_timeout);
        let reused = match with_deadline(deadline, guard.open(deadline)).await {
            Ok(Ok(reused)) => reused,
            Ok(Err(kind)) => {
                let error = self.closed_or(transport(guard.phase(), kind));
                return Err(Failed { error, loss: Some(Loss::Unsent { reused: false }) });
            }
            Err(_) => return Err(transport(guard.phase(), TransportErrorKind::TimedOut).into()),
        };
        let headers = request.all_headers();
        let outgoing = request.outgoing(self.shared.config.api_authority.as_str(), &headers);
        let outgoing = outgoing.with_bearer(token.expose());

        // A NAT may have forgotten a connection that was idle.
        let bound = (reused && request.replay().is_idempotent()).then_some(self.shared.config.reuse_timeout);
        let mut connection = Connection::new(ChannelStream::new(&mut guard, bound));
        let exchanged = connection.exchange(&outgoing, Buffers { head, body }, Timer::at(deadline)).await;
        let (result, keep) = match exchanged {
            Ok(response) => {
                let (mut head, length) = (response.head(), response.body.len());
                if let Some(time) = self.shared.unix_time() {
                    head.received_at(time);
                }
                (Ok(Answer { head, length, generation: token.generation() }), response.keep_alive)
            }
            Err(error) => (Err(error), false),
        };
        let has_received = connection.into_stream().has_received();
        let phase = guard.phase();
        let result = result.map_err(|error| {
            let broken = matches!(
                error.kind,
                HttpErrorKind::Closed | HttpErrorKind::WriteZero | HttpErrorKind::Stream(_)
            );
            let loss = (broken && error.sent && !has_received).then_some(Loss::Unanswered { reused });
            let transport = transport(phase, error.kind.into()).with_may_have_arrived(error.sent);
            Failed { error: self.closed_or(transport), loss }
        });
        leave(guard, keep).await;
        result
    }

    /// Returns the error, or `Closed` if the runner ended because the client was closed.
    fn closed_or(&self, error: TransportError) -> ApiError {
        if self.shared.is_closed() { TokenErrorKind::Closed.into() } else { error.into() }
    }
}

/// Returns a connection that is kept. One that is not kept is closed by dropping the guard, without waiting.
async fn leave(mut guard: ChannelGuard<'_>, keep: bool) {
    if keep {
        guard.release(true).await;
    }
}

const fn transport(phase: Phase, kind: TransportErrorKind) -> TransportError {
    TransportError::new(Service::Api, phase, kind)
}
