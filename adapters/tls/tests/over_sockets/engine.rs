//! The engine under test: embedded-tls. The tests in `tests/tls13` use the same suites with another engine.

use genesys_token_tls::embedded::{EmbeddedTls, Workspace};
use p256::elliptic_curve::rand_core::OsRng;

pub(crate) type AnyEngine<const RECEIVE: usize, const SEND: usize> = EmbeddedTls<OsRng, RECEIVE, SEND>;
pub(crate) type AnyWorkspace<const RECEIVE: usize, const SEND: usize> = Workspace<RECEIVE, SEND>;
pub(crate) type Session<'w, S> = genesys_token_tls::embedded::Session<'w, S>;

pub(crate) type Engine = AnyEngine<4096, 1024>;
pub(crate) type Buffers = AnyWorkspace<4096, 1024>;

pub(crate) fn any_engine<const RECEIVE: usize, const SEND: usize>() -> AnyEngine<RECEIVE, SEND> {
    EmbeddedTls::new(OsRng)
}

pub(crate) fn engine() -> Engine {
    any_engine()
}

/// Returns the expectation for embedded-tls, or the one for the engine `tls13`.
pub(crate) const fn by_engine<T: Copy>(embedded_tls: T, _tls13: T) -> T {
    embedded_tls
}
