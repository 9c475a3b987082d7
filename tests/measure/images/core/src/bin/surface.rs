//! Every public function of core, as a pointer that is opaque to the compiler: each is compiled completely, for any argument.
//! `cargo xtask no-panic` looks for panics here, and fails if a public function is missing.
#![no_std]
#![no_main]

use core::fmt::{Debug, Display};
use core::hint::black_box;
use core::ops::Add;
use core::ptr::drop_in_place;
use core::str::FromStr;

use bare as _;
use genesys_token_core::call::{
    AfterResponse, Again, Call, GiveUp, Limits, Loss, Next, RefusedCall, Replay, is_reusable,
};
use genesys_token_core::lifecycle::{
    Answer, AnyGrant, ClientCredentials, ExchangeReason, Failure, Generation, GrantState, Outcome, Policy,
    Step, StopReason, Ticket, TokenManager, TokenRef, WaitReason,
};
use genesys_token_core::secret::Secret;
use genesys_token_core::settings::{
    Client, ClientAuth, ClientId, ClientSecret, ConfigError, Endpoint, Region, RegionError, Scope,
};
use genesys_token_core::text::{CapacityError, Text};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::authorization::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, Expected, base64url, is_code_verifier,
    parse_authorization_response,
};
use genesys_token_core::wire::form::{self, Pairs, Writer};
use genesys_token_core::wire::{
    ExchangeError, Field, Grant, GrantUse, PlainJson, ProtocolError, ProtocolErrorKind, RateLimit,
    RedirectResponse, Refusal, RefusalClass, ResponseHead, TokenRequest, TokenResponse, api_refusal,
    check_json, content_coding, is_b64token, parse_redirect, parse_token_response, plain_json,
};

/// The type of a function of which only the address is known.
type Any = *const ();

#[cortex_m_rt::entry]
fn main() -> ! {
    black_box(foundation());
    black_box(settings());
    black_box(request());
    black_box(authorization());
    black_box(response());
    black_box(lifecycle());
    black_box(call());
    semihosting::process::exit(0)
}

fn foundation() -> [Any; 34] {
    [
        Duration::as_millis as Any,
        Duration::as_secs as Any,
        Duration::from_millis as Any,
        Duration::from_secs as Any,
        Duration::saturating_mul as Any,
        Duration::saturating_sub as Any,
        <Duration as Add>::add as Any,
        <Duration as Debug>::fmt as Any,
        <Duration as Display>::fmt as Any,
        <Duration as From<core::time::Duration>>::from as Any,
        <core::time::Duration as From<Duration>>::from as Any,
        Instant::as_millis as Any,
        Instant::from_millis as Any,
        Instant::from_secs as Any,
        Instant::saturating_since as Any,
        Instant::saturating_sub as Any,
        <Instant as Add<Duration>>::add as Any,
        <Instant as Debug>::fmt as Any,
        Text::<64>::as_bytes as Any,
        Text::<64>::as_str as Any,
        Text::<64>::is_empty as Any,
        Text::<64>::new as Any,
        Text::<64>::push_str as Any,
        <Text<64> as Debug>::fmt as Any,
        <Text<64> as Display>::fmt as Any,
        <CapacityError as Debug>::fmt as Any,
        <CapacityError as Display>::fmt as Any,
        Secret::<64>::empty as Any,
        Secret::<64>::expose as Any,
        Secret::<64>::is_empty as Any,
        Secret::<64>::new as Any,
        Secret::<64>::replace as Any,
        Secret::<64>::wipe as Any,
        drop_in_place::<Secret<64>> as Any,
    ]
}

fn settings() -> [Any; 55] {
    [
        Region::api_host as Any,
        Region::aws_region as Any,
        Region::domain as Any,
        Region::from_domain as Any,
        Region::login_host as Any,
        Region::name as Any,
        Region::place as Any,
        <Region as Debug>::fmt as Any,
        <Region as Display>::fmt as Any,
        <Region as FromStr>::from_str as Any,
        <Region as TryFrom<&str>>::try_from as Any,
        <RegionError as Debug>::fmt as Any,
        <RegionError as Display>::fmt as Any,
        Endpoint::api_host as Any,
        Endpoint::api_port as Any,
        Endpoint::custom_domain as Any,
        Endpoint::explicit as Any,
        Endpoint::login_host as Any,
        Endpoint::login_port as Any,
        Endpoint::token_path as Any,
        Endpoint::with_api as Any,
        <Endpoint as Debug>::fmt as Any,
        <Endpoint as From<Region>>::from as Any,
        <Endpoint as FromStr>::from_str as Any,
        <Endpoint as TryFrom<&str>>::try_from as Any,
        <ClientId as FromStr>::from_str as Any,
        <ClientId as TryFrom<&str>>::try_from as Any,
        ClientId::<64>::as_str as Any,
        ClientId::<64>::new as Any,
        <ClientId as Debug>::fmt as Any,
        <ClientId as Display>::fmt as Any,
        <ClientSecret as FromStr>::from_str as Any,
        <ClientSecret as TryFrom<&str>>::try_from as Any,
        ClientSecret::<128>::expose as Any,
        ClientSecret::<128>::new as Any,
        <ClientSecret as Debug>::fmt as Any,
        drop_in_place::<ClientSecret> as Any,
        <ClientAuth as Debug>::fmt as Any,
        Client::confidential::<64, 128> as Any,
        Client::of_connection as Any,
        Client::public::<64> as Any,
        Client::form_encoding_matters as Any,
        <Client as Debug>::fmt as Any,
        <Scope as FromStr>::from_str as Any,
        <Scope as TryFrom<&str>>::try_from as Any,
        Scope::<512>::as_str as Any,
        Scope::<512>::new as Any,
        Scope::<512>::tokens as Any,
        tokens as Any,
        <Scope as Debug>::fmt as Any,
        <Scope as Display>::fmt as Any,
        <ConfigError as Debug>::fmt as Any,
        <ConfigError as Display>::fmt as Any,
        <ConfigError as From<CapacityError>>::from as Any,
        <ConfigError as From<RegionError>>::from as Any,
    ]
}

