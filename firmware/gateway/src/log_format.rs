//! Short, stable forms of errors for programs that monitor a log, the same on every board: `refused Credentials 400 invalid_client`.
//!
//! They are the outcomes of the project's list of scenarios; the README says what to do about each. The message for people is the
//! error's `Display`, which the feature `advice` adds to the log.

#![allow(
    clippy::match_same_arms,
    reason = "the arms differ in strings of the defmt table, which clippy does not see"
)]

use defmt::{Format, Formatter, Str, intern};
use genesys_token_embassy::core::wire::{Field, ProtocolErrorKind, Refusal, RefusalClass};
use genesys_token_embassy::tls::{ChainError, ConnectError};
use genesys_token_embassy::{
    ApiError, Phase, ResponseError, ResponsePart, TokenError, TokenErrorKind, TransportError,
    TransportErrorKind,
};

/// Logs an error's message for people, with the feature `advice`.
pub(crate) fn log_advice(error: &impl core::error::Error) {
    if cfg!(feature = "advice") {
        defmt::info!("advice: {}", defmt::Display2Format(error));
    }
}

/// The short form of a token error.
pub(crate) struct ShortTokenError<'a>(pub(crate) &'a TokenError);

/// The short form of a call's error.
pub(crate) struct ShortApiError<'a>(pub(crate) &'a ApiError);

struct ShortRefusal<'a>(&'a Refusal);

struct ShortProtocolError(ProtocolErrorKind);

struct ShortTransportError<'a>(&'a TransportError);

impl Format for ShortTokenError<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match self.0.kind() {
            TokenErrorKind::Refused(refusal) => defmt::write!(fmt, "refused {}", ShortRefusal(refusal)),
            TokenErrorKind::Protocol(error) => ShortProtocolError(error.kind).format(fmt),
            TokenErrorKind::Capacity(_) => defmt::write!(fmt, "too_long token"),
            TokenErrorKind::Transport(error) => ShortTransportError(error).format(fmt),
            TokenErrorKind::Config(_) => defmt::write!(fmt, "config"),
            TokenErrorKind::Credentials(_) => defmt::write!(fmt, "no credentials"),
            TokenErrorKind::ExpiredOnArrival => defmt::write!(fmt, "expired on arrival"),
            TokenErrorKind::FreshTokenRefused => defmt::write!(fmt, "fresh token refused"),
            _ => defmt::write!(fmt, "closed"),
        }
    }
}

impl Format for ShortApiError<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match self.0 {
            ApiError::Token(error) => ShortTokenError(error).format(fmt),
            ApiError::Transport(error) => ShortTransportError(error).format(fmt),
            ApiError::Refused(refused) => {
                defmt::write!(fmt, "call refused {}", ShortRefusal(refused.refusal()));
            }
            ApiError::Deadline => defmt::write!(fmt, "deadline"),
            _ => defmt::write!(fmt, "request"),
        }
    }
}

/// Class, status, and the error code if there is one.
impl Format for ShortRefusal<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        defmt::write!(fmt, "{=istr} {=u16}", class(self.0.class()), self.0.status());
        if !self.0.code().is_empty() {
            defmt::write!(fmt, " {=str}", self.0.code());
        }
    }
}

/// The same text as its `Debug`, without bringing `core::fmt` into the image.
impl Format for ShortProtocolError {
    fn format(&self, fmt: Formatter<'_>) {
        match self.0 {
            ProtocolErrorKind::Empty => defmt::write!(fmt, "protocol Empty"),
            ProtocolErrorKind::Incomplete => defmt::write!(fmt, "protocol Incomplete"),
            ProtocolErrorKind::Syntax => defmt::write!(fmt, "protocol Syntax"),
            ProtocolErrorKind::Depth => defmt::write!(fmt, "protocol Depth"),
            ProtocolErrorKind::NotAnObject => defmt::write!(fmt, "protocol NotAnObject"),
            ProtocolErrorKind::Missing(of) => defmt::write!(fmt, "protocol Missing({=istr})", field(of)),
            ProtocolErrorKind::Duplicate(of) => defmt::write!(fmt, "protocol Duplicate({=istr})", field(of)),
            ProtocolErrorKind::Invalid(of) => defmt::write!(fmt, "protocol Invalid({=istr})", field(of)),
            ProtocolErrorKind::TokenType => defmt::write!(fmt, "protocol TokenType"),
            _ => defmt::write!(fmt, "protocol Other"),
        }
    }
}

/// The strings are in the defmt table of the ELF file and not in the image, like all of the log's.
fn class(class: RefusalClass) -> Str {
    match class {
        RefusalClass::Credentials => intern!("Credentials"),
        RefusalClass::ClientNotAllowed => intern!("ClientNotAllowed"),
        RefusalClass::Grant => intern!("Grant"),
        RefusalClass::Request => intern!("Request"),
        RefusalClass::Scope => intern!("Scope"),
        RefusalClass::RateLimited => intern!("RateLimited"),
        RefusalClass::AccessToken => intern!("AccessToken"),
        RefusalClass::Unavailable => intern!("Unavailable"),
        _ => intern!("Unexpected"),
    }
}

fn field(field: Field) -> Str {
    match field {
        Field::AccessToken => intern!("AccessToken"),
        Field::TokenType => intern!("TokenType"),
        Field::ExpiresIn => intern!("ExpiresIn"),
        Field::RefreshToken => intern!("RefreshToken"),
        Field::Scope => intern!("Scope"),
        Field::Error => intern!("Error"),
        Field::State => intern!("State"),
        Field::ErrorDescription => intern!("ErrorDescription"),
        _ => intern!("Other"),
    }
}

impl Format for ShortTransportError<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match (self.0.phase(), self.0.kind()) {
            (_, TransportErrorKind::Response(ResponseError::TooLarge { part: ResponsePart::Body, .. })) => {
                defmt::write!(fmt, "too_long body");
            }
            (Phase::Connect, _) => defmt::write!(fmt, "transport Connect"),
            (Phase::TlsHandshake, kind) => {
                defmt::write!(fmt, "transport TlsHandshake{=str}", handshake_cause(kind));
            }
            (Phase::Network, _) => defmt::write!(fmt, "transport Network"),
            (Phase::Clock, _) => defmt::write!(fmt, "transport Clock"),
            (Phase::NameLookup, _) => defmt::write!(fmt, "transport NameLookup"),
            _ => defmt::write!(fmt, "transport"),
        }
    }
}

/// Returns the cause of a failed handshake where it is known, with a leading space.
fn handshake_cause(kind: &TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::TimedOut => " Timeout",
        TransportErrorKind::Tls(ConnectError::Chain(chain)) => match chain {
            ChainError::Expired { .. } => " Expired",
            ChainError::NotYetValid { .. } => " NotYetValid",
            ChainError::WrongName => " WrongName",
            ChainError::UnknownIssuer => " UnknownIssuer",
            _ => " Certificate",
        },
        _ => "",
    }
}
