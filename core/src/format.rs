//! `defmt::Format` for every public type, with the feature `defmt`: errors as their messages, all else as its `Debug` output, which
//! shows no secret.

use defmt::{Debug2Format, Display2Format, Format, Formatter};

use crate::{call, lifecycle, secret, settings, text, time, wire};

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
    call::GiveUp;
    call::RefusedCall<'_>;
    {D} lifecycle::Failure<D>;
    settings::ConfigError;
    {const N: usize} settings::ClientId<N>;
    settings::Region;
    settings::RegionError;
    {const N: usize} settings::Scope<N>;
    text::CapacityError;
    {const N: usize} text::Text<N>;
    time::Duration;
    wire::authorization::AuthorizationError;
    wire::ExchangeError;
    wire::Field;
    wire::ProtocolError;
    wire::Refusal;
}

format! { Debug2Format:
    call::AfterResponse;
    call::Again;
    call::Call;
    call::Limits;
    call::Loss;
    call::Next;
    call::Replay;
    {D: core::fmt::Debug} lifecycle::Answer<'_, D>;
    lifecycle::AnyGrant;
    lifecycle::ClientCredentials;
    lifecycle::ExchangeReason;
    lifecycle::Generation;
    {D: core::fmt::Debug} lifecycle::Outcome<'_, '_, D>;
    lifecycle::Policy;
    lifecycle::Step;
    lifecycle::StopReason;
    lifecycle::Ticket;
    {const TOKEN: usize, D: core::fmt::Debug, G: core::fmt::Debug} lifecycle::TokenManager<TOKEN, D, G>;
    lifecycle::TokenRef<'_>;
    lifecycle::WaitReason;
    {const N: usize} secret::Secret<N>;
    settings::Client<'_>;
    settings::ClientAuth;
    {const N: usize} settings::ClientSecret<N>;
    settings::Endpoint;
    time::Instant;
    wire::authorization::AuthorizationRequest<'_>;
    wire::authorization::AuthorizationResponse<'_>;
    wire::authorization::Expected<'_>;
    wire::form::Pairs<'_>;
    wire::form::Writer<'_>;
    wire::Grant<'_>;
    wire::GrantUse;
    wire::PlainJson<'_>;
    wire::ProtocolErrorKind;
    wire::RateLimit;
    wire::RedirectResponse<'_>;
    wire::RefusalClass;
    wire::ResponseHead;
    wire::TokenRequest<'_>;
    wire::TokenResponse<'_>;
}