/// The iterator's type has no name, so the iterator is run instead.
fn tokens(scope: &Scope) {
    scope.tokens().for_each(|token| _ = black_box(token));
}

fn request() -> [Any; 23] {
    [
        <Grant as Debug>::fmt as Any,
        <GrantUse as Debug>::fmt as Any,
        <GrantUse as Default>::default as Any,
        Grant::usage as Any,
        TokenRequest::authorization_len as Any,
        TokenRequest::body_len as Any,
        TokenRequest::new as Any,
        TokenRequest::with_scope::<512> as Any,
        TokenRequest::write_authorization as Any,
        TokenRequest::write_body as Any,
        <TokenRequest as Debug>::fmt as Any,
        form::encoded_len as Any,
        form::pairs as Any,
        <Pairs as Debug>::fmt as Any,
        <Pairs as Iterator>::next as Any,
        Writer::finish as Any,
        Writer::new as Any,
        Writer::pair as Any,
        <Writer as Debug>::fmt as Any,
        check_json as Any,
        content_coding as Any,
        plain_json as Any,
        <PlainJson as Debug>::fmt as Any,
    ]
}

fn authorization() -> [Any; 17] {
    [
        AuthorizationRequest::new as Any,
        AuthorizationRequest::url_len as Any,
        AuthorizationRequest::with_code_challenge as Any,
        AuthorizationRequest::with_org_name as Any,
        AuthorizationRequest::with_prompt_login as Any,
        AuthorizationRequest::with_provider as Any,
        AuthorizationRequest::with_scope::<512> as Any,
        AuthorizationRequest::write_url as Any,
        <AuthorizationRequest as Debug>::fmt as Any,
        AuthorizationResponse::code as Any,
        <AuthorizationResponse as Debug>::fmt as Any,
        <AuthorizationError as Debug>::fmt as Any,
        <AuthorizationError as Display>::fmt as Any,
        <Expected as Debug>::fmt as Any,
        base64url as Any,
        is_code_verifier as Any,
        parse_authorization_response as Any,
    ]
}

fn response() -> [Any; 60] {
    [
        ResponseHead::correlation_id as Any,
        ResponseHead::header as Any,
        ResponseHead::new as Any,
        ResponseHead::rate_limit as Any,
        ResponseHead::received_at as Any,
        ResponseHead::retry_after as Any,
        ResponseHead::status as Any,
        <ResponseHead as Debug>::fmt as Any,
        RateLimit::pause as Any,
        <RateLimit as Debug>::fmt as Any,
        parse_token_response as Any,
        TokenResponse::access_token as Any,
        TokenResponse::access_token_bytes as Any,
        TokenResponse::expires_in as Any,
        TokenResponse::has_expires_in as Any,
        TokenResponse::refresh_token as Any,
        TokenResponse::scope as Any,
        TokenResponse::token_type as Any,
        <TokenResponse as Debug>::fmt as Any,
        drop_in_place::<TokenResponse> as Any,
        parse_redirect as Any,
        RedirectResponse::access_token as Any,
        RedirectResponse::expires_in as Any,
        RedirectResponse::has_state as Any,
        RedirectResponse::scope as Any,
        RedirectResponse::state as Any,
        <RedirectResponse as Debug>::fmt as Any,
        drop_in_place::<RedirectResponse> as Any,
        api_refusal as Any,
        Refusal::class as Any,
        Refusal::code as Any,
        Refusal::code_bytes as Any,
        Refusal::correlation_id as Any,
        Refusal::correlation_id_bytes as Any,
        Refusal::description as Any,
        Refusal::description_bytes as Any,
        Refusal::description_was_cut as Any,
        Refusal::leaves_grant_unspent as Any,
        Refusal::with_form_encoding_hint as Any,
        Refusal::retry_after as Any,
        Refusal::status as Any,
        <Refusal as Debug>::fmt as Any,
        <Refusal as Display>::fmt as Any,
        <RefusalClass as Debug>::fmt as Any,
        <ExchangeError as Debug>::fmt as Any,
        <ExchangeError as Display>::fmt as Any,
        <ExchangeError as From<ProtocolError>>::from as Any,
        <ExchangeError as From<Refusal>>::from as Any,
        <ProtocolError as Debug>::fmt as Any,
        <ProtocolError as Display>::fmt as Any,
        <ProtocolErrorKind as Debug>::fmt as Any,
        Field::name as Any,
        <Field as Debug>::fmt as Any,
        <Field as Display>::fmt as Any,
        <Failure as From<ExchangeError>>::from as Any,
        <Failure as From<ProtocolError>>::from as Any,
        <Failure as From<Refusal>>::from as Any,
        <Failure as From<CapacityError>>::from as Any,
        <Failure as From<ConfigError>>::from as Any,
        is_b64token as Any,
    ]
}

