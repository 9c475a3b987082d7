//! `defmt::Format` for every public type, with the feature `defmt`: errors as their messages, all else as its `Debug` output, which
//! shows no secret.

use defmt::{Debug2Format, Display2Format, Format, Formatter};

use crate::tls13::{
    CipherSuite, ExchangeProgress, ExpandedKey, NamedGroup, Parameters, Primitives, RecordKey, Session,
    Software, Tls13, Workspace,
};
use crate::{ChainError, ConnectError, Expected, NameError, RecordFault, SessionError};

macro_rules! format {
    ($as:ident: $($({ $($generics:tt)* })? $type:ty;)*) => {$(
        impl $(<$($generics)*>)? Format for $type {
            fn format(&self, formatter: Formatter<'_>) {
                defmt::write!(formatter, "{}", $as(self));
            }
        }
    )*};
}

format! { Display2Format:
    ChainError;
    ConnectError;
    NameError;
    RecordFault;
    SessionError;
}

format! { Debug2Format:
    CipherSuite;
    ExchangeProgress;
    ExpandedKey;
    Expected<'_>;
    NamedGroup;
    Parameters;
    RecordKey;
    {S, P: Primitives} Session<'_, S, P>;
    Software;
    {R, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P} Tls13<R, RECEIVE, SEND, TICKET, P>;
    {const RECEIVE: usize, const SEND: usize, const TICKET: usize} Workspace<RECEIVE, SEND, TICKET>;
}

#[cfg(feature = "rand_core-09")]
format! { Debug2Format: {R} crate::Rand09<R>; }

#[cfg(feature = "rand_core-010")]
format! { Debug2Format: {R} crate::Rand010<R>; }

#[cfg(feature = "embedded-tls")]
format! { Debug2Format:
    {R: core::fmt::Debug, const RECEIVE: usize, const SEND: usize} crate::embedded::EmbeddedTls<R, RECEIVE, SEND>;
    {S: embedded_io_async::Read + embedded_io_async::Write} crate::embedded::Session<'_, S>;
    {const RECEIVE: usize, const SEND: usize} crate::embedded::Workspace<RECEIVE, SEND>;
}

#[cfg(feature = "nal")]
format! { Display2Format: crate::nal::NalError; }

#[cfg(feature = "nal")]
format! { Debug2Format:
    {S: embedded_io_async::Read + embedded_io_async::Write, P: Primitives} crate::nal::TlsConnection<'_, '_, S, P>;
    {T, F, R, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P}
        crate::nal::TlsConnector<'_, T, F, R, RECEIVE, SEND, TICKET, P>;
}
