//! The engines that are measured, each with its memory.

use genesys_token_tls::EmbeddedTls;
#[cfg(feature = "tls13")]
use genesys_token_tls::tls13::{self, Tls13};
use tls_peer::recording::FixedRng;

use crate::connection::connections;

/// The engine around embedded-tls.
pub fn embedded() {
    static mut WORKSPACE: genesys_token_tls::Workspace = genesys_token_tls::Workspace::new();
    let workspace = &raw mut WORKSPACE;
    // SAFETY: this is called once.
    let workspace = unsafe { &mut *workspace };
    connections(<EmbeddedTls<FixedRng>>::new(FixedRng::default()), workspace);
}

/// The engine of our own.
#[cfg(feature = "tls13")]
pub fn tls13() {
    static mut WORKSPACE: tls13::Workspace = tls13::Workspace::new();
    let workspace = &raw mut WORKSPACE;
    // SAFETY: this is called once.
    let workspace = unsafe { &mut *workspace };
    connections(<Tls13<FixedRng>>::new(FixedRng::default()), workspace);
}