fn lifecycle() -> [Any; 57] {
    [
        <Policy as Default>::default as Any,
        <Policy as Debug>::fmt as Any,
        Policy::covering as Any,
        TokenManager::<1024>::abandon as Any,
        TokenManager::<1024>::begin as Any,
        TokenManager::<1024>::clear as Any,
        TokenManager::<1024>::complete as Any,
        TokenManager::<1024>::credentials_changed as Any,
        TokenManager::<1024>::credentials_unchanged as Any,
        TokenManager::<1024>::last_failure as Any,
        TokenManager::<1024>::new as Any,
        TokenManager::<1024>::next_deadline as Any,
        TokenManager::<1024>::poll as Any,
        TokenManager::<1024>::token as Any,
        TokenManager::<1024>::token_refused as Any,
        TokenManager::<1024>::token_used as Any,
        TokenManager::<1024>::with_details as Any,
        TokenManager::<1024, (), AnyGrant>::with_grant as Any,
        TokenManager::<1024, (), AnyGrant>::grant_replaced as Any,
        TokenManager::<1024, (), AnyGrant>::poll as Any,
        TokenManager::<1024, (), AnyGrant>::begin as Any,
        TokenManager::<1024, (), AnyGrant>::complete as Any,
        TokenManager::<1024, (), AnyGrant>::abandon as Any,
        TokenManager::<1024, (), AnyGrant>::clear as Any,
        TokenManager::<1024, (), AnyGrant>::token_refused as Any,
        TokenManager::<1024, (), AnyGrant>::credentials_changed as Any,
        AnyGrant::new as Any,
        <AnyGrant as Debug>::fmt as Any,
        <AnyGrant as GrantState>::is_repeatable as Any,
        <AnyGrant as GrantState>::sent as Any,
        <AnyGrant as GrantState>::unspent as Any,
        <AnyGrant as GrantState>::token_issued as Any,
        <AnyGrant as GrantState>::is_spent as Any,
        <ClientCredentials as Debug>::fmt as Any,
        <ClientCredentials as GrantState>::is_repeatable as Any,
        <ClientCredentials as GrantState>::sent as Any,
        <ClientCredentials as GrantState>::unspent as Any,
        <ClientCredentials as GrantState>::token_issued as Any,
        <ClientCredentials as GrantState>::is_spent as Any,
        TokenManager::<1024>::with_random as Any,
        <TokenManager as Debug>::fmt as Any,
        drop_in_place::<TokenManager> as Any,
        <Generation as Debug>::fmt as Any,
        <Ticket as Debug>::fmt as Any,
        <Outcome as Debug>::fmt as Any,
        <Failure as Debug>::fmt as Any,
        <Failure as Display>::fmt as Any,
        <Step as Debug>::fmt as Any,
        <ExchangeReason as Debug>::fmt as Any,
        <WaitReason as Debug>::fmt as Any,
        <StopReason as Debug>::fmt as Any,
        <Answer as Debug>::fmt as Any,
        TokenRef::access_token as Any,
        TokenRef::access_token_bytes as Any,
        <TokenRef as Debug>::fmt as Any,
        drop_in_place::<Outcome> as Any,
        drop_in_place::<Failure> as Any,
    ]
}

fn call() -> [Any; 24] {
    [
        is_reusable as Any,
        AfterResponse::may_be_kept as Any,
        <AfterResponse as Debug>::fmt as Any,
        <Again as Debug>::fmt as Any,
        Call::answered::<fn() -> bool> as Any,
        Call::counts_as_use as Any,
        Call::lost as Any,
        Call::refused::<fn() -> bool> as Any,
        Call::sends as Any,
        Call::new as Any,
        <Call as Debug>::fmt as Any,
        <GiveUp as Debug>::fmt as Any,
        <GiveUp as Display>::fmt as Any,
        <Limits as Debug>::fmt as Any,
        <Limits as Default>::default as Any,
        <Loss as Debug>::fmt as Any,
        <Next as Debug>::fmt as Any,
        <RefusedCall as Debug>::fmt as Any,
        <RefusedCall as Display>::fmt as Any,
        Replay::one_shot_body as Any,
        Replay::body_is_replayable as Any,
        Replay::idempotent as Any,
        Replay::is_idempotent as Any,
        Replay::of_method as Any,
    ]
}
