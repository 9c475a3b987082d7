//! The engine under test: `tls13`.

use genesys_token_tls::tls13::{NamedGroup, Tls13, Workspace};
use p256::elliptic_curve::rand_core::OsRng;

pub(crate) type AnyEngine<const RECEIVE: usize, const SEND: usize> = Tls13<OsRng, RECEIVE, SEND>;
pub(crate) type AnyWorkspace<const RECEIVE: usize, const SEND: usize> = Workspace<RECEIVE, SEND>;
pub(crate) type Session<'w, S> = genesys_token_tls::tls13::Session<'w, S>;

pub(crate) type Engine = AnyEngine<4096, 1024>;
pub(crate) type Buffers = AnyWorkspace<4096, 1024>;

/// With a key share for P-256, the only group of the scripted server. It yields after every step.
pub(crate) fn any_engine<const RECEIVE: usize, const SEND: usize>() -> AnyEngine<RECEIVE, SEND> {
    Tls13::new(OsRng)
        .with_first_group(NamedGroup::P256)
        .with_budget(0)
        // `openssl s_server -stateless` ends connections with it, those of `openssl s_client` as well.
        .without_middlebox_compatibility()
}

pub(crate) fn engine() -> Engine {
    any_engine()
}

/// Returns the expectation for embedded-tls, or the one for the engine `tls13`.
pub(crate) const fn by_engine<T: Copy>(_embedded_tls: T, tls13: T) -> T {
    tls13
}
