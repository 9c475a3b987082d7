//! Errors in few words, the same over every board, for programs that watch a log: `refused Credentials 400 invalid_client`.
//!
//! They are those of the project's list of scenarios; the README says what to do about each. What an error says to people is its
//! `Display`, which the feature `advice` adds to the log.

#![allow(
    clippy::match_same_arms,
    reason = "what differs is in the log's table of words, where clippy does not look"
)]

use defmt::{Format, Formatter, Str, intern};
use genesys_token_embassy::core::wire::{Field, ProtocolErrorKind, Refusal, RefusalClass};
use genesys_token_embassy::tls::{ChainError, ConnectError};
use genesys_token_embassy::{
    ApiError, Phase, ResponseError, ResponsePart, TokenError, TokenErrorKind, TransportError, TransportErrorKind,
};

use crate::settings::SettingsError;

/// Logs what an error says to people, where there is flash for that.
pub(crate) fn advise(error: &impl core::error::Error) {
    if cfg!(feature = "advice") {
        defmt::info!("advice: {}", defmt::Display2Format(error));
    }
}

/// Why there is no token.
pub(crate) struct OfToken<'a>(pub(crate) &'a TokenError);

/// Why a call has no answer.
pub(crate) struct OfCall<'a>(pub(crate) &'a ApiError);

struct OfRefusal<'a>(&'a Refusal);

struct OfProtocol(ProtocolErrorKind);

struct OfTransport<'a>(&'a TransportError);

impl Format for OfToken<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match self.0.kind() {
            TokenErrorKind::Refused(refusal) => defmt::write!(fmt, "refused {}", OfRefusal(refusal)),
            TokenErrorKind::Protocol(error) => OfProtocol(error.kind).format(fmt),
            TokenErrorKind::Capacity(_) => defmt::write!(fmt, "too_long token"),
            TokenErrorKind::Transport(error) => OfTransport(error).format(fmt),
            TokenErrorKind::Config(_) => defmt::write!(fmt, "config"),
            TokenErrorKind::Credentials(_) => defmt::write!(fmt, "no credentials"),
            TokenErrorKind::ExpiredOnArrival => defmt::write!(fmt, "expired on arrival"),
            TokenErrorKind::FreshTokenRefused => defmt::write!(fmt, "fresh token refused"),
            _ => defmt::write!(fmt, "closed"),
        }
    }
}

impl Format for OfCall<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match self.0 {
            ApiError::Token(error) => OfToken(error).format(fmt),
            ApiError::Transport(error) => OfTransport(error).format(fmt),
            ApiError::Refused(refused) => defmt::write!(fmt, "call refused {}", OfRefusal(refused.refusal())),
            ApiError::Deadline => defmt::write!(fmt, "deadline"),
            _ => defmt::write!(fmt, "request"),
        }
    }
}

/// Class, status, and the code if there is one.
impl Format for OfRefusal<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        defmt::write!(fmt, "{=istr} {=u16}", class(self.0.class()), self.0.status());
        if !self.0.code().is_empty() {
            defmt::write!(fmt, " {=str}", self.0.code());
        }
    }
}

/// As its `Debug`, which would bring `core::fmt` into the image.
impl Format for OfProtocol {
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

/// Texts that stand in the log's table of words and not in the image, as all of the log's do.
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

impl Format for OfTransport<'_> {
    fn format(&self, fmt: Formatter<'_>) {
        match (self.0.phase(), self.0.kind()) {
            (_, TransportErrorKind::Response(ResponseError::TooLarge { part: ResponsePart::Body, .. })) => {
                defmt::write!(fmt, "too_long body");
            }
            (Phase::Connect, _) => defmt::write!(fmt, "transport Connect"),
            (Phase::TlsHandshake, kind) => defmt::write!(fmt, "transport TlsHandshake{=str}", in_handshake(kind)),
            (Phase::Network, _) => defmt::write!(fmt, "transport Network"),
            (Phase::Clock, _) => defmt::write!(fmt, "transport Clock"),
            (Phase::NameLookup, _) => defmt::write!(fmt, "transport NameLookup"),
            _ => defmt::write!(fmt, "transport"),
        }
    }
}

/// Fewer words than its `Display`, and less flash.
impl Format for SettingsError {
    fn format(&self, fmt: Formatter<'_>) {
        match self {
            Self::Line(line) => {
                defmt::write!(fmt, "line {=usize} of the settings is not `name = value`", line);
            }
            Self::Name(line) => defmt::write!(fmt, "line {=usize} of the settings has an unknown name", line),
            Self::Value(line) => defmt::write!(fmt, "the value in line {=usize} is not of its kind", line),
            Self::Missing(name) => defmt::write!(fmt, "the settings lack `{=str}`", name),
            Self::TimeServers => defmt::write!(fmt, "there are more than four `time-servers`"),
            Self::Config(_) => defmt::write!(fmt, "region, host, client id or secret cannot be as written"),
        }
    }
}

/// The fault as far as it is known, with a space before it.
fn in_handshake(kind: &TransportErrorKind) -> &'static str {
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
