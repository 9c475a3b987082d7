//! Errors of the device client, in the terms of the scenario list.

use genesys_token_embassy::core::wire::Refusal;
use genesys_token_embassy::tls::{ChainError, ConnectError, RecordFault, SessionError};
use genesys_token_embassy::{
    Phase, ResponseError, ResponsePart, TokenError, TokenErrorKind, TransportError, TransportErrorKind,
};
use genesys_token_sandbox::scenarios::Observed;

pub(crate) fn observed(error: &impl core::error::Error, outcome: String) -> Observed {
    Observed { outcome, message: format!("{error}\n{error:?}") }
}

pub(crate) fn no_token(error: &TokenError) -> String {
    match error.kind() {
        TokenErrorKind::Refused(refusal) => format!("refused {}", terms_of(refusal)),
        TokenErrorKind::Protocol(error) => format!("protocol {:?}", error.kind),
        TokenErrorKind::Capacity(_) => "too_long token".into(),
        TokenErrorKind::Transport(error) => no_response(error),
        other => format!("{other:?}"),
    }
}

/// Returns the error in the terms of the scenario list. Whether a response ends in its head or in its body is not distinguished.
pub(crate) fn no_response(error: &TransportError) -> String {
    match (error.kind(), error.phase()) {
        (
            TransportErrorKind::Response(ResponseError::TooLarge { part: ResponsePart::Body, .. })
            | TransportErrorKind::ConnectionLost(SessionError::Record(RecordFault::ExceedsBuffer { .. })),
            _,
        ) => "too_long body".into(),
        (TransportErrorKind::TimedOut, Phase::TlsHandshake) => "transport TlsHandshake Timeout".into(),
        (TransportErrorKind::Connect(_), _) => "transport Connect Lost".into(),
        (TransportErrorKind::Closed, _) => "transport Response Closed".into(),
        (TransportErrorKind::Tls(error), _) => format!("transport TlsHandshake{}", tls_fault(error)),
        (
            TransportErrorKind::TimedOut
            | TransportErrorKind::ConnectionLost(SessionError::Record(
                RecordFault::Truncated | RecordFault::Transport(_),
            ))
            | TransportErrorKind::Response(_),
            _,
        ) => "transport".into(),
        (other, phase) => format!("{other:?} in {phase:?}"),
    }
}

/// Returns a space and the word, or nothing if the device does not distinguish the cases.
fn tls_fault(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Chain(ChainError::Expired { .. }) => " Expired",
        ConnectError::Chain(ChainError::NotYetValid { .. }) => " NotYetValid",
        ConnectError::Chain(ChainError::WrongName) => " WrongName",
        ConnectError::Chain(ChainError::UnknownIssuer) => " UnknownIssuer",
        ConnectError::Chain(_) => " Certificate",
        ConnectError::Alert | ConnectError::Record(RecordFault::Alert { .. }) => " Incompatible",
        ConnectError::Record(RecordFault::Truncated) => " Closed",
        ConnectError::Record(RecordFault::Transport(_)) => " Lost",
        ConnectError::Record(RecordFault::NotTls) => " NotTls",
        _ => "",
    }
}

pub(crate) fn terms_of(refusal: &Refusal) -> String {
    format!("{:?} {} {}", refusal.class(), refusal.status(), refusal.code()).trim_end().to_owned()
}
