//! `defmt::Format` for every public type, with the feature `defmt`: errors as their messages, all else as its `Debug` output, which
//! shows no secret.

use defmt::{Debug2Format, Display2Format, Format, Formatter};
use genesys_token_tls::TlsEngine;

use crate::{
    ApiError, ApiRefusal, ApiRequest, ApiResponse, ClockError, CredentialError, Credentials, Memory,
    NameLookupError, Phase, Runner, Service, Settings, StaticCredentials, Token, TokenClient, TokenError,
    TokenErrorKind, TransportError, TransportErrorKind,
};

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
    ApiError;
    ClockError;
    CredentialError;
    NameLookupError;
    Phase;
    Service;
    TokenError;
    TokenErrorKind;
    TransportError;
    TransportErrorKind;
}

format! { Debug2Format:
    ApiRefusal;
    ApiRequest<'_>;
    ApiResponse<'_>;
    Credentials;
    {
        W,
        const LANES: usize,
        const TOKEN: usize,
        const HEADS: usize,
        const BODY: usize,
        const RX: usize,
        const TX: usize
    } Memory<W, LANES, TOKEN, HEADS, BODY, RX, TX>;
    {N, E: TlsEngine, C, const TOKEN: usize} Runner<'_, N, E, C, TOKEN>;
    Settings<'_>;
    StaticCredentials<'_>;
    Token<'_>;
    {const TOKEN: usize} TokenClient<'_, TOKEN>;
}

#[cfg(feature = "serde")]
format! { Display2Format: crate::JsonError; }

#[cfg(feature = "serde")]
format! { Debug2Format:
    crate::Entity;
    crate::ErrorBody;
    crate::ErrorDetail;
    crate::OAuthClientInfo;
    crate::RoleDivision;
    crate::TokenInfo;
}

#[cfg(feature = "nal")]
format! { Debug2Format: {N} crate::nal::NameLookup<N>; }

#[cfg(feature = "embassy-net")]
format! { Debug2Format:
    crate::network::EmbassyTcp<'_>;
    crate::network::EmbassyUdp<'_>;
    crate::network::UdpMetadata;
}

#[cfg(feature = "edge-nal")]
format! { Debug2Format:
    crate::network::ConstantInterface<'_>;
    {T, U, I} crate::network::EdgeNetwork<T, U, I>;
    {T: edge_nal::TcpConnect} crate::network::EdgeTcp<'_, T>;
    {U: edge_nal::UdpBind} crate::network::EdgeUdp<'_, U>;
}
